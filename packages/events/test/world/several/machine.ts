import type { EventTracker } from '../../../src/index.ts'
import { type ClockOwner, running, type WorldClock, type WorldTimer } from '../machine/clock.ts'

/** One machine of several: a process with a tracker, which dies, stands still, and has a clock of its own. */
export class Machine implements ClockOwner {
  readonly name: string
  readonly clock: WorldClock
  /** The difference of its clock to the right time, and by how much it goes too fast. */
  readonly aheadMs: number
  readonly #drift: number
  isDead = false
  isClosing = false
  hasClosed = false
  /** Until when it stands still. */
  stillUntil = 0
  tracker!: EventTracker
  readonly #cleared = new WeakSet<WorldTimer>()

  constructor(name: string, clock: WorldClock, aheadMs: number, drift: number) {
    this.name = name
    this.clock = clock
    this.aheadMs = aheadMs
    this.#drift = drift
  }

  get isAlive(): boolean {
    return !this.isDead && !this.hasClosed
  }

  /** The clock of its tracker. */
  get ownClock() {
    return {
      now: () => this.clock.trueTime + this.aheadMs + this.clock.now * this.#drift,
      setTimeout: (run: () => void, delayMs: number) => this.setTimer(run, delayMs / (1 + this.#drift)),
      clearTimeout: (timer: unknown) => {
        this.#cleared.add(timer as WorldTimer)
        this.clock.clearTimer(timer)
      },
    }
  }

  setTimer(run: () => void, delayMs: number): WorldTimer {
    const ring = (): void => {
      if (!this.#cleared.has(timer)) run()
    }
    const timer = this.clock.setTimer(() => this.reach(ring), delayMs, this)
    return timer
  }

  /** Something reaches it from outside, or its timer rings: once it goes on, where it stands still; never, where it is dead. */
  reach(run: () => void): void {
    if (this.isDead) return
    const stillMs = this.stillUntil - this.clock.now
    if (stillMs > 0) this.clock.later(() => this.reach(run), stillMs)
    else running.run(this, run)
  }
}
