import { statSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { EventTracker, memoryOutbox } from '@obsidianlaunch/events'
import { exitCodes, Failure, fileFailure, usage } from '../terminal/failure.ts'
import { baseUrlOf, environmentOf, isDisabled, projectToken } from '../terminal/settings.ts'
import type { Shell } from '../terminal/shell.ts'
import type { CallType, LineRules } from './call-line.ts'
import { firstLook, leftOutNote, showFirst } from './first-look.ts'
import { type Look, openRecords, type Records } from './formats/open-records.ts'
import { Journal } from './journal.ts'
import { keepSmall } from './memory.ts'
import type { ImportOptions } from './options.ts'
import { Pace } from './pace.ts'
import { showProgress } from './progress.ts'
import { Rejects } from './rejects.ts'
import { Sending } from './sending.ts'
import { openSource, type Source } from './source.ts'
import { openStored, type Stored, storedFrom } from './stored.ts'
import { printTotals } from './totals.ts'
import { Valve } from './valve.ts'

/** Time for the events in flight when the import is told to end. */
const graceMs = 5_000

/** Sends, or checks, every line of a file. @param type the call of a line without a type */
export async function importFile(shell: Shell, type: CallType, from: string, options: ImportOptions): Promise<void> {
  checkFiles(from, options)
  const source = openSource(shell.stdin, from)
  const isDry = options.dryRun === true
  const rules = { type, idFields: options.idField }
  const stored = isDry ? undefined : await storedFrom(shell, options)
  const valve = isDry ? undefined : valveBefore(stored, options)
  const tracker = makeTracker(shell, options, valve, () => sending)
  const records = await open(shell, source, from, type, options)
  if (records === undefined) return
  const journal = isDry ? undefined : openJournal(shell, source, type, options)
  const rejects = openRejects(options.rejects, journal)
  const look = lookOf(shell, source.name, records, rules, isDry)
  const entering = stored?.isShared && options.rate ? new Pace(options.rate) : undefined
  const parts = {
    tracker,
    source,
    records,
    look,
    seed: seedOf(options),
    rules,
    journal,
    rejects,
    isDry,
    valve,
    entering,
  }
  const sending: Sending = new Sending(parts)

  try {
    if (stored !== undefined) await openStored(shell, tracker, stored)
  } catch (error) {
    await tracker.shutdown({ timeoutMs: 0 })
    journal?.close()
    rejects.close()
    throw error
  }
  keepSmall()
  const endListening = listenForStop(shell, sending)
  const startedAt = performance.now()
  const endProgress = showProgress(shell.err, sending)
  await sending.run().finally(endProgress)
  endListening()
  journal?.close()
  rejects.close()
  printTotals(shell, { sending, journal, rejects, isDry, tookMs: performance.now() - startedAt })
  if (sending.failure) shell.fail(withWayOn(sending.failure, journal))
  else if (hasRejects(sending, journal) && shell.exitCode === exitCodes.ok) shell.exitCode = exitCodes.failed
}

/** Finds out what the file is. @returns undefined if the command was stopped meanwhile, as before a pipe that says nothing */
async function open(shell: Shell, source: Source, path: string, type: CallType, options: ImportOptions) {
  const stop = () => source.stream.destroy()
  shell.stopped.addEventListener('abort', stop)
  try {
    const { name, stream, file } = source
    return await openRecords({ name, path, stream, isSeekable: file !== undefined }, type, options)
  } catch (error) {
    if (shell.stopped.aborted) return undefined
    throw error instanceof Failure ? error : fileFailure(source.name, 'read', error)
  } finally {
    shell.stopped.removeEventListener('abort', stop)
  }
}

/** Shows what the file was taken for: in a dry run as its result, and to a person who looks on. */
function lookOf(shell: Shell, file: string, { form }: Records, rules: LineRules, isDry: boolean): Look | undefined {
  if (isDry) return (record) => firstLook(shell, file, form, record, rules)
  if (shell.err.live) return (record) => showFirst(shell, file, form, record, rules)
  const note = leftOutNote(form)
  if (note !== undefined) shell.err.wrap('', note)
  return undefined
}

/** Part of the ids of events, for what options make of a record. */
function seedOf({ map, columns, separator }: ImportOptions): number {
  return map || columns || separator ? crc32(JSON.stringify([map, columns, separator])) : 0
}

/** Tells a file with rejects, also of the runs before: its result does not depend on how often it was stopped. */
function hasRejects({ counts }: Sending, journal: Journal | undefined): boolean {
  return counts.rejected + (journal?.before.rejected ?? 0) > 0
}

const now = (): number => performance.now()

/** Makes what stands between the tracker and its outbox, where that is more than memory, or lends no more than a rate allows. */
function valveBefore(stored: Stored | undefined, { rate }: ImportOptions): Valve | undefined {
  if (stored === undefined && rate === undefined) return undefined
  return new Valve(stored?.outbox ?? memoryOutbox(now), rate && new Pace(rate), now)
}

function makeTracker(
  shell: Shell,
  { dryRun, concurrency }: ImportOptions,
  valve: Valve | undefined,
  sending: () => Sending,
): EventTracker {
  if (dryRun) return new EventTracker({ enabled: false })
  if (isDisabled(shell)) {
    const message = 'EVENT_TRACKING_ENABLED is false, so nothing would be sent. To check the lines, use --dry-run.'
    throw new Failure(message, exitCodes.configuration, 'configuration')
  }
  const token = projectToken(shell)
  return new EventTracker({
    ...shell.trackerOptions(),
    ...(concurrency !== undefined && { concurrency }),
    ...(valve !== undefined && { outbox: valve }),
    // Asked before each attempt, so that it can hold them back.
    token: () => {
      sending().checkBrake()
      return token
    },
    // The import bounds the pending lines by itself.
    queue: { maxBytes: 2 ** 30 },
    // Each line is told by itself, and what others have left in an outbox is not of this import.
    onError: () => undefined,
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

function withWayOn({ message, exitCode, code }: Failure, journal: Journal | undefined): Failure {
  const wayOn = journal ? 'Stopped, and the place is kept: mend that, and go on with --resume.' : 'Stopped.'
  return new Failure(`${message} ${wayOn}`, exitCode, code)
}

function openJournal(shell: Shell, source: Source, type: CallType, options: ImportOptions): Journal | undefined {
  const { name, file } = source
  const how = options.resume ? 'resume' : options.restart ? 'restart' : undefined
  if (file === undefined) {
    if (how === undefined && options.journal === undefined) return undefined
    throw usage(`${name} cannot be read again, so it has no place to go on from. Give a file.`)
  }
  const ids =
    options.idField === undefined ? '' : ` --id-field ${JSON.stringify(options.idField.join(',')).slice(1, -1)}`
  const target = `${type} ${environmentOf(shell)} ${new URL(baseUrlOf(shell)).href}${ids}`
  return new Journal(options.journal ?? `${file.path}.journal`, { ...source, file, target }, how)
}

function openRejects(path: string | undefined, journal: Journal | undefined): Rejects {
  try {
    return new Rejects(path, journal?.isResumed === true)
  } catch (error) {
    // Nothing was begun.
    journal?.close()
    throw error
  }
}

/** Refuses to write the file that is read. */
function checkFiles(from: string, { rejects, outbox, journal = `${from}.journal` }: ImportOptions): void {
  if (isSameFile(journal, from)) throw usage('--journal would overwrite the file of --from.')
  if (rejects === undefined) return
  if (isSameFile(rejects, from)) throw usage('--rejects would overwrite the file of --from.')
  if (isSameFile(rejects, journal)) throw usage('--rejects would overwrite the journal.')
  if (typeof outbox === 'string' && isSameFile(rejects, outbox)) throw usage('--rejects would overwrite the outbox.')
}

function isSameFile(one: string, other: string): boolean {
  if (one === other) return true
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}
