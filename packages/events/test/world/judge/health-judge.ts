import type { WorldEvent } from './ledger.ts'
import type { WorldProcess } from '../machine/process.ts'
import { second } from '../script/script.ts'
import type { Seen } from './seen.ts'

/** Judges that what is due is found: while nothing is wrong, no event stands still for longer than all waits together. */
export class HealthJudge {
  readonly #seen: Seen
  /** Since when nothing has been wrong that the world does. */
  #since = 0
  /** The same of the disk. */
  #roomSince = 0
  /** The moment when the last event of a customer ended. */
  readonly #endedAt = new Map<string, number>()

  constructor(seen: Seen) {
    this.#seen = seen
  }

  /** Nothing has been wrong for so long before `moment` that no wait is left from earlier. */
  wasFineBefore(moment: number): boolean {
    return this.#since + this.#mostMs(0) < moment && this.#roomSince + this.#mostMs(0) < moment
  }

  /** Something has changed, or time has passed in an ill world. */
  look(): void {
    const { clock, processes } = this.#seen
    if (!this.#isHealthy) this.disturb()
    if (processes.some(({ isDead, sqlFaults }) => !isDead && sqlFaults.isDiskFull)) this.#roomSince = clock.now
  }

  /** The process stood still, or its clock was set. */
  disturb(until = this.#seen.clock.now): void {
    // A freeze disturbs until its end, whatever disturbs meanwhile.
    this.#since = Math.max(this.#since, until)
  }

  ended(customer: string): void {
    this.#endedAt.set(customer, this.#seen.clock.now)
  }

  judgeRest(): void {
    this.look()
    for (const process of this.#seen.living) {
      if (process.hasClosed || process.isClosing || process.isStuck || !process.hasHooks) continue
      for (const event of this.#heads(process)) this.judge(process, event)
    }
  }

  /** An event is pending, or is given up for having waited too long. */
  judge(process: WorldProcess, event: WorldEvent): void {
    const { clock, verdict, ledger, api } = this.#seen
    this.look()
    if (!this.#isHealthy || this.#isIll(event.customer, process)) return
    // What is stored is delivered also from a full disk.
    const storedSince = event.isStored ? 0 : Math.max(this.#roomSince, process.sqlFailedAt)
    const since = Math.max(this.#since, event.at, this.#endedAt.get(event.customer) ?? 0, storedSince)
    const details = () => `${event.label} of ${event.customer} since ${since}, now ${clock.now}`
    const poisoned = [...ledger.all].filter(({ poison }) => poison !== undefined).length + api.waf.size
    // Probes go to those who have been tried least.
    const most = this.#mostMs(poisoned * (1 + event.arrivals))
    verdict.expect(clock.now <= since + most, 'what is due and lent to nobody is found', details)
  }

  /** Of the gate, of a lane, of a lease, and of a store that had failed; and those that never succeed close the gate again. */
  #mostMs(poisoned: number): number {
    const { maxRetryAfterMs, backoff, attemptTimeoutMs } = this.#seen.script.settings
    const lease = 2 * attemptTimeoutMs + second
    return (
      1.2 * (2 * Math.max(maxRetryAfterMs, backoff.capMs) + (2 + poisoned) * backoff.capMs + 2 * lease) + 5 * second
    )
  }

  get #isHealthy(): boolean {
    const { api, tokens, processes, lockedUntil, clock, script } = this.#seen
    const isFine = api.weather.every(
      ({ status, afterMs, body }) => status === 200 && afterMs < script.settings.attemptTimeoutMs && body === undefined,
    )
    const isCalm = isFine && api.next.length === 0 && tokens.way === 'same'
    if (!isCalm || clock.now < lockedUntil || (api.token !== undefined && api.token !== tokens.current)) return false
    return processes.every(({ isDead, store, sqlFaults }) => {
      return isDead || (store.faults.length === 0 && sqlFaults.failing === undefined)
    })
  }

  /** One of its events never succeeds. */
  #isIll(customer: string, process: WorldProcess): boolean {
    if (this.#seen.api.waf.has(customer)) return true
    return this.#seen.ledger.of(customer).some((event) => {
      const hasEnded = event.recorded !== undefined || event.endIn(process) !== undefined
      return event.isLoose || (event.poison !== undefined && !hasEnded)
    })
  }

  #heads(process: WorldProcess): Iterable<WorldEvent> {
    const heads = new Map<string, WorldEvent>()
    for (const event of this.#seen.ledger.all) {
      const isPending = event.process === process && event.endIn(process) === undefined && !event.mayBeErased
      if (isPending && !event.mayHaveLeft && !heads.has(event.customer)) heads.set(event.customer, event)
    }
    return heads.values()
  }
}
