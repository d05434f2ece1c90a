/** Waits for whatever was accepted before it. */
interface Flush {
  /** Events with a place before this one are waited for. */
  readonly before: number
  left: number
  deadline: number
  /** While it must not end by having nothing left: what a durable outbox holds is not known yet. */
  isOpening: boolean
  /** Tells whether one of its events has ended since it was last looked at, and when it was seen that none had. */
  hasMoved: boolean
  stillSince: number
  resolve: (() => void) | undefined
}

/** The flushes that wait. Each has its own snapshot: overlapping ones share the work, never an answer. */
export class Flushes {
  readonly #patienceMs: number
  readonly #waiting = new Set<Flush>()

  /** @param patienceMs after so long without the end of any of its events, a flush without a deadline has waited enough */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** @param left how many events with a place before `before` are owed; more may be found while it `isOpening` */
  add(before: number, left: number, deadline: number, isOpening = false): { flush: Flush; done: Promise<void> } {
    const flush: Flush = { before, left, deadline, isOpening, hasMoved: true, stillSince: 0, resolve: undefined }
    if (left === 0 && !isOpening) return { flush, done: Promise.resolve() }
    this.#waiting.add(flush)
    return { flush, done: new Promise((resolve) => (flush.resolve = resolve)) }
  }

  /** The event of place `order` has ended, or waits in a durable outbox for a later attempt. */
  ended(order: number): void {
    for (const flush of this.#waiting) if (order < flush.before) this.#count(flush, -1)
  }

  /** The event of place `order` has no place any more, so that its end will count for those too that came before it. */
  displaced(order: number): void {
    for (const flush of this.#waiting) if (order >= flush.before) this.#count(flush, 1)
  }

  /** Events of no known place have come back (dead letters that were replayed), or with less than 0 gone. */
  changed(events: number): void {
    if (events !== 0) for (const flush of this.#waiting) this.#count(flush, events)
  }

  /** A durable outbox is open, and held so many events; or it could not be opened, and none are known of. */
  opened(found: number): void {
    for (const flush of this.#waiting) {
      if (!flush.isOpening) continue
      flush.isOpening = false
      this.#count(flush, found)
    }
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Nothing more can be done now, so nothing is waited for. */
  rested(): void {
    for (const flush of this.#waiting) if (!flush.isOpening) this.#finish(flush)
  }

  /** The tracker has closed. */
  finish(): void {
    for (const flush of this.#waiting) this.#finish(flush)
  }

  /** @returns the next deadline */
  tick(now: number): number {
    let next = Infinity
    for (const flush of this.#waiting) {
      if (flush.deadline <= now || this.#isStuck(flush, now)) this.#finish(flush)
      else next = Math.min(next, flush.deadline)
    }
    return next
  }

  /** Ends a wait for what may wait for its retry for days, while others keep the tracker from coming to rest. */
  #isStuck(flush: Flush, now: number): boolean {
    if (flush.hasMoved) flush.stillSince = now
    flush.hasMoved = false
    return now - flush.stillSince >= this.#patienceMs
  }

  #count(flush: Flush, events: number): void {
    flush.hasMoved = true
    flush.left += events
    if (flush.left <= 0 && !flush.isOpening) this.#finish(flush)
  }

  #finish(flush: Flush): void {
    this.#waiting.delete(flush)
    flush.resolve?.()
  }
}
