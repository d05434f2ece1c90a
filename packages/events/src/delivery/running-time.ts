import type { Time } from '../platform/clock.ts'

/** A timer that is so late was not held up by other work: the process stood still. */
const standstillMs = 1_000

/**
 * Elapsed time without the gaps in which the process did not run (frozen between requests, a closed lid): what has a
 * budget must not lose it to them. A gap is told by a timer that is late, from the moment on in which it was due.
 */
export class RunningTime {
  readonly #time: Time
  #stoodMs = 0
  #stoodUntil = -Infinity
  #ringsAt = Infinity

  constructor(time: Time) {
    this.#time = time
  }

  /** When the last gap was noticed, in elapsed milliseconds. */
  get stoodUntil(): number {
    return this.#stoodUntil
  }

  now(): number {
    const elapsed = this.#time.elapsed()
    if (elapsed - this.#ringsAt > standstillMs) return this.#ringsAt - this.#stoodMs
    return elapsed - this.#stoodMs
  }

  /** A moment of running time as elapsed time, if the process keeps running until then. */
  elapsedAt(running: number): number {
    return running + this.#stoodMs
  }

  /** A timer is to ring at `at`, elapsed time, and no other. */
  expect(at: number): void {
    if (this.#ringsAt !== Infinity) this.#notice(this.#time.elapsed() - this.#ringsAt)
    this.#ringsAt = at
  }

  #notice(lateMs: number): void {
    if (lateMs <= standstillMs) return
    this.#stoodMs += lateMs
    this.#stoodUntil = this.#time.elapsed()
  }
}
