import { FakeClock } from '../../support/fake-clock.ts'

/** A timer as a platform hands it out: it holds the process unless it is told not to. */
class Handle {
  isHeld = true
  timer: unknown

  ref(): this {
    this.isHeld = true
    return this
  }

  unref(): this {
    this.isHeld = false
    return this
  }
}

/** Time that passes only when it is told to, whose timers tell whether they hold the process. */
export class HeldClock extends FakeClock {
  readonly #handles = new Set<Handle>()

  /** Timers that would keep a process alive. */
  get holding(): number {
    return [...this.#handles].filter(({ isHeld }) => isHeld).length
  }

  override setTimeout(callback: () => void, delayMs: number): Handle {
    const handle = new Handle()
    this.#handles.add(handle)
    handle.timer = super.setTimeout(() => {
      this.#handles.delete(handle)
      callback()
    }, delayMs)
    return handle
  }

  override clearTimeout(handle: unknown): void {
    this.#handles.delete(handle as Handle)
    super.clearTimeout((handle as Handle).timer)
  }
}
