import type { WorldClock } from '../machine/clock.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { TokenWay } from '../script/script.ts'

/** The tokens of a world: they change, and the function that is asked for them fails, tarries and falls silent. */
export class TokenSource {
  /** All that were ever given. */
  readonly all = new Set<string>()
  way: TokenWay = 'same'
  readonly #clock: WorldClock
  #count = 0
  #current = ''

  constructor(clock: WorldClock) {
    this.#clock = clock
    this.rotate()
  }

  get current(): string {
    return this.#current
  }

  rotate(): void {
    this.#current = `radioactive-${++this.#count}-token`
    this.all.add(this.#current)
  }

  async ask(process: WorldProcess, aside: () => unknown): Promise<string> {
    try {
      aside()
    } catch (thrown) {
      process.hasUnseen = true
      throw thrown
    }
    switch (this.way) {
      case 'throws':
        process.hasUnseen = true
        throw new Error(`no token but ${process.lastToken}`)
      case 'hangs':
        process.hadSlowToken = true
        return new Promise<never>(() => undefined)
      case 'slow':
      case 'very slow': {
        const ms = this.way === 'slow' ? 300 : 12_000
        process.hadSlowToken = true
        await new Promise<void>((passed) => this.#clock.later(passed, ms))
        break
      }
      default:
    }
    process.lastToken = this.#current
    return this.#current
  }
}
