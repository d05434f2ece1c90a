import type { Clock } from '../../src/platform/clock.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
  readonly isHeld: boolean
}

/** More timers than any honest program sets in one step: something rings again and again at the same moment. */
const spinning = 20_000

/** A timer that rings so much too late tells whoever set it that the process stood still. */
const standstillMs = 1_000

/** Time that passes only when it is told to. */
export class FakeClock implements Clock {
  /** When a standstill was last noticed. */
  stoodAt = -Infinity
  readonly #timers = new Set<Timer>()
  #now = Date.parse('2023-06-25T10:00:00Z')
  /** The last moment at which whoever was given this clock has read it, and no timer was late. */
  #readAt = 0
  #stoodMs = 0

  /** Timers of whoever was given this clock, that have neither rung nor been cleared. */
  get held(): number {
    return [...this.#timers].filter(({ isHeld }) => isHeld).length
  }

  /** Whether a timer has yet to ring that is due by now. */
  get isLate(): boolean {
    return (this.#next()?.at ?? Infinity) <= this.#now
  }

  now(): number {
    return this.#now
  }

  /** The time as the process reads it that was given this clock. */
  read(): number {
    if (!this.#tellsGap(this.#due)) this.#readAt = this.#now
    return this.#now
  }

  /**
   * The same without the time in which the process stood still, which a held timer tells that is late: that began halfway
   * between the last moment at which the process has read the clock and the one at which the timer was due.
   */
  running(): number {
    return this.#now - this.#stoodMs - this.#gapMs(this.#due)
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    return this.#add(callback, delayMs, true)
  }

  clearTimeout(handle: unknown): void {
    if (this.#timers.delete(handle as Timer)) this.#notice(handle as Timer)
  }

  /** Something of the world outside happens in `delayMs`: not a timer that anybody holds. */
  later(callback: () => void, delayMs: number): void {
    this.#add(callback, delayMs, false)
  }

  /** Lets time pass from timer to timer; `rest` is awaited after each. */
  async pass(ms: number, rest: () => Promise<void>): Promise<void> {
    const end = this.#now + ms
    let rung = 0
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      if (++rung > spinning) throw new Error('The timers spin')
      this.#now = Math.max(this.#now, next.at)
      this.#timers.delete(next)
      this.#ring(next)
      await rest()
    }
    this.#now = end
  }

  /** Sleeps through `ms`, as a machine does that was closed: every timer rings late. */
  async oversleep(ms: number, rest: () => Promise<void>): Promise<void> {
    this.#now += ms
    await this.pass(0, rest)
  }

  #add(callback: () => void, delayMs: number, isHeld: boolean): Timer {
    const timer = { at: this.#now + delayMs, callback, isHeld }
    this.#timers.add(timer)
    return timer
  }

  #ring(timer: Timer): void {
    this.#notice(timer)
    timer.callback()
  }

  #notice({ at, isHeld }: Timer): void {
    if (!isHeld || !this.#tellsGap(at)) return
    this.#stoodMs += this.#gapMs(at)
    this.stoodAt = this.#readAt = this.#now
  }

  get #due(): number {
    return Math.min(...[...this.#timers].filter(({ isHeld }) => isHeld).map(({ at }) => at))
  }

  #tellsGap(due: number): boolean {
    return this.#now - due > standstillMs
  }

  #gapMs(due: number): number {
    return this.#tellsGap(due) ? this.#now - due + Math.ceil(Math.max(0, due - this.#readAt) / 2) : 0
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
}
