/** Waits for whatever was accepted before it. */
interface Flush {
  /** Events with a place before this one are waited for. */
  readonly before: number
  left: number
  readonly deadline: number
  readonly resolve: () => void
}

/** The flushes that wait. Each has its own snapshot: overlapping ones share the work, never an answer. */
export class Flushes {
  readonly #waiting = new Set<Flush>()

  /** Resolves when the `left` events with a place before `before` have ended, or at `deadline`. */
  wait(before: number, left: number, deadline: number): Promise<void> {
    if (left === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add({ before, left, deadline, resolve }))
  }

  /** The event of place `order` has ended. */
  ended(order: number): void {
    for (const flush of this.#waiting) {
      if (order < flush.before && --flush.left === 0) this.#finish(flush)
    }
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0
  }

  /** Nothing more can be done now, so nothing is waited for. */
  rested(): void {
    for (const flush of this.#waiting) this.#finish(flush)
  }

  /** @returns the next deadline */
  tick(now: number): number {
    let next = Infinity
    for (const flush of this.#waiting) {
      if (flush.deadline <= now) this.#finish(flush)
      else next = Math.min(next, flush.deadline)
    }
    return next
  }

  #finish(flush: Flush): void {
    this.#waiting.delete(flush)
    flush.resolve()
  }
}
