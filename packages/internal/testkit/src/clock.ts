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
export class FakeClock {
  /** When a standstill was last noticed. */
  stoodAt = -Infinity
  readonly #timers = new Set<Timer>()
  #now = Date.parse('2023-06-25T10:00:00Z')
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

  /** The same without the time in which the process stood still, which a held timer tells that is late. */
  running(): number {
    const due = Math.min(...[...this.#timers].filter(({ isHeld }) => isHeld).map(({ at }) => at))
    return (this.#now - due > standstillMs ? due : this.#now) - this.#stoodMs
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
    const lateMs = this.#now - at
    if (!isHeld || lateMs <= standstillMs) return
    this.#stoodMs += lateMs
    this.stoodAt = this.#now
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
}
