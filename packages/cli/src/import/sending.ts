import type { EventTracker, Receipt, Settlement, TrackingError } from '@obsidianlaunch/events'
import { exitCodes, Failure, failureFrom, fileFailure } from '../terminal/failure.ts'
import { isWebPage, webPageAdvice } from '../terminal/web-page.ts'
import { callLine, type LineRules } from './call-line.ts'
import { idOfLine } from './event-ids.ts'
import type { Look, Records } from './formats/open-records.ts'
import { type FileRecord, isEvent } from './formats/record.ts'
import { type Counts, finishedIn, type Journal, noCounts } from './journal.ts'
import type { Pace } from './pace.ts'
import { type Place, PendingLines } from './pending-lines.ts'
import { Recording } from './recording.ts'
import { isFaultOfLine, reasonOf, type Rejects } from './rejects.ts'
import { lineAt, type Source } from './source.ts'
import type { Valve } from './valve.ts'

export interface SendingParts {
  tracker: EventTracker
  source: Source
  records: Records
  /** Undefined if nobody looks at the first event. */
  look: Look | undefined
  /** Of the options that say how a record is read: it is part of the ids. */
  seed: number
  rules: LineRules
  /** Undefined if no place is kept. */
  journal: Journal | undefined
  rejects: Rejects
  /** True if the lines are only checked: the tracker is one that sends nothing. */
  isDry: boolean
  /** Stands before the outbox of the tracker, if there is one. */
  valve?: Valve | undefined
  /** Pace at which lines are taken, where others send them, too. */
  entering?: Pace | undefined
}

/** The reason why a line is rejected that only the outbox believes to have arrived. */
const takenForDelivered =
  'a web page has answered, not the API, and the outbox takes the event for delivered: send this line again without --outbox'

/** Sends the lines of a file through a tracker. */
export class Sending {
  /**
   * Lines that this run delivered, or in a dry run found to be valid, lines whose events had been delivered before, and
   * lines that it rejected.
   */
  readonly counts: Counts = noCounts()
  /** Number of lines that a web page has answered, and not the API. */
  webPages = 0
  /** Reason why it had to stop before the end. */
  failure: Failure | undefined
  readonly source: Source
  readonly #parts: SendingParts
  readonly #pending = new PendingLines()
  readonly #recording: Recording
  #stopping: Promise<unknown> | undefined
  #braking: NodeJS.Timeout | undefined
  #isBraked = false
  #lastReceipt: Receipt | undefined
  #onDrained: (() => void) | undefined
  #onEmptied: (() => void) | undefined

  constructor(parts: SendingParts) {
    this.#parts = parts
    this.source = parts.source
    this.#recording = new Recording(parts, this.counts, (error) => this.#fail(failureFrom(error)))
  }

  /** Number of lines that were read and are neither delivered nor rejected. */
  get pending(): number {
    return this.#pending.size
  }

  /** Approximate number of bytes whose lines are delivered or rejected. */
  get finishedBytes(): number {
    const { before = noCounts() } = this.#parts.journal ?? {}
    const finished = finishedIn(before) + finishedIn(this.counts)
    return (this.#parts.records.offset * finished) / Math.max(1, finished + this.pending)
  }

  /** True if what is pending survives this process in an outbox. */
  get isStored(): boolean {
    return this.#parts.valve?.durable === true
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
      if (!this.isStopped) this.#fail(error instanceof Failure ? error : fileFailure(this.source.name, 'read', error))
    }
    await this.#stopping
    // What others have left in an outbox is theirs to send.
    if (this.#parts.valve?.durable) await this.#parts.valve.shut()
    await this.#parts.tracker.shutdown()
    clearTimeout(this.#braking)
    await this.#recording.end()
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
    const { tracker, valve } = this.#parts
    this.#stopping = tracker.shutdown({ timeoutMs })
    // Once nothing is in flight, memory has nothing to wait for; a durable outbox finds that by itself, and closes.
    void valve?.shut().then(() => (valve.durable ? undefined : tracker.shutdown({ timeoutMs: 0 })))
    this.source.stream.destroy()
    this.#onDrained?.()
    this.#onEmptied?.()
  }

  /** Throws once the import has stopped, so that no attempt starts: pending lines stay pending, in the order of each customer. */
  checkBrake(): void {
    if (this.#isBraked) throw new Error('The import has stopped')
  }

  /** Takes note of what has become of a line. */
  #settled(line: number, settlement: Settlement): void {
    switch (settlement.outcome) {
      case 'delivered':
      case 'skipped':
        return this.#delivered(line, settlement.receipt)
      case 'rejected':
        if (isFaultOfLine(settlement.error)) return this.#refuse(line, reasonOf(settlement.error))
        return this.#failed(settlement.error)
      case 'dead':
        return this.#refuse(line, reasonOf(settlement.error))
      default:
        return this.#failed(settlement.error)
    }
  }

  #delivered(line: number, receipt: Receipt): void {
    if (isWebPage(receipt.data)) return this.#answeredByPage(line)
    // Lines that give one event while it is pending have one receipt, one after the other.
    const isKnown = receipt.duplicate === true || receipt === this.#lastReceipt
    this.#lastReceipt = receipt
    if (isKnown) this.counts.alreadyDelivered++
    else this.counts.delivered++
    this.#arrived(line)
    this.#recording.done(line)
  }

  /** Stops what would be sent to a web page. The line has probably not arrived, so it is not done. */
  #answeredByPage(line: number): void {
    this.webPages++
    // Its outbox would not send it again.
    if (this.isStored) this.#refuse(line, takenForDelivered)
    this.#fail(new Failure(webPageAdvice, exitCodes.failed, 'api'))
  }

