import type { EventInfo, EventTracker, EventTrackingError } from '@obsidianlaunch/events'
import { type CallType, callLine } from './call-line.ts'
import { type Failure, failureFrom, fileFailure } from '../terminal/failure.ts'
import type { Counts, Journal } from './journal.ts'
import { isFaultOfLine, reasonOf } from './line-fault.ts'
import { idOfLine, lineOfId } from './line-id.ts'
import { isBlank, type Line, LineCutter } from './lines.ts'
import type { Rejects } from './rejects.ts'
import { lineAt, type Source } from './source.ts'
import { type Place, Underway } from './pending-lines.ts'

export interface SendingParts {
  tracker: EventTracker
  source: Source
  /** What a line without a type is. */
  type: CallType
  /** Undefined where no place is kept. */
  journal: Journal | undefined
  rejects: Rejects
  /** The lines are only checked: the tracker is one that sends nothing. */
  isDry: boolean
}

/** The way of a file through a tracker. */
export class Sending {
  /** Delivered by this run, or in a dry run found to be good; and rejected. */
  readonly counts: Counts = { delivered: 0, rejected: 0 }
  /** Why it had to stop before the end. */
  failure: Failure | undefined
  readonly source: Source
  readonly #parts: SendingParts
  readonly #cutter = new LineCutter()
  readonly #underway = new Underway()
  #stopping: Promise<unknown> | undefined
  #braking: NodeJS.Timeout | undefined
  #isBraked = false
  #flushIsDue = false
  #isDiskLost = false
  #tellRoom: (() => void) | undefined

  constructor(parts: SendingParts) {
    this.#parts = parts
    this.source = parts.source
  }

  /** Lines that were read and are neither delivered nor rejected. */
  get unsettled(): number {
    return this.#underway.size
  }

  /** How far in the file everything is done with, roughly. */
  get settledBytes(): number {
    const { before = { delivered: 0, rejected: 0 } } = this.#parts.journal ?? {}
    const settled = before.delivered + before.rejected + this.counts.delivered + this.counts.rejected
    return (this.#cutter.offset * settled) / Math.max(1, settled + this.unsettled)
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
      // One that was closed by a stop has nothing to complain about.
      if (!this.isStopped) this.#fail(fileFailure(this.source.name, 'read', error))
    }
    await this.#stopping
    await this.#parts.tracker.shutdown()
    clearTimeout(this.#braking)
    this.#flush()
  }

  /** Takes no more lines, and gives what is on its way some time. */
  stop(graceMs: number): void {
    // What leaves at the last moment would get no answer in time.
    this.#braking ??= setTimeout(() => (this.#isBraked = true), graceMs)
    this.#end(graceMs + 1_000)
  }

  /** Something is wrong that all lines will meet: nothing more leaves. */
  #fail(failure: Failure): void {
    this.failure ??= failure
    this.#isBraked = true
    this.#end(1_000)
  }

  #end(timeoutMs: number): void {
    // Of several the earliest deadline counts.
    this.#stopping = this.#parts.tracker.shutdown({ timeoutMs })
    this.source.stream.destroy()
    this.#tellRoom?.()
  }

  /** After the brake no attempt gets away: what waits stays owed, and the order of each customer with it. */
  checkBrake(): void {
    if (this.#isBraked) throw new Error('The import has stopped')
  }

  delivered(about: EventInfo): void {
    const line = lineOfId(about.id)
    this.counts.delivered++
    this.#arrived(line)
    this.#done(line)
  }

  failed(error: EventTrackingError, about: EventInfo): void {
    if (isFaultOfLine(error)) this.#refuse(lineOfId(about.id), reasonOf(error))
    // What a stop has left unsent is still owed.
    else if (error.code !== 'closed') this.#fail(failureFrom(error))
  }

  async #read(): Promise<void> {
    const { journal } = this.#parts
    const isWanted = (line: number) => journal === undefined || !journal.hasDone(line)
    for await (const chunk of this.source.stream) {
      await this.#takeAll(this.#cutter.cut(chunk, isWanted))
      if (this.isStopped) return
    }
    await this.#takeAll(this.#cutter.end(isWanted))
  }

  async #takeAll(lines: Iterable<Line>): Promise<void> {
    for (const line of lines) {
      this.#take(line)
      if (this.#underway.isFull) await this.#room()
      if (this.isStopped) return
    }
  }

  #take({ number, start, text, reason }: Line): void {
    if (reason !== undefined) return this.#reject(number, reason, undefined)
    if (isBlank(text)) return this.#done(number)
    const { tracker, source, type, isDry } = this.#parts
    this.#underway.add(number, source.file ? start : text, text.length)
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
    this.#done(line)
  }

  /** An answer came for a line. @returns its place */
  #arrived(line: number): Place | undefined {
    const place = this.#underway.remove(line)
    if (this.#underway.hasRoom) this.#tellRoom?.()
    return place
  }

  /** Written down in the turn in which it was told: a crash forgets no more than what was being answered. */
  #done(line: number): void {
    this.#parts.journal?.add(line)
    if (this.#flushIsDue) return
    this.#flushIsDue = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#flushIsDue = false
    if (this.#isDiskLost) return
    const { journal, rejects } = this.#parts
    try {
      // First, so that a crash between the two repeats a reject and loses none.
      rejects.flush()
      journal?.flush(this.counts)
    } catch (error) {
      // From here on nothing counts as done: it comes again in the next run.
      this.#isDiskLost = true
      this.#fail(failureFrom(error))
    }
  }

  async #room(): Promise<void> {
    if (this.#parts.isDry) return this.#emptied()
    await new Promise<void>((resolve) => (this.#tellRoom = resolve))
    this.#tellRoom = undefined
  }

  /** Waits until nothing is on its way. */
  async #emptied(): Promise<void> {
    if (!this.#parts.isDry) return void (await this.#parts.tracker.flush())
    // By the next turn the tracker has told what is wrong; the rest is good.
    await new Promise((resolve) => setImmediate(resolve))
    this.counts.delivered += this.#underway.size
    this.#underway.clear()
  }
}
