import type { EventInfo, EventTracker, Receipt, TrackingError } from '@obsidianlaunch/events'
import { type Failure, failureFrom, fileFailure } from '../terminal/failure.ts'
import { isWebPage } from '../terminal/web-page.ts'
import { type CallType, callLine } from './call-line.ts'
import type { Counts, Journal } from './journal.ts'
import { idOfLine, isBlank, type Line, LineCutter, lineOfId } from './lines.ts'
import { type Place, PendingLines } from './pending-lines.ts'
import { isFaultOfLine, reasonOf, type Rejects } from './rejects.ts'
import { lineAt, type Source } from './source.ts'

export interface SendingParts {
  tracker: EventTracker
  source: Source
  /** Call of a line without a type. */
  type: CallType
  /** Undefined if no place is kept. */
  journal: Journal | undefined
  rejects: Rejects
  /** True if the lines are only checked: the tracker is one that sends nothing. */
  isDry: boolean
}

/** Sends the lines of a file through a tracker. */
export class Sending {
  /** Lines that this run delivered, or in a dry run found to be valid, and lines that it rejected. */
  readonly counts: Counts = { delivered: 0, rejected: 0 }
  /** Number of lines that a web page has answered, and not the API. */
  webPages = 0
  /** Reason why it had to stop before the end. */
  failure: Failure | undefined
  readonly source: Source
  readonly #parts: SendingParts
  readonly #cutter = new LineCutter()
  readonly #pending = new PendingLines()
  #stopping: Promise<unknown> | undefined
  #braking: NodeJS.Timeout | undefined
  #isBraked = false
  #recording: Promise<void> | undefined
  /** Number of a last line without an end, which may still be being written. */
  #openLine: number | undefined
  /** One if that line was rejected: it does not count as done, and is read again by the next run. */
  #openRejects = 0
  #isDiskLost = false
  #onDrained: (() => void) | undefined

  constructor(parts: SendingParts) {
    this.#parts = parts
    this.source = parts.source
  }

  /** Number of lines that were read and are neither delivered nor rejected. */
  get pending(): number {
    return this.#pending.size
  }

  /** Approximate number of bytes whose lines are delivered or rejected. */
  get finishedBytes(): number {
    const { before = { delivered: 0, rejected: 0 } } = this.#parts.journal ?? {}
    const finished = before.delivered + before.rejected + this.counts.delivered + this.counts.rejected
    return (this.#cutter.offset * finished) / Math.max(1, finished + this.pending)
  }

  get isStopped(): boolean {
    return this.#stopping !== undefined
  }

  /** Sends all lines, or as many as it can until it is stopped. */
  async run(): Promise<void> {
    try {
      await this.#read()
      await this.#emptied()
    } catch (error) {
      // A stop closes the stream, which is no failure.
      if (!this.isStopped) this.#fail(fileFailure(this.source.name, 'read', error))
    }
    await this.#stopping
    await this.#parts.tracker.shutdown()
    clearTimeout(this.#braking)
    await this.#recording
    await this.#parts.journal?.sync().catch((error: unknown) => this.#lose(error))
  }

  /** Takes no more lines, and gives the events in flight some time. */
  stop(graceMs: number): void {
    // What leaves at the last moment would get no answer in time.
    this.#braking ??= setTimeout(() => (this.#isBraked = true), graceMs)
    this.#end(graceMs + 1_000)
  }

  /** Stops because of a failure that all lines would meet: nothing more is sent. */
  #fail(failure: Failure): void {
    this.failure ??= failure
    this.#isBraked = true
    this.#end(1_000)
  }

  #end(timeoutMs: number): void {
    // Of several the earliest deadline counts.
    this.#stopping = this.#parts.tracker.shutdown({ timeoutMs })
    this.source.stream.destroy()
    this.#onDrained?.()
  }

