import { identityOf } from './identity.ts'
import type { WorldClock } from '../machine/clock.ts'
import type { WorldProcess } from '../machine/process.ts'
import type { ScriptSettings, TokenWay } from '../script/script.ts'

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

  /** The token under which a request for that customer is right: where customers have identities, that of its own. */
  of(customer: string, { hasToken }: ScriptSettings): string {
    return hasToken === 'identities' ? identityOf(this.#current, customer) : this.#current
  }

  rotate(): void {
    this.#current = `radioactive-${++this.#count}-token`
    this.all.add(this.#current)
  }

  /** @param customer whose identity it is to be, where they have identities */
  async ask(process: WorldProcess, aside: () => unknown, customer?: string): Promise<string> {
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
    process.lastToken = customer === undefined ? this.#current : identityOf(this.#current, customer)
    return process.lastToken
  }
}
