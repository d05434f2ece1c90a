import type { Expect } from './broken.ts'
import type { FakeClock } from './fake-clock.ts'
import type { Ledger } from './ledger.ts'
import type { Program } from './program.ts'
import type { ScriptedApi } from './scripted-api.ts'
import type { Span, Tracked } from './tracked.ts'

/** Whether what is owed goes on: judged when everything has come to rest, and all that is in flight is known. */
export class OwedCheck {
  readonly #program: Program
  readonly #clock: FakeClock
  readonly #ledger: Ledger
  readonly #api: ScriptedApi
  readonly #expect: Expect
  /** When the API last settled an event: surely, and perhaps. */
  readonly #settled: Span = { from: 0, by: 0 }
  /** Since when each customer's lane has been tried in vain. One that was empty meanwhile may have begun afresh. */
  readonly #lanes = new Map<string, { from: number; by: number | undefined }>()
  readonly #mayLackToken: boolean

  constructor(program: Program, clock: FakeClock, ledger: Ledger, api: ScriptedApi, expect: Expect) {
    this.#program = program
    this.#clock = clock
    this.#ledger = ledger
    this.#api = api
    this.#expect = expect
    this.#mayLackToken = program.tokens.some((way) => way === 'throws' || way === 'slow')
  }

  /** The API has settled an event, or perhaps it has. */
  settled(customer: string, running: number, isSure: boolean): void {
    const lane = this.#lanes.get(customer)
    if (isSure) this.#lanes.delete(customer)
    else if (lane) lane.by = undefined
    if (isSure) this.#settled.from = Math.max(this.#settled.from, running)
    this.#settled.by = Math.max(this.#settled.by, running)
  }

  /** An attempt at an event began, at `since`. */
  tried(tracked: Tracked, since: number): void {
    const lane = this.#lanes.get(tracked.made.customer)
    const from = this.#mayLackToken ? -Infinity : Math.min(lane?.from ?? since, since)
    // One that had to leave may have been the last of its lane, of which its hook tells only later.
    const mayBeFresh = this.#program.settings.queue.overflow === 'drop-oldest'
    tracked.tried ??= { from, by: this.#latest(mayBeFresh ? since : (lane?.by ?? since)) }
  }

  /** An event has ended: it may have been the last of its lane, and have made room for those who came in that moment. */
  ended(customer: string): void {
    const lane = this.#lanes.get(customer)
    const running = this.#clock.running()
    const isOld = ({ made }: Tracked) => made.customer === customer && made.acceptedAt < running
    if (lane && !this.#ledger.owed.some(isOld)) lane.by = undefined
  }

  /** It ended, and perhaps did not settle the event. */
  failed({ made: { customer } }: Tracked, since: number): void {
    const lane = this.#lanes.get(customer)
    this.#lanes.set(customer, { from: lane?.from ?? since, by: this.#latest(lane?.by ?? since) })
  }

  /** Where a token may be slow to come, nobody can tell how long before its request an attempt began. */
  #latest(since: number): number {
    return this.#mayLackToken ? Math.max(since, this.#api.lastTokenAt) : since
  }

  /** When the event's budget ends, in running time. */
  endOf({ made: { acceptedAt, budgetMs }, tried }: Tracked): Span {
    if (tried) return { from: tried.from + budgetMs, by: tried.by + budgetMs }
    // It may have been tried, and no token came.
    const mayBeTriedBy = this.#mayLackToken ? this.#api.lastTokenAt : 0
    const from = this.#mayLackToken ? -Infinity : Math.max(acceptedAt, this.#settled.from)
    return { from: from + budgetMs, by: Math.max(acceptedAt, this.#settled.by, mayBeTriedBy) + budgetMs }
  }

  check(): void {
    const { attemptTimeoutMs } = this.#program.settings
    const now = this.#clock.now()
    for (const { openedAt } of this.#api.open) {
      // After a standstill they have their whole time again.
      const since = Math.max(openedAt, this.#clock.stoodAt)
      this.#expect(now < since + attemptTimeoutMs, 'a request is open for longer than an attempt may take')
    }
    const running = this.#clock.running()
    for (const it of this.#ledger.owed) {
      this.#expect(it.isInFlight || running < this.endOf(it).by, 'owed for longer than its budget')
    }
    for (const customer of this.#lanes.keys()) this.ended(customer)
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
