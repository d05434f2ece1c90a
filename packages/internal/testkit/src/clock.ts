interface Timer {
  readonly at: number
  readonly callback: () => void
}

/** More timers than any honest program sets in one step: something rings again and again at the same moment. */
const spinning = 20_000

/** Time that passes only when it is told to. */
export class FakeClock {
  readonly #timers = new Set<Timer>()
  #now = Date.parse('2023-06-25T10:00:00Z')

  now(): number {
    return this.#now
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = { at: this.#now + delayMs, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  /** Something of the world outside happens in `delayMs`. */
  later(callback: () => void, delayMs: number): void {
    this.setTimeout(callback, delayMs)
  }

  /** Lets time pass from timer to timer; `rest` is awaited after each. */
  async pass(ms: number, rest: () => Promise<void>): Promise<void> {
    const end = this.#now + ms
    let rung = 0
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      if (++rung > spinning) throw new Error('The timers spin')
      this.#now = Math.max(this.#now, next.at)
      this.#timers.delete(next)
      next.callback()
      await rest()
    }
    this.#now = end
  }

  /** Lets time pass in steps, between which the world outside goes on, until something has ended. */
  async passUntil<Ended>(ended: Promise<Ended>, stepMs: number, rest: () => Promise<void>): Promise<Ended> {
    const state = { isOver: false }
    const note = () => void (state.isOver = true)
    ended.then(note, note)
    while (!state.isOver) await this.pass(stepMs, rest).then(rest)
    return ended
  }

  /** Sleeps through `ms`, as a machine does that was closed: every timer rings late. */
  async oversleep(ms: number, rest: () => Promise<void>): Promise<void> {
    this.#now += ms
    await this.pass(0, rest)
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
}
