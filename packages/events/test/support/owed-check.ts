import type { Expect } from './broken.ts'
import type { Ledger } from './ledger.ts'
import type { Program } from './program.ts'
import type { ScriptedApi } from './scripted-api.ts'
import type { Tracked } from './tracked.ts'

/** Whether what is owed goes on: judged when everything has come to rest, and all that is in flight is known. */
export class OwedCheck {
  readonly #program: Program
  readonly #ledger: Ledger
  readonly #api: ScriptedApi
  readonly #expect: Expect
  /** When the API last settled an event. */
  #lastProgress = 0

  constructor(program: Program, ledger: Ledger, api: ScriptedApi, expect: Expect) {
    this.#program = program
    this.#ledger = ledger
    this.#api = api
    this.#expect = expect
  }

  /** The API has settled an event. */
  progressed(now: number): void {
    this.#lastProgress = now
  }

  /** When the event's budget ends. */
  endOf({ made }: Tracked): number {
    return Math.max(made.acceptedAt, this.#lastProgress) + made.budgetMs
  }

  check(now: number): void {
    const { attemptTimeoutMs } = this.#program.settings
    for (const { openedAt } of this.#api.open) {
      this.#expect(now < openedAt + attemptTimeoutMs, 'a request is open for longer than an attempt may take')
    }
    for (const it of this.#ledger.owed) {
      this.#expect(it.isInFlight || now < this.endOf(it), 'owed for longer than its budget')
    }
    if (!this.#program.tokens.includes('slow')) this.#checkProgress(now)
  }

  /** Nobody waits without a reason. */
  #checkProgress(now: number): void {
    if (this.#api.open.size >= this.#program.settings.concurrency || !this.#hasDue(now)) return
    const { gate, open } = this.#api
    if (!gate.mayBeClosed) this.#expect(false, 'a place is free, and what is due is not sent')
    else this.#expect(now < gate.opensBy || gate.mayHaveProbe(open), 'the gate may open, and nothing is sent')
  }

  /** Whether the oldest event of some customer is neither in flight nor waiting for its retry. */
  #hasDue(now: number): boolean {
    const { backoff } = this.#program.settings
    // Which event it was for, a token function does not know.
    if (now < this.#api.lastTokenFailure + Math.min(backoff.capMs, backoff.baseMs * 2 ** 40)) return false
    const customers = new Set<string>()
    for (const { made, isInFlight, retryBy } of this.#ledger.owed) {
      if (customers.has(made.customer)) continue
      customers.add(made.customer)
      if (!isInFlight && now >= retryBy) return true
    }
    return false
  }
}
