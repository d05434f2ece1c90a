import { TimeoutError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'

/** A flush or a shutdown: waits for whatever was accepted before it. */
interface Flush {
  /** The number of the first call that is not waited for. */
  readonly before: number
  left: number
  /** That of whoever waits, in elapsed time. */
  deadline: number
  /** The moment until which it must not end by having nothing left, since what a durable outbox holds is not known yet. */
  opensBy: number | undefined
  /** Tells whether one of its events has ended since it was last looked at, and when it was seen that none had. */
  hasMoved: boolean
  stillSince: number
  resolve: (() => void) | undefined
}

/** A call of the outbox that somebody waits for, whatever the outbox does. */
interface BoundedCall {
  readonly deadline: number
  readonly fail: (error: TrackingError) => void
}

/**
 * The promises that a tracker hands out besides deliveries: each is settled by its deadline. Every flush has its own
 * snapshot of what was accepted before it: overlapping ones share the work, never an answer. What the tracker itself bounds
 * it bounds by running time: an outbox could not answer while the process stood still.
 */
export class Promises {
  readonly #maxDeliveryMs: number
  readonly #patienceMs: number
  readonly #flushes = new Set<Flush>()
  readonly #calls = new Set<BoundedCall>()

  /** @param patienceMs after so long without the end of any of its events, a flush without a deadline has waited enough */
  constructor(maxDeliveryMs: number, patienceMs: number) {
    this.#maxDeliveryMs = maxDeliveryMs
    this.#patienceMs = patienceMs
  }

  /** Tells whether a flush waits, or a shutdown. */
  get areFlushing(): boolean {
    return this.#flushes.size > 0
  }

  /** Tells whether somebody waits for what a deadline bounds. */
  get areWaiting(): boolean {
    return this.#flushes.size > 0 || this.#calls.size > 0
  }

  /**
   * @param left how many events numbered below `before` are pending
   * @param deadline in elapsed time
   * @param opensSince now, in running time, where an outbox is still to be opened that may hold more
   */
  flush(before: number, left: number, deadline: number, opensSince?: number): { flush: Flush; done: Promise<void> } {
    const opensBy = opensSince === undefined ? undefined : opensSince + this.#maxDeliveryMs
    const flush: Flush = { before, left, deadline, opensBy, hasMoved: true, stillSince: 0, resolve: undefined }
    if (left === 0 && opensBy === undefined) return { flush, done: Promise.resolve() }
    this.#flushes.add(flush)
    return { flush, done: new Promise((resolve) => (flush.resolve = resolve)) }
  }

  /** Bounds a call of the outbox, by running time. @returns its answer, or the rejection by which it was given up */
  bound<T>(work: Promise<T>, deadline: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = { deadline, fail: reject }
      this.#calls.add(call)
      const end = () => this.#calls.delete(call)
      work.finally(end).then(resolve, reject)
    })
  }

  /** The event of that number has ended, or turned out to have been counted before. */
  ended(order: number): void {
    for (const flush of this.#flushes) if (order < flush.before) this.#count(flush, -1)
  }

  /** The event has no number any more, so that its end will count for those flushes too that came before it. */
  lostNumber(order: number): void {
    for (const flush of this.#flushes) if (order >= flush.before) this.#count(flush, 1)
  }

  /** Events of no known number have come back (dead letters that were replayed), or with less than 0 gone. */
  changed(events: number): void {
    if (events !== 0) for (const flush of this.#flushes) this.#count(flush, events)
  }

  /** A durable outbox is open, and held so many events; or it could not be opened, and none are known of. */
  opened(found: number): void {
    for (const flush of this.#flushes) this.#opened(flush, found)
  }

  /** Nothing more can be done now, so nothing is waited for. */
  rested(): void {
    for (const flush of this.#flushes) if (flush.opensBy === undefined) this.#finish(flush)
  }

  /** The tracker has closed. */
  close(closed: () => TrackingError): void {
    for (const flush of this.#flushes) this.#finish(flush)
    for (const call of this.#calls) this.#fail(call, closed())
  }

  /** Settles those whose deadline has come, at `now` of elapsed time. @returns the next deadline, in elapsed time */
  tick(now: number, running: number): number {
    let [next, nextRunning] = [Infinity, Infinity]
    for (const flush of this.#flushes) {
      // An outbox that does not open is waited for no longer than any other answer of it.
      if (flush.opensBy !== undefined && flush.opensBy <= running) this.#opened(flush, 0)
      if (!this.#flushes.has(flush)) continue
      if (flush.deadline <= now || this.#isStuck(flush, running)) this.#finish(flush)
      else {
        next = Math.min(next, flush.deadline)
        nextRunning = Math.min(nextRunning, flush.opensBy ?? Infinity)
      }
    }
    for (const call of this.#calls) {
      if (call.deadline <= running) this.#fail(call, this.#late())
      else nextRunning = Math.min(nextRunning, call.deadline)
    }
    return Math.min(next, nextRunning + now - running)
  }

  /** Ends a wait for what may wait for its retry for days, while others keep the tracker from coming to rest. */
  #isStuck(flush: Flush, running: number): boolean {
    if (flush.hasMoved) flush.stillSince = running
    flush.hasMoved = false
    return running - flush.stillSince >= this.#patienceMs
  }

  #opened(flush: Flush, found: number): void {
    if (flush.opensBy === undefined) return
    flush.opensBy = undefined
    this.#count(flush, found)
  }

  #count(flush: Flush, events: number): void {
    flush.hasMoved = true
    flush.left += events
    if (flush.left <= 0 && flush.opensBy === undefined) this.#finish(flush)
  }

  #finish(flush: Flush): void {
    this.#flushes.delete(flush)
    flush.resolve?.()
  }

  #fail(call: BoundedCall, error: TrackingError): void {
    this.#calls.delete(call)
    call.fail(error)
  }

  #late(): TimeoutError {
    return new TimeoutError(`The outbox did not answer within ${this.#maxDeliveryMs} ms (maxDeliveryMs).`)
  }
}
