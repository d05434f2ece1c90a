import type { Shell } from '../terminal/shell.ts'
import { count, plain, plural } from '../terminal/text.ts'
import { finishedIn, type Journal, noCounts } from './journal.ts'
import type { Rejects } from './rejects.ts'
import type { Sending } from './sending.ts'

/** Import that has ended. */
export interface EndedImport {
  sending: Sending
  journal: Journal | undefined
  rejects: Rejects
  isDry: boolean
  tookMs: number
}

/** Prints the totals: every line that was read, now or by the runs before, is in one of the counts. */
export function printTotals(shell: Shell, ended: EndedImport): void {
  const { sending, journal, rejects, isDry, tookMs } = ended
  const { before = noCounts() } = journal ?? {}
  const { counts, pending } = sending
  const good = before.delivered + counts.delivered
  const rejected = before.rejected + counts.rejected
  const alreadyDelivered = before.alreadyDelivered + counts.alreadyDelivered
  const lines = good + alreadyDelivered + rejected + pending
  const linesPerSecond = Math.round((finishedIn(counts) * 1_000) / tookMs)
  const outcome = isDry
    ? { valid: good }
    : { delivered: good, deliveredBefore: before.delivered, alreadyDelivered, pending }
  const record = {
    type: 'totals',
    file: sending.source.name,
    dryRun: isDry,
    complete: !sending.isStopped,
    lines,
    ...outcome,
    rejected,
    firstRejects: rejects.shown,
    seconds: Number((tookMs / 1_000).toFixed(3)),
    linesPerSecond,
  }
  shell.report(record, () => {
    printRejects(shell, rejects, counts.rejected)
    const [label, note] = isDry ? ['valid', ''] : ['delivered', beforeNote(before.delivered)]
    printRows(shell, [
      ['lines', lines, sending.isStopped ? 'as far as it was read' : ''],
      [label, good, note],
      ...(alreadyDelivered > 0 ? ([['already delivered', alreadyDelivered, 'and not sent again']] as const) : []),
      ['rejected', rejected, ''],
      ...(pending > 0
        ? ([
            [
              'not sent',
              pending,
              sending.isStored ? 'kept in the outbox, or without an answer' : 'or without an answer',
            ],
          ] as const)
        : []),
      ['time', `${(tookMs / 1_000).toFixed(1)} s`, `${count(linesPerSecond)} lines/s`],
    ])
  })
}

function beforeNote(delivered: number): string {
  return delivered > 0 ? `${count(delivered)} of them before` : ''
}

function printRejects({ out }: Shell, { shown }: Rejects, rejected: number): void {
  if (rejected === 0) return
  const inOrder = shown.toSorted((one, other) => one.line - other.line)
  const width = Math.max(...inOrder.map(({ line }) => count(line).length))
  for (const { line, reason } of inOrder) {
    out.wrap(`line ${out.tone('yellow', count(line).padStart(width))}  `, plain(reason, 200))
  }
  if (rejected > shown.length) out.print(`and ${plural(rejected - shown.length, 'more line')}`)
  out.print()
}

type Row = readonly [label: string, value: number | string, note: string]

function printRows({ out }: Shell, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(([label]) => label.length)) + 1
  for (const [label, value, note] of rows) {
    const figure = (typeof value === 'number' ? count(value) : value).padStart(11)
    out.print(`${label.padEnd(width)}${figure}${note && `  ${out.tone('dim', note)}`}`)
  }
}
