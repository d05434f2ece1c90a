import type { Database } from './database.ts'

/** Old ids are dropped so often, by whichever outbox comes first. */
const tidyMs = 60_000
/** The ids that one step drops, at the most, so that it is short. */
const mostDropped = 10_000

/** Drops what need not be known any longer, now and then, beside what is asked. */
export class Tidier {
  readonly #database: Database
  readonly #rememberMs: number
  #tidiedAt = -Infinity
  #hasEnded = false

  constructor(database: Database, rememberMs: number) {
    this.#database = database
    this.#rememberMs = rememberMs
  }

  /** Tidies, if it is time. It is nobody's call: what fails is done by the next one. */
  tidy(): void {
    const now = performance.now()
    if (now < this.#tidiedAt + tidyMs) return
    this.#tidiedAt = now
    this.#tidyAll().catch(() => undefined)
  }

  end(): void {
    this.#hasEnded = true
  }

  /** Goes on while a step has left something. */
  async #tidyAll(): Promise<void> {
    for (let dropped = mostDropped; dropped >= mostDropped && !this.#hasEnded;) {
      const [row] = await this.#database.call('tidy', [this.#rememberMs])
      dropped = Number(row?.['tidy'])
    }
  }
}
