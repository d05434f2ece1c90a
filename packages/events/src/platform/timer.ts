import { longestTimeoutMs, type Time } from '../platform/clock.ts'

/** A timer that is so late was not held up by other work: the process stood still. */
const standstillMs = 1_000

/** A moment, told twice: the time of day, and milliseconds of a time that never goes back. */
export interface Moment {
  readonly at: number
  readonly elapsed: number
}

/**
 * The time of a tracker. Running time is elapsed time without the gaps in which the process did not run (frozen between
 * requests, a closed lid): what has a budget must not lose it to them. A gap is told by a timer that is late. It began
 * at some moment between the last one at which the process was seen to run and the one at which the timer was due: half
 * of that time counts. So no gap ever uses up what is left of a budget, whose end the timer would have told; and in a
 * process that stalls again and again budgets end all the same.
 */
export class TrackerTime implements Time {
  readonly #time: Time
  #stoodMs = 0
  #stoodUntil = -Infinity
  #ringsAt = Infinity
  /** The last moment at which the process was seen to run, and no timer was late. */
  #seenAt = 0
  #lastMoment: Moment | undefined

  constructor(time: Time) {
    this.#time = time
  }

  /** The moment at which the last gap was noticed, in elapsed milliseconds. */
  get stoodUntil(): number {
    return this.#stoodUntil
  }

  now(): number {
    // Whoever asks for the time of day is seen to run too.
    this.elapsed()
    return this.#time.now()
  }

  elapsed(): number {
    const elapsed = this.#time.elapsed()
    if (elapsed - this.#ringsAt <= standstillMs) this.#seenAt = elapsed
    return elapsed
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    return this.#time.setTimeout(callback, delayMs)
  }

  clearTimeout(handle: unknown): void {
    this.#time.clearTimeout(handle)
  }

  running(): number {
    const elapsed = this.elapsed()
    return elapsed - this.#stoodMs - this.#gapMs(elapsed)
  }

  /** The moment. Calls within one millisecond share one: a burst of them then costs one object, not one each. */
  moment(): Moment {
    const elapsed = Math.floor(this.running())
    if (this.#lastMoment?.elapsed !== elapsed) this.#lastMoment = { at: this.#time.now(), elapsed }
    return this.#lastMoment
  }

  /** A moment of running time as elapsed time, if the process keeps running until then. */
  elapsedAt(running: number): number {
    return running + this.#stoodMs
  }

  /** A timer is to ring at `at`, elapsed time, and no other. */
  expect(at: number): void {
    const elapsed = this.elapsed()
    const gapMs = this.#gapMs(elapsed)
    if (gapMs > 0) {
      this.#stoodMs += gapMs
      this.#stoodUntil = this.#seenAt = elapsed
    }
    this.#ringsAt = at
  }

  /** The length of the gap of which the timer tells at `elapsed`; 0 where there was none. */
  #gapMs(elapsed: number): number {
    const lateMs = elapsed - this.#ringsAt
    return lateMs > standstillMs ? lateMs + Math.ceil(Math.max(0, this.#ringsAt - this.#seenAt) / 2) : 0
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
  readonly #time: TrackerTime
  readonly #ring: () => void
  #handle: unknown
  #at = Infinity
  #holds = true
  #hasEnded = false

  /** @param time is told when it is to ring, and so sees from a timer that is late that the process stood still */
  constructor(time: TrackerTime, ring: () => void) {
    this.#time = time
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
      this.#time.expect(Infinity)
      this.#ring()
    }, delayMs)
    this.#time.expect(now + delayMs)
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
    this.#time.expect(Infinity)
  }

  #refer(): void {
    const handle = this.#handle as { ref?(): void; unref?(): void } | undefined
    if (this.#holds) handle?.ref?.()
    else handle?.unref?.()
  }
}

/** Work that was put off. It is run by `tick`, which the timer brings about. */
export class PutOff {
  readonly #time: Time
  readonly #timer: Timer
  #works: { readonly at: number; readonly run: () => void }[] = []

  constructor(time: Time, timer: Timer) {
    this.#time = time
    this.#timer = timer
  }

  add(afterMs: number, run: () => void): void {
    const at = this.#time.elapsed() + afterMs
    this.#works.push({ at, run })
    this.#timer.by(at)
  }

  /** The moment at which the first of it is due. */
  get nextAt(): number {
    return this.#works.reduce((next, { at }) => Math.min(next, at), Infinity)
  }

  /** Somebody is interested in it again. */
  wake(): void {
    for (const { at } of this.#works) this.#timer.by(at)
  }

  /** Runs what is due. */
  tick(now: number): void {
    if (this.#works.length === 0) return
    const due = this.#works.filter(({ at }) => at <= now)
    this.#works = this.#works.filter(({ at }) => at > now)
    for (const { run } of due) run()
    this.wake()
  }
}
