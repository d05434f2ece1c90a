import { exitCodes, Failure } from '../terminal/failure.ts'
import type { Screen } from '../terminal/screen.ts'
import { environmentOf } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { count, plain, plural, sentences } from '../terminal/text.ts'
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
  /** Command line that goes on, if it was stopped. */
  resumeCommand: string | undefined
}

/** Prints the totals: every line that was read, now or by the runs before, is in one of the counts. */
export function printTotals(shell: Shell, ended: EndedImport): void {
  const { sending, journal, rejects, isDry, tookMs, resumeCommand } = ended
  const { before = noCounts() } = journal ?? {}
  const { counts, pending, webPages } = sending
  const good = before.delivered + counts.delivered
  const rejected = before.rejected + counts.rejected
  const alreadyDelivered = before.alreadyDelivered + counts.alreadyDelivered
  const lines = good + alreadyDelivered + rejected + pending
  const linesPerSecond = Math.round((finishedIn(counts) * 1_000) / tookMs)
  const environment = environmentOf(shell)
  const outcome = isDry
    ? { valid: good }
    : { environment, delivered: good, deliveredBefore: before.delivered, alreadyDelivered, pending, webPages }
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
    if (!rejects.isOnOutput) printRejects(screen, rejects, counts.rejected)
    const rows = [
      !isDry && row('sent to', environment),
      row('lines', lines, sending.isStopped ? 'as far as it was read' : ''),
      row(isDry ? 'valid' : 'delivered', good, before.delivered > 0 ? `${count(before.delivered)} of them before` : ''),
      alreadyDelivered > 0 && row('already delivered', alreadyDelivered, 'and not sent again'),
      webPages > 0 && row('web pages', webPages, 'have answered, not the API'),
      row('rejected', rejected),
      pending > 0 && row('not sent', pending, `${sending.isStored ? 'kept in the outbox, ' : ''}or without an answer`),
      row('time', `${(tookMs / 1_000).toFixed(1)} s`, `${plural(linesPerSecond, 'line')}/s`),
    ]
    printRows(
      screen,
      rows.filter((each) => each !== false),
    )
  })
}

/** Says how it goes on, or what else there is to know. */
export function tellEnd(shell: Shell, { sending, journal, resumeCommand }: EndedImport): void {
  const { failure, source, isStopped, counts } = sending
  const { before = noCounts() } = journal ?? {}
  if (failure) shell.fail(withWayOn(failure, resumeCommand))
  // Also rejects of the runs before: the result of a file does not depend on how often it was stopped.
  else if (counts.rejected + before.rejected > 0 && shell.exitCode === exitCodes.ok) shell.exitCode = exitCodes.failed
  if (failure || shell.options.json) return
  if (resumeCommand !== undefined) {
    shell.err.wrap('', 'Stopped, and the place is kept. To go on:')
    shell.err.print(`  ${resumeCommand}`)
  } else if (isStopped) {
    shell.err.wrap('', `Stopped. No place is kept: ${source.name} cannot be read again.`)
  } else if (finishedIn(counts) + finishedIn(before) === 0) {
    shell.err.wrap('', `No event: ${source.name} is empty.`, 'yellow')
  }
}

/** The command line that goes on with a file. */
export function resumeCommandOf(shell: Shell): string {
  return shell.commandWith(shell.args.includes('--resume') ? [] : ['--resume'], ['--restart'])
}

function withWayOn({ message, exitCode, code, help }: Failure, resumeCommand: string | undefined): Failure {
  const wayOn = resumeCommand ? 'Stopped, and the place is kept. Mend that, then go on:' : 'Stopped.'
  return new Failure(sentences(message, wayOn), exitCode, code, { resumeCommand, help })
}

function printRejects(screen: Screen, { shown }: Rejects, rejected: number): void {
  if (rejected === 0) return
  const inOrder = shown.toSorted((one, other) => one.line - other.line)
  const width = Math.max(...inOrder.map(({ line }) => count(line).length))
  for (const { line, reason } of inOrder) {
    screen.wrap(`line ${screen.tone('yellow', count(line).padStart(width))}  `, plain(reason, 200))
  }
  if (rejected > shown.length) screen.print(`and ${plural(rejected - shown.length, 'more line')}`)
  screen.print()
}

/** Row of the totals. */
interface Row {
  label: string
  figure: string
  note: string
}

function row(label: string, value: number | string, note = ''): Row {
  return { label, figure: typeof value === 'number' ? count(value) : value, note }
}

function printRows(screen: Screen, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ label }) => label.length)) + 1
  for (const { label, figure, note } of rows) {
    screen.print(`${label.padEnd(width)}${figure.padStart(11)}${note && `  ${screen.tone('dim', note)}`}`)
  }
}
