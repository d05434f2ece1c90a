import { longestTimeoutMs, type Time } from '../platform/clock.ts'

/** A timer that is so late was not held up by other work: the process stood still. */
const standstillMs = 1_000

/** A moment, told twice: the time of day, and milliseconds of a time that never goes back. */
export interface Moment {
  readonly at: number
  readonly elapsed: number
}

/**
 * Elapsed time without the gaps in which the process did not run (frozen between requests, a closed lid): what has a
 * budget must not lose it to them. A gap is told by a timer that is late, from the moment on in which it was due.
 */
export class RunningTime {
  readonly #time: Time
  #stoodMs = 0
  #stoodUntil = -Infinity
  #ringsAt = Infinity
  #lastMoment: Moment | undefined

  constructor(time: Time) {
    this.#time = time
  }

  /** The moment at which the last gap was noticed, in elapsed milliseconds. */
  get stoodUntil(): number {
    return this.#stoodUntil
  }

  now(): number {
    const elapsed = this.#time.elapsed()
    if (elapsed - this.#ringsAt > standstillMs) return this.#ringsAt - this.#stoodMs
    return elapsed - this.#stoodMs
  }

  /** The moment. Calls within one millisecond share one: a burst of them then costs one object, not one each. */
  moment(): Moment {
    const elapsed = Math.floor(this.now())
    if (this.#lastMoment?.elapsed !== elapsed) this.#lastMoment = { at: this.#time.now(), elapsed }
    return this.#lastMoment
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

/**
 * The one timer of a tracker. It rings at the earliest moment that it was asked for, at times earlier, never later.
 *
 * | state | what happens                              | next  |
 * |-------|-------------------------------------------|-------|
 * | still | it is asked to ring by a moment           | set   |
 * | set   | it is asked for an earlier moment         | set   |
 * | set   | it rings (and calls `ring`), or `clear`   | still |
 * | any   | `end`: it rings no more, whoever asks     | ended |
 */
export class Timer {
  readonly #time: Time
  readonly #running: RunningTime
  readonly #ring: () => void
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
    // A later moment rings early and is set again.
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

  /** Tells it whether to keep the process alive until it rings, where timers can. */
  set holds(holds: boolean) {
    if (holds === this.#holds) return
    this.#holds = holds
    this.#refer()
  }

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

  #refer(): void {
    const handle = this.#handle as { ref?(): void; unref?(): void } | undefined
    if (this.#holds) handle?.ref?.()
    else handle?.unref?.()
  }
}
