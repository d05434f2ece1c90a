import { crc32 } from 'node:zlib'
import type { EventTracker } from '@obsidianlaunch/events'
import { Failure, fileFailure } from '../terminal/failure.ts'
import { isStandardInput } from '../terminal/pipes.ts'
import type { Shell } from '../terminal/shell.ts'
import { nameSilence } from '../terminal/silence.ts'
import type { CallType, LineRules } from './call-line.ts'
import { idOfLine } from './event-ids.ts'
import { checkIdFields, hasOwnIds } from './first-ids.ts'
import { firstLook, leftOutNote, type Looked, showFirst } from './first-look.ts'
import { textOfConstant } from './formats/constants.ts'
import { type Look, openRecords, type Records } from './formats/open-records.ts'
import { finishedIn } from './journal.ts'
import { keepSmall } from './memory.ts'
import type { ImportOptions } from './options.ts'
import { checkFiles, openJournal, openRejects } from './outputs.ts'
import { Pace } from './pace.ts'
import { showProgress } from './progress.ts'
import { warnOfRestart } from './restarted.ts'
import { Sending } from './sending.ts'
import { openSource, type Source } from './source.ts'
import { openStored, storedFrom } from './stored.ts'
import { printTotals, resumeCommandOf, tellEnd } from './totals.ts'
import { makeTracker, valveBefore } from './tracker.ts'

/** Time for the events in flight when the import is told to end. */
const graceMs = 4_000
/** The end of what is said of a server that does not answer. */
const howLong = 'It is tried again for 5 minutes; then the import stops.'

/** Sends, or checks, every line of a file. @param type the call of a line without a type */
export async function importFile(shell: Shell, type: CallType, from: string, options: ImportOptions): Promise<void> {
  checkFiles(from, options)
  const opened = openSource(shell, from)
  const isDry = options.dryRun === true
  const rules = { type, idFields: options.idField, map: options.map }
  const stored = isDry ? undefined : await storedFrom(shell, options)
  const valve = isDry ? undefined : valveBefore(stored, options)
  const tracker = makeTracker(shell, options, valve, () => sending)
  const records = await open(shell, opened, from, type, options)
  checkIdFields(opened.name, records, rules)
  const journal = isDry ? undefined : await openJournal(shell, opened, records.form, type, options)
  const memory = { hasOutbox: stored !== undefined, hasOwnIds: hasOwnIds(records, rules) }
  warnOfRestart(shell, opened.name, journal, memory)
  const rejects = openRejects(shell, options.rejects, journal)
  const source = { ...opened, digest: journal?.digest ?? opened.digest }
  const seed = seedOf(type, records, options)
  const look = lookOf(shell, { source, records, rules, seed, isDry })
  const entering = stored?.isShared && options.rate ? new Pace(options.rate) : undefined
  const parts = {
    tracker,
    source,
    records,
    look,
    seed,
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
    rejects.close()
    journal?.close()
    throw error
  }
  const startedAt = performance.now()
  await sendAll(shell, sending, tracker, isDry)
  rejects.close()
  journal?.close()
  const resumeCommand = journal && sending.isStopped ? resumeCommandOf(shell) : undefined
  const ended = { sending, journal, rejects, isDry, tookMs: performance.now() - startedAt, resumeCommand }
  printTotals(shell, ended)
  tellEnd(shell, ended)
}

/** Finds out what the file is, for which a pipe has to say something first. */
async function open(shell: Shell, source: Source, path: string, type: CallType, options: ImportOptions) {
  if (isStandardInput(path) && shell.stdin.isTTY) {
    shell.err.wrap('', 'Write an event a line as JSON; Ctrl-D ends.', 'dim')
  }
  const stop = () => source.stream.destroy()
  shell.stopped.addEventListener('abort', stop)
  try {
    const { name, stream, file } = source
    return await openRecords({ name, path, stream, isSeekable: file !== undefined }, type, options)
  } catch (error) {
    if (shell.stopped.aborted) throw new Failure('Stopped before an event had come: nothing was sent.')
    throw error instanceof Failure ? error : fileFailure(source.name, 'read', error)
  } finally {
    shell.stopped.removeEventListener('abort', stop)
  }
}

interface LookParts {
  source: Source
  records: Records
  rules: LineRules
  seed: number
  isDry: boolean
}

/** Shows what the file was taken for: in a dry run as its result, and to a person who looks on. */
function lookOf(shell: Shell, { source, records, rules, seed, isDry }: LookParts): Look | undefined {
  const { name: file, digest } = source
  if (isDry) {
    const makeId: Looked['makeId'] = ({ number, text }) => idOfLine(number, text, digest, seed)
    const looked = { file, records, isKept: source.file !== undefined, makeId }
    return (record) => firstLook(shell, looked, record, rules)
  }
  if (shell.err.live) return (record) => showFirst(shell, file, records.form, record, rules)
  const note = leftOutNote(records.form)
  if (note !== undefined) shell.err.wrap('', note)
  return undefined
}

/** Part of the ids of events, for what the call and the options make of a record: a table may be read as either call. */
function seedOf(type: CallType, { form: { table, set } }: Records, { map, columns }: ImportOptions): number {
  const constants = set.length > 0 ? [set.map(textOfConstant)] : []
  const isUsual = map === undefined && table === undefined && set.length === 0
  return isUsual ? 0 : crc32(JSON.stringify([type, map, columns, table?.separator, ...constants]))
}

/** Sends the lines, and says meanwhile how far they are, or why no answer comes. */
async function sendAll(shell: Shell, sending: Sending, tracker: EventTracker, isDry: boolean): Promise<void> {
  keepSmall()
  const endListening = listenForStop(shell, sending)
  const endProgress = showProgress(shell.err, sending)
  const answers = () => finishedIn(sending.counts)
  const endNaming = isDry ? undefined : nameSilence(shell, tracker, answers, howLong)
  try {
    await sending.run()
  } finally {
    endProgress()
    endNaming?.()
    endListening()
  }
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
