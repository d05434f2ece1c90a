import type { AttemptResult } from '../http/answer.ts'
import type { Settings } from '../options/settings.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { Attempt } from './attempt.ts'
import { type Gate, type Pause, pauseOf } from './gate.ts'
import type { PendingEvent } from './pending-event.ts'
import { dateMs, type Decision, decisionOf, isAtFault, isCounted, isSettled } from './retry.ts'
import type { TrackerTime } from '../platform/timer.ts'

/** Everything that follows from the result of an attempt. */
export interface Judgement {
  readonly decision: Decision
  /** Tells whether the API has settled the event. */
  readonly isSettled: boolean
  /** That everybody seems to be refused, or that the gate has closed. */
  readonly news: 'refused' | Pause | undefined
}

/** Decides what becomes of an event after an attempt, and lets the gate know. */
export class Decider {
  readonly #gate: Gate
  readonly #durable: boolean
  readonly #time: TrackerTime
  readonly #settings: Settings
  readonly #age: Age
  /** The moment at which something was last delivered, in elapsed milliseconds. */
  #deliveredAt = -Infinity

  constructor(gate: Gate, durable: boolean, time: TrackerTime, settings: Settings) {
    this.#gate = gate
    this.#durable = durable
    this.#time = time
    this.#settings = settings
    this.#age = new Age(settings.maxAgeMs, time)
  }

  /** Tells whether what was claimed is too old for an attempt. */
  isTooOld(event: PendingEvent, claim: Claim): boolean {
    return this.#durable && this.#age.isOver(event, claim)
  }

  decide({ event, claim, isProbe, startedAt }: Attempt, result: AttemptResult): Judgement {
    const [now, nowMs] = [this.#time.elapsed(), this.#time.now()]
    if (this.#durable && result.kind === 'answered') this.#age.answered(result.headers)
    const decision = decisionOf(event, result, this.#settings, this.#durable, nowMs)
    const told = this.#gate.leave({ customerId: event.customerId, result, decision, isProbe }, now, nowMs)
    const isSpeaking = decision.kind === 'refused' && isCounted(result, claim, startedAt - this.#deliveredAt)
    if (decision.kind === 'delivered') this.#deliveredAt = now
    return {
      decision: this.#bounded(decision, event, claim, result, isSpeaking),
      isSettled: isSettled(decision),
      news: told === 'closed' ? { why: pauseOf(result, nowMs), forMs: this.#gate.waitMs(now) } : told,
    }
  }

  /** Keeps an event that failed as long as it has not become too old, or proved to be at fault itself. */
  #bounded(
    decision: Decision,
    event: PendingEvent,
    claim: Claim,
    result: AttemptResult,
    isSpeaking: boolean,
  ): Decision {
    if (!this.#durable || (decision.kind !== 'retry' && decision.kind !== 'refused')) return decision
    if (isSpeaking && isAtFault(claim.refusals)) return { kind: 'final', retryable: false }
    if (this.#age.isOver(event, claim, result)) return { kind: 'expired' }
    return isSpeaking && decision.kind === 'refused' ? { ...decision, isCounted: true } : decision
  }
}

/** So far the clock of this machine and that of the server may differ. */
const toleranceMs = 3_600_000
/** A time of day before this one is that of a machine whose clock was never set. */
const notSetMs = Date.UTC(2020, 0, 1)

/**
 * Tells whether an event has become too old to be sent. Within a process age is what has elapsed. Of what an earlier
 * process left it is told by the time of day, which is believed only once an answer has confirmed it.
 */
class Age {
  readonly #maxAgeMs: number
  readonly #time: TrackerTime
  /** The difference of time of day and elapsed time when an answer confirmed it. */
  #confirmedOffset: number | undefined

  constructor(maxAgeMs: number, time: TrackerTime) {
    this.#maxAgeMs = maxAgeMs
    this.#time = time
  }

  get isConfirmed(): boolean {
    return this.#confirmedOffset !== undefined && Math.abs(this.#offset() - this.#confirmedOffset) < toleranceMs
  }

  /** An answer tells what time the server thinks it is. */
  answered(headers: Readonly<Record<string, string>>): void {
    const served = dateMs(headers['date'])
    if (Number.isNaN(served)) return
    this.#confirmedOffset = Math.abs(served - this.#time.now()) < toleranceMs ? this.#offset() : undefined
  }

  /** Tells whether it is too old for one more attempt; `last` is how an attempt ended just now. */
  isOver(event: PendingEvent, claim: Claim, last?: AttemptResult): boolean {
    const elapsedMs = event.isOfThisProcess ? this.#time.running() - event.accepted.elapsed : claim.storedForMs
    if (elapsedMs !== undefined) return elapsedMs >= this.#maxAgeMs
    if (event.acceptedAt < notSetMs || this.#time.now() - event.acceptedAt < this.#maxAgeMs) return false
    if (this.isConfirmed) return true
    // The clocks disagree, or the answer had no date: after one attempt it is enough that the server does not object.
    if (last?.kind !== 'answered') return false
    const served = dateMs(last.headers['date'])
    return Number.isNaN(served) || served - event.acceptedAt >= this.#maxAgeMs
  }

  #offset(): number {
    return this.#time.now() - this.#time.elapsed()
  }
}
