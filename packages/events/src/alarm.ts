import { longestTimeoutMs, type Time } from './clock.ts'

/** The one timer of a tracker. It rings at the earliest moment that it was asked for, at times earlier, never later. */
export class Alarm {
  readonly #time: Time
  readonly #ring: (lateMs: number) => void
  #handle: unknown
  #at = Infinity
  #holds = true
  #hasEnded = false

  /** @param ring is told how many milliseconds too late it rings */
  constructor(time: Time, ring: (lateMs: number) => void) {
    this.#time = time
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
      this.#ring(this.#time.elapsed() - now - delayMs)
    }, delayMs)
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
  }
}
