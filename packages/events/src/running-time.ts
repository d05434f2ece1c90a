import type { Time } from './clock.ts'

/** A timer that rings so much too late was not held up by other work: the process stood still. */
const standstillMs = 1_000

/**
 * Elapsed time without the gaps in which the process did not run (frozen between requests, a closed lid): what has a
 * budget must not lose it to them.
 */
export class RunningTime {
  readonly #time: Time
  #stoodMs = 0

  constructor(time: Time) {
    this.#time = time
  }

  now(): number {
    return this.#time.elapsed() - this.#stoodMs
  }

  /** A moment of running time as elapsed time, if the process keeps running until then. */
  elapsedAt(running: number): number {
    return running + this.#stoodMs
  }

  /** A timer rang `lateMs` after it was due. @returns whether the process stood still */
  rang(lateMs: number): boolean {
    if (lateMs <= standstillMs) return false
    this.#stoodMs += lateMs
    return true
  }
}
