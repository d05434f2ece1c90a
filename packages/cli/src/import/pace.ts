/** So many requests in so long a time. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
}

/** Requests that a process was too late for are made up for within so long a time, and no pause is. */
const catchUpMs = 50

/**
 * Spreads requests evenly. In no stretch of time as long as that of the rate start more than it allows, whatever held them up
 * before.
 */
export class Pace {
  readonly #perMs: number
  readonly #gapMs: number
  /** Moments of as many starts as the rate allows, the oldest of them at `#oldest`. */
  readonly #starts: Float64Array
  #oldest = 0
  /** The moment when the next one is due. */
  #next = -Infinity

  constructor({ requests, perMs }: Rate) {
    this.#perMs = perMs
    this.#gapMs = perMs / requests
    this.#starts = new Float64Array(requests).fill(-Infinity)
  }

  /** Time until the next request may start. */
  waitMs(now: number): number {
    return Math.max(0, this.#next - now, this.#freeAt(0) - now)
  }

  /** Number of the `wanted` requests that may start now. */
  free(wanted: number, now: number): number {
    if (this.waitMs(now) > 0) return 0
    const due = this.#next === -Infinity ? 1 : Math.floor((now - this.#slot(now)) / this.#gapMs) + 1
    const most = Math.min(wanted, due, this.#starts.length)
    let free = 1
    while (free < most && this.#freeAt(free) <= now) free++
    return Math.min(free, most)
  }

  /** So many requests start now. */
  start(requests: number, now: number): void {
    for (let started = 0; started < requests; started++) {
      this.#next = this.#slot(now) + this.#gapMs
      this.#starts[this.#oldest] = now
      this.#oldest = (this.#oldest + 1) % this.#starts.length
    }
  }

  /** The moment at which the next request should have started. */
  #slot(now: number): number {
    return this.#next === -Infinity ? now : Math.max(this.#next, now - catchUpMs)
  }

  /** The moment from which on one more than `others` may start, since an old one has left the stretch of time. */
  #freeAt(others: number): number {
    return (this.#starts[(this.#oldest + others) % this.#starts.length] ?? 0) + this.#perMs
  }
}