  /** Throws once the import has stopped, so that no attempt starts: pending lines stay pending, in the order of each customer. */
  checkBrake(): void {
    if (this.#isBraked) throw new Error('The import has stopped')
  }

  delivered({ data }: Receipt, about: EventInfo): void {
    if (isWebPage(data)) this.webPages++
    const line = lineOfId(about.id)
    this.counts.delivered++
    this.#arrived(line)
    this.#done(line)
  }

  failed(error: TrackingError, about: EventInfo): void {
    if (isFaultOfLine(error)) this.#refuse(lineOfId(about.id), reasonOf(error))
    // A line that a stop has left unsent is still pending.
    else if (error.code !== 'closed') this.#fail(failureFrom(error))
  }

  async #read(): Promise<void> {
    const { journal } = this.#parts
    const isWanted = (line: number) => journal === undefined || !journal.hasDone(line)
    for await (const chunk of this.source.stream) {
      await this.#takeAll(this.#cutter.cut(chunk, isWanted))
      if (this.isStopped) return
    }
    const rest = [...this.#cutter.end(isWanted)]
    if (journal !== undefined) this.#openLine = rest[0]?.number
    await this.#takeAll(rest)
  }

  async #takeAll(lines: Iterable<Line>): Promise<void> {
    for (const line of lines) {
      this.#take(line)
      if (this.#pending.isFull) await this.#drained()
      if (this.#parts.rejects.isFull) await this.#recording
      if (this.isStopped) return
    }
  }

  #take({ number, start, text, reason }: Line): void {
    if (reason !== undefined) return this.#reject(number, reason, undefined)
    if (isBlank(text)) return this.#done(number)
    const { tracker, source, type, isDry } = this.#parts
    this.#pending.add(number, source.file ? start : text, text.length)
    const id = isDry ? String(number) : idOfLine(number, text, source.digest)
    const call = callLine(tracker, text, type, { id })
    if ('reason' in call) this.#refuse(number, call.reason)
  }

  #refuse(line: number, reason: string): void {
    const place = this.#arrived(line)
    const { file } = this.source
    this.#reject(line, reason, typeof place === 'number' && file ? lineAt(file.path, place) : (place as string))
  }

  #reject(line: number, reason: string, text: string | undefined): void {
    this.counts.rejected++
    this.#parts.rejects.add({ line, reason }, text)
    if (line !== this.#openLine) return this.#done(line)
    this.#openRejects = 1
    this.#recording ??= this.#record()
  }

  /** Takes note of the answer for a line. @returns the line's place */
  #arrived(line: number): Place | undefined {
    const place = this.#pending.remove(line)
    if (this.#pending.hasDrained) this.#onDrained?.()
    return place
  }

  #done(line: number): void {
    this.#parts.journal?.add(line)
    this.#recording ??= this.#record()
  }

  /** Records lines as done, those of one turn of the event loop at once: a crash loses no more than the answers of that turn. */
  async #record(): Promise<void> {
    const { journal, rejects } = this.#parts
    await new Promise((resolve) => setImmediate(resolve))
    try {
      while (this.#isRecordDue()) {
        const rejected = this.counts.rejected - this.#openRejects
        const entry = journal?.isDue ? journal.take({ ...this.counts, rejected }) : undefined
        // First, so that a crash or a power loss between the two repeats a reject and loses none.
        if (rejects.isDue) await rejects.flush()
        if (entry !== undefined) journal?.write(entry)
      }
    } catch (error) {
      this.#lose(error)
    }
    this.#recording = undefined
  }

  #isRecordDue(): boolean {
    const { journal, rejects } = this.#parts
    return !this.#isDiskLost && (rejects.isDue || journal?.isDue === true)
  }

  /** The disk takes nothing more: from here on no line counts as done, and is sent again in the next run. */
  #lose(error: unknown): void {
    this.#isDiskLost = true
    this.#fail(failureFrom(error))
  }

  async #drained(): Promise<void> {
    if (this.#parts.isDry) return this.#emptied()
    await new Promise<void>((resolve) => (this.#onDrained = resolve))
    this.#onDrained = undefined
  }

  /** Waits until no line is pending. */
  async #emptied(): Promise<void> {
    if (!this.#parts.isDry) return void (await this.#parts.tracker.flush())
    // By the next turn the tracker has reported the invalid lines; the others are valid.
    await new Promise((resolve) => setImmediate(resolve))
    this.counts.delivered += this.#pending.size
    this.#pending.clear()
  }
}
