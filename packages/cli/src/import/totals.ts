import type { Screen } from '../terminal/screen.ts'
import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { count, plain, plural } from '../terminal/text.ts'
import type { Journal } from './journal.ts'
import type { Rejects } from './rejects.ts'
import type { Sending } from './sending.ts'

/** Import that has ended. */
export interface EndedImport {
  sending: Sending
  journal: Journal | undefined
  rejects: Rejects
  isDry: boolean
  tookMs: number
  /** Command line that goes on, if it was stopped. */
  resumeCommand: string | undefined
}

/** Prints the totals: every line that was read, now or by the runs before, is in one of the counts. */
export function printTotals(shell: Shell, ended: EndedImport): void {
  const { sending, journal, rejects, isDry, tookMs, resumeCommand } = ended
  const { delivered: deliveredBefore = 0, rejected: rejectedBefore = 0 } = journal?.before ?? {}
  const good = deliveredBefore + sending.counts.delivered
  const rejected = rejectedBefore + sending.counts.rejected
  const { pending } = sending
  const lines = good + rejected + pending
  const now = sending.counts.delivered + sending.counts.rejected
  const linesPerSecond = Math.round((now * 1_000) / tookMs)
  const environment = environmentOf(shell)
  const { webPages } = sending
  const outcome = isDry ? { valid: good } : { environment, delivered: good, deliveredBefore, pending, webPages }
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
    resumeCommand,
  }
  shell.report(record, () => {
    // Beside rejects, which a program reads, there is nothing else.
    const screen = rejects.isOnOutput ? shell.err : shell.out
    const row = (label: string, value: number | string, note = '') => printRow(screen, label, value, note)
    if (!rejects.isOnOutput) printRejects(screen, rejects, sending.counts.rejected)
    if (!isDry) row('sent to', environment)
    row('lines', lines, sending.isStopped ? 'as far as it was read' : '')
    const before = deliveredBefore > 0 ? `${count(deliveredBefore)} of them before` : ''
    row(isDry ? 'valid' : 'delivered', good, before)
    if (webPages > 0) row('web pages', webPages, 'have answered, not the API')
    row('rejected', rejected)
    if (pending > 0) row('not sent', pending, 'or without an answer')
    row('time', `${(tookMs / 1_000).toFixed(1)} s`, `${count(linesPerSecond)} lines/s`)
  })
}

function printRejects(out: Screen, { shown }: Rejects, rejected: number): void {
  if (rejected === 0) return
  const inOrder = shown.toSorted((one, other) => one.line - other.line)
  const width = Math.max(...inOrder.map(({ line }) => count(line).length))
  for (const { line, reason } of inOrder) {
    out.wrap(`line ${out.tone('yellow', count(line).padStart(width))}  `, plain(reason, 200))
  }
  if (rejected > shown.length) out.print(`and ${plural(rejected - shown.length, 'more line')}`)
  out.print()
}

function printRow(out: Screen, label: string, value: number | string, note: string): void {
  const figure = (typeof value === 'number' ? count(value) : value).padStart(11)
  out.print(`${label.padEnd(10)}${figure}${note && `  ${out.tone('dim', note)}`}`)
}