  /** A line that a stop has left unsent is still pending. */
  #failed(error: TrackingError): void {
    if (error.code !== 'closed') this.#fail(failureFrom(error))
  }

  async #read(): Promise<void> {
    const { journal, records, look } = this.#parts
    const isWanted = (number: number) => journal === undefined || !journal.hasDone(number)
    for await (const piece of records.pieces(isWanted, look)) {
      await this.#takeAll(piece)
      if (this.isStopped) return
    }
  }

  async #takeAll(records: Iterable<FileRecord>): Promise<void> {
    const { entering } = this.#parts
    for (const record of records) {
      if (entering !== undefined && record.fields !== undefined) await this.#turn(entering)
      if (this.isStopped) return
      this.#take(record)
      if (this.#pending.isFull) await this.#drained()
      if (this.#recording.isFull) await this.#recording.caughtUp()
      if (this.isStopped) return
    }
  }

  /** Waits for the turn of a line. */
  async #turn(pace: Pace): Promise<void> {
    for (let ms = pace.waitMs(performance.now()); ms > 0 && !this.isStopped; ms = pace.waitMs(performance.now())) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    }
    pace.start(1, performance.now())
  }

  #take(record: FileRecord): void {
    const { number, line, start, text, problem } = record
    const { tracker, rules, isDry, records, seed } = this.#parts
    if (records.isAtEnd) this.#recording.open(number)
    if (problem !== undefined) return this.#reject(number, line, problem, text || undefined)
    if (!isEvent(record)) return this.#recording.done(number)
    const isSeekable = records.isSeekable && start !== undefined
    this.#pending.add(number, isSeekable ? start : { line, text }, text.length)
    const madeId = isDry ? undefined : idOfLine(number, text, this.source.digest, seed)
    const call = callLine(tracker, record, rules, madeId)
    if ('reason' in call) this.#refuse(number, call.reason)
    else void call.settled().then((settlement) => this.#settled(number, settlement))
  }

  #refuse(number: number, reason: string): void {
    const place = this.#arrived(number)
    const { file } = this.source
    if (typeof place === 'object') this.#reject(number, place.line, reason, place.text)
    else this.#reject(number, number, reason, file && place !== undefined ? lineAt(file.path, place) : undefined)
  }

  #reject(number: number, line: number, reason: string, text: string | undefined): void {
    this.counts.rejected++
    this.#recording.reject(number, { line, reason }, text)
  }

  /** Takes note of the answer for a line. @returns the line's place */
  #arrived(line: number): Place | undefined {
    const place = this.#pending.remove(line)
    if (this.#pending.hasDrained) this.#onDrained?.()
    if (this.#pending.size === 0) this.#onEmptied?.()
    return place
  }

  async #drained(): Promise<void> {
    if (this.#parts.isDry) return this.#emptied()
    await new Promise<void>((resolve) => (this.#onDrained = resolve))
    this.#onDrained = undefined
  }

  /** Waits until no line is pending. */
  async #emptied(): Promise<void> {
    if (this.#pending.size > 0 && !this.isStopped) await new Promise<void>((resolve) => (this.#onEmptied = resolve))
  }
}
