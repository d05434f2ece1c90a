import { longestTimeoutMs, type Time } from '../platform/clock.ts'
import type { RunningTime } from './running-time.ts'

/** The one timer of a tracker. It rings at the earliest moment that it was asked for, at times earlier, never later. */
export class Alarm {
  readonly #time: Time
  readonly #ring: () => void
  readonly #running: RunningTime
  #handle: unknown
  #at = Infinity
  #holds = true
  #hasEnded = false

  /** @param running is told when it is to ring, and so sees from a timer that is late that the process stood still */
  constructor(time: Time, running: RunningTime, ring: () => void) {
    this.#time = time
    this.#running = running
    this.#ring = ring
  }

  /** Makes sure that it rings at `at` (of `time.elapsed()`) at the latest. */
  by(at: number): void {
    if (at >= this.#at || this.#hasEnded) return
    this.clear()
    this.#at = at
    // A later alarm rings early and is set again.
    const now = this.#time.elapsed()
    const delayMs = Math.min(Math.max(0, Math.ceil(at - now)), longestTimeoutMs)
    this.#handle = this.#time.setTimeout(() => {
      this.#handle = undefined
      this.#at = Infinity
      this.#running.expect(Infinity)
      this.#ring()
    }, delayMs)
    this.#running.expect(now + delayMs)
    if (!this.#holds) this.#refer()
  }

  /** Whether it keeps the process alive until it rings, where timers can tell. */
  set holds(holds: boolean) {
    if (holds === this.#holds) return
    this.#holds = holds
    this.#refer()
  }

  #refer(): void {
    const handle = this.#handle as { ref?(): void; unref?(): void } | undefined
    if (this.#holds) handle?.ref?.()
    else handle?.unref?.()
  }

  /** It rings no more, whoever asks for it. */
  end(): void {
    this.#hasEnded = true
    this.clear()
  }

  clear(): void {
    if (this.#handle !== undefined) this.#time.clearTimeout(this.#handle)
    this.#handle = undefined
    this.#at = Infinity
    this.#running.expect(Infinity)
  }
}
