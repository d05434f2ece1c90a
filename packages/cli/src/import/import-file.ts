import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { EventTracker } from '@obsidianlaunch/events'
import { exitCodes, Failure, inOptions, usage } from '../terminal/failure.ts'
import { isStandardInput } from '../terminal/pipes.ts'
import { baseUrlOf, environmentOf, isDisabled, projectToken } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import { nameSilence } from '../terminal/silence.ts'
import { webPageAdvice } from '../terminal/web-page.ts'
import type { CallType } from './call-line.ts'
import { Journal } from './journal.ts'
import { hold } from './lock.ts'
import { keepSmall } from './memory.ts'
import type { ImportOptions } from './options.ts'
import { showProgress } from './progress.ts'
import { Rejects } from './rejects.ts'
import { Sending } from './sending.ts'
import { openSource, type Source } from './source.ts'
import { printTotals } from './totals.ts'

/** Time for the events in flight when the import is told to end. */
const graceMs = 4_000

/** Sends, or checks, every line of a file. @param type the call of a line without a type */
export async function importFile(shell: Shell, type: CallType, from: string, options: ImportOptions): Promise<void> {
  checkFiles(from, options)
  const opened = openSource(shell, from)
  const isDry = options.dryRun === true
  const tracker = makeTracker(shell, options, () => sending)
  const journal = isDry ? undefined : await openJournal(shell, opened, type, options)
  const rejects = openRejects(shell, options.rejects, journal)
  const source = { ...opened, digest: journal?.digest ?? opened.digest }
  const sending = new Sending({ tracker, source, type, journal, rejects, isDry })

  keepSmall()
  if (isStandardInput(from) && shell.stdin.isTTY)
    shell.err.wrap('', 'Write an event a line as JSON; Ctrl-D ends.', 'dim')
  const endListening = listenForStop(shell, sending)
  const startedAt = performance.now()
  const endProgress = showProgress(shell.err, sending)
  const endNaming = isDry ? endProgress : nameSilence(shell, tracker, () => answersOf(sending), howLong)
  await sending.run().finally(endProgress).finally(endNaming)
  endListening()
  rejects.close()
  journal?.close()
  const resumeCommand = journal && sending.isStopped ? resumeCommandOf(shell) : undefined
  printTotals(shell, { sending, journal, rejects, isDry, tookMs: performance.now() - startedAt, resumeCommand })
  tellEnd(shell, sending, journal, resumeCommand)
}

/** The end of what is said of a server that does not answer. */
const howLong = 'It is tried again for 5 minutes; then the import stops.'

function answersOf({ counts }: Sending): number {
  return counts.delivered + counts.rejected
}

/** Says how it goes on, or what else there is to know. */
function tellEnd(
  shell: Shell,
  sending: Sending,
  journal: Journal | undefined,
  resumeCommand: string | undefined,
): void {
  const { failure, source, isStopped } = sending
  if (sending.webPages > 0) shell.err.wrap('', webPageAdvice, 'yellow')
  if (failure) shell.fail(withWayOn(failure, resumeCommand))
  else if (hasRejects(sending, journal) && shell.exitCode === exitCodes.ok) shell.exitCode = exitCodes.failed
  if (failure || shell.options.json) return
  if (resumeCommand !== undefined) {
    shell.err.wrap('', 'Stopped, and the place is kept. To go on:')
    shell.err.print(`  ${resumeCommand}`)
  } else if (isStopped) {
    shell.err.wrap('', `Stopped. No place is kept: ${source.name} cannot be read again.`)
  } else if (answersOf(sending) === 0 && (journal?.before.delivered ?? 0) === 0) {
    shell.err.wrap('', `No event: ${source.name} is empty.`, 'yellow')
  }
}

function resumeCommandOf(shell: Shell): string {
  return shell.commandWith(shell.args.includes('--resume') ? [] : ['--resume'], ['--restart'])
}

