import { AsyncLocalStorage } from 'node:async_hooks'

/** A process, as far as the clock has to know it. */
export interface ClockOwner {
  readonly isDead: boolean
  /** The difference of its wall clock to the machine's, in milliseconds. */
  readonly aheadMs: number
}

/** A timer as Node hands it out: it holds its process open unless it is told not to. */
export class WorldTimer {
  readonly owner: ClockOwner | undefined
  readonly at: number
  readonly run: () => void
  isHeld = true

  constructor(owner: ClockOwner | undefined, at: number, run: () => void) {
    this.owner = owner
    this.at = at
    this.run = run
  }

  ref(): this {
    this.isHeld = true
    return this
  }

  unref(): this {
    this.isHeld = false
    return this
  }
}

/** More than any honest program does without that time passes: something turns or rings for ever. */
const mostTurns = 20_000
const mostRings = 20_000

const { setImmediate: realTurn } = globalThis

/** Names the process whose code is running, through all of its promises. */
export const running = new AsyncLocalStorage<ClockOwner | undefined>()

/** Time and turns of a simulated machine: both go on only when they are told to, and nothing ever sleeps. */
export class WorldClock {
  /** Milliseconds since the world began, which no jump of the wall clock changes. */
  now = 0
  /** The difference of the machine's wall clock to the right time. */
  wallOffMs = 0
  /** Times in which all processes stood still: since when, and for how long. */
  readonly #standstills: { from: number; ms: number }[] = []
  /** Called after each task, when its promises have run. */
  readonly #looked: () => void
  readonly #failed: (why: string) => void
  readonly #timers = new Set<WorldTimer>()
  #turns: { owner: ClockOwner | undefined; run: () => void }[] = []
  #rings = { at: 0, count: 0 }

  constructor(looked: () => void, failed: (why: string) => void) {
    this.#looked = looked
    this.#failed = failed
  }

  /** The right time of day. */
  get trueTime(): number {
    return Date.UTC(2026, 0, 1) + this.now
  }

  /** The time of day as the running process sees it. */
  wallTime(owner = running.getStore()): number {
    return this.trueTime + this.wallOffMs + (owner?.aheadMs ?? 0)
  }

  /** The time for which all processes have stood still since a moment. */
  stoodMsSince(moment: number): number {
    return this.#standstills.reduce((sum, { from, ms }) => (from >= moment ? sum + ms : sum), 0)
  }

  setTimer(run: () => void, delayMs: number, owner = running.getStore()): WorldTimer {
    // As Node does: a delay that is none is one millisecond.
    const delay = delayMs >= 1 && delayMs <= 2 ** 31 - 1 ? Math.trunc(delayMs) : 1
    const timer = new WorldTimer(owner, this.now + delay, run)
    this.#timers.add(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as WorldTimer)
  }

  /** Something of the world outside happens later: not a timer of any process. */
  later(run: () => void, delayMs: number): void {
    this.#timers.add(new WorldTimer(undefined, this.now + Math.max(0, delayMs), run))
  }

  soon(run: () => void): void {
    this.#turns.push({ owner: running.getStore(), run })
  }

  timersOf(owner: ClockOwner): WorldTimer[] {
    return [...this.#timers].filter((timer) => timer.owner === owner)
  }

  /** Lets a few turns of the event loop pass. */
  async turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await this.#turn()
  }

  /** Until nothing is left to do but what time has to bring. */
  async rest(): Promise<void> {
    let count = 0
    do {
      if (++count > mostTurns) return this.#failed('the event loop never comes to rest')
      await this.#turn()
    } while (this.#turns.length > 0)
  }

  /** Lets time pass, from timer to timer. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms
    await this.rest()
    for (let timer = this.#next(); timer !== undefined && timer.at <= end; timer = this.#next()) {
      this.now = Math.max(this.now, timer.at)
      this.#timers.delete(timer)
      if (this.#isSpinning()) return this.#failed('timers ring again and again at the same moment')
      this.#run(timer.owner, timer.run)
      await this.rest()
    }
    this.now = Math.max(this.now, end)
  }

  /** All processes stand still. Then their timers ring, and only then the network is read: as Node does. */
  async freeze(ms: number): Promise<void> {
    await this.rest()
    this.#standstills.push({ from: this.now, ms })
    this.now += ms
    const late = [...this.#timers].filter(({ owner, at }) => owner !== undefined && at <= this.now)
    for (const timer of late.toSorted((a, b) => a.at - b.at)) {
      if (!this.#timers.delete(timer)) continue
      this.#run(timer.owner, timer.run)
      await realTick()
    }
    await this.pass(0)
  }

  #isSpinning(): boolean {
    if (this.#rings.at !== this.now) this.#rings = { at: this.now, count: 0 }
    return ++this.#rings.count > mostRings
  }

  async #turn(): Promise<void> {
    // What was asked for in this turn comes in the next one.
    const turns = this.#turns
    this.#turns = []
    for (const { owner, run } of turns) {
      this.#run(owner, run)
      await realTick()
    }
    if (turns.length === 0) await realTick()
    this.#looked()
  }

  #run(owner: ClockOwner | undefined, run: () => void): void {
    if (owner?.isDead) return
    try {
      running.run(owner, run)
    } catch (thrown) {
      this.#failed(`thrown in a place that nobody catches: ${String(thrown)}`)
    }
  }

  #next(): WorldTimer | undefined {
    let next: WorldTimer | undefined
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer
    return next
  }
}

/** Until all promises have run that can. */
function realTick(): Promise<void> {
  return new Promise((run) => void realTurn(run))
}
