import type { Time } from './clock.ts'

/** setTimeout takes no more; a later alarm rings early and is set again. */
const longestTimeoutMs = 2 ** 31 - 1

/** The one timer of a tracker. It rings at the earliest moment that it was asked for, at times earlier, never later. */
export class Alarm {
  readonly #time: Time
  readonly #ring: () => void
  #handle: unknown
  #at = Infinity

  constructor(time: Time, ring: () => void) {
    this.#time = time
    this.#ring = ring
  }

  /** Makes sure that it rings at `at` (of `time.elapsed()`) at the latest. */
  by(at: number): void {
    if (at >= this.#at) return
    this.clear()
    this.#at = at
    const delayMs = Math.min(Math.max(0, Math.ceil(at - this.#time.elapsed())), longestTimeoutMs)
    this.#handle = this.#time.setTimeout(() => {
      this.#handle = undefined
      this.#at = Infinity
      this.#ring()
    }, delayMs)
  }

  clear(): void {
    if (this.#handle !== undefined) this.#time.clearTimeout(this.#handle)
    this.#handle = undefined
    this.#at = Infinity
  }
}