/** Tells a file with rejects, also of the runs before: its result does not depend on how often it was stopped. */
function hasRejects({ counts }: Sending, journal: Journal | undefined): boolean {
  return counts.rejected + (journal?.before.rejected ?? 0) > 0
}

function makeTracker(shell: Shell, { dryRun, concurrency }: ImportOptions, sending: () => Sending): EventTracker {
  if (dryRun) return new EventTracker({ enabled: false, onError: (error, about) => sending().failed(error, about) })
  if (isDisabled(shell)) {
    const message = 'EVENT_TRACKING_ENABLED is false, so nothing would be sent. To check the lines, use --dry-run.'
    throw new Failure(message, exitCodes.configuration, 'configuration')
  }
  const token = projectToken(shell)
  return new EventTracker({
    ...shell.trackerOptions(),
    ...(concurrency !== undefined && { concurrency }),
    // Asked before each attempt, so that it can hold them back.
    token: () => {
      sending().checkBrake()
      return token
    },
    // A pause is named by its reason, once it lasts.
    logger: {
      warn: (message) => / sending pauses for /.test(message) || shell.err.wrap('', inOptions(message), 'dim'),
      error: () => undefined,
    },
    // The import bounds the pending lines by itself.
    queue: { maxBytes: 2 ** 30 },
    onDelivered: (receipt, about) => sending().delivered(receipt, about),
    onError: (error, about) => sending().failed(error, about),
  })
}

/** Stops the import when the command is stopped. @returns a function that ends that, since nothing is left to stop then */
function listenForStop(shell: Shell, sending: Sending): () => void {
  const stop = () => {
    shell.err.wrap('', 'Stopping: events in flight get a few seconds. Ctrl-C again ends it at once.', 'dim')
    sending.stop(graceMs)
  }
  if (shell.stopped.aborted) stop()
  else shell.stopped.addEventListener('abort', stop, { once: true })
  return () => shell.stopped.removeEventListener('abort', stop)
}

function withWayOn({ message, exitCode, code }: Failure, resumeCommand: string | undefined): Failure {
  const wayOn = resumeCommand ? 'Stopped, and the place is kept. Mend that, then go on:' : 'Stopped.'
  return new Failure(`${message} ${wayOn}`, exitCode, code, resumeCommand)
}

async function openJournal(
  shell: Shell,
  source: Source,
  type: CallType,
  options: ImportOptions,
): Promise<Journal | undefined> {
  const { name, file } = source
  const how = options.resume ? 'resume' : options.restart ? 'restart' : undefined
  if (file === undefined) {
    if (how === undefined && options.journal === undefined) return undefined
    throw usage(`${name} cannot be read again, so it has no place to go on from. Give a file.`)
  }
  const target = `${type} ${environmentOf(shell)} ${new URL(baseUrlOf(shell)).href}`
  const path = options.journal ?? `${file.path}.journal`
  const { dev, ino } = file.stats
  for (const lock of [`file ${dev} ${ino} ${target}`, `journal ${resolve(path)}`]) {
    if ((await hold(lock)) !== undefined) continue
    const message = `${name} is being sent by another command at this moment: let that end, or end it. Nothing was sent by this one.`
    throw new Failure(message, exitCodes.usage, 'owned')
  }
  return new Journal(path, { ...source, file, target }, how)
}

function openRejects(shell: Shell, path: string | undefined, journal: Journal | undefined): Rejects {
  try {
    return new Rejects(shell, path, journal?.isResumed === true)
  } catch (error) {
    // Nothing was begun.
    journal?.close()
    throw error
  }
}

/** Refuses to write the file that is read. */
function checkFiles(from: string, { rejects, journal = `${from}.journal` }: ImportOptions): void {
  if (isSameFile(journal, from)) throw usage('--journal would overwrite the file of --from.')
  if (rejects === undefined || rejects === '-') return
  if (isSameFile(rejects, from)) throw usage('--rejects would overwrite the file of --from.')
  if (isSameFile(rejects, journal)) throw usage('--rejects would overwrite the journal.')
}

function isSameFile(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}
