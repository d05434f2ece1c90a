import type { AttemptResult } from '../http/answer.ts'
import type { Backoff } from '../options/options.ts'
import { type PauseReason, pauseReason } from './failure.ts'
import { type Decision, isSettled } from './retry.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { backoffMs } from '../platform/backoff.ts'
import { nameOfFunction } from '../token/token-keeper.ts'

/** So many failures in a row, with nothing settled between, mean that the server is out of reach for everybody. */
const failureLimit = 8
/** So many refusals in a row, with nothing delivered between, mean that everybody is refused. */
const refusalLimit = 3
/** Of how many lanes they have to be: with fewer, the lanes' own waits do what the gate would, and hold nobody else. */
const laneLimit = 3

/** A server that does not answer is not asked more often than this, whatever the backoff. */
const shortestMs = 100

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly customerId: string
  readonly result: AttemptResult
  readonly decision: Decision
  readonly isProbe: boolean
}

/** News that an ended attempt brought. */
export type GateNews = 'closed' | 'refused' | undefined

const refusedReason = 'The API refuses events of several customers'

/** The state of the gate, for a person who looks after a tracker. Unless it is open, it says since when and why. */
export interface GateStatus {
  readonly state: 'open' | 'closed' | 'refused' | 'probing'
  /** The moment when it stopped being open: time of day, in milliseconds. */
  readonly since?: number | undefined
  readonly reason?: string | undefined
  /** The status of the answer that has closed it or keeps it closed, if there was one. */
  readonly status?: number | undefined
  /** Milliseconds until an event is let through to see. */
  readonly opensInMs?: number | undefined
}

/** A wait of the gate. */
export interface Pause {
  readonly why: PauseReason
  readonly forMs: number
}

export function pauseOf(result: AttemptResult, nowMs: number): PauseReason {
  if (result.kind === 'tokenFailed') return 'no-token'
  if (result.kind !== 'answered') return 'silent'
  return result.status === 429 || askedOfAll(result, nowMs) !== undefined ? 'asked' : 'failing'
}

/** Failures in a row, and whose. */
class Row {
  readonly #limit: number
  readonly #lanes = new Set<string>()
  #count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @param customerId undefined for a failure that says nothing about other lanes */
  add(customerId: string | undefined): void {
    this.#count++
    if (customerId !== undefined && this.#lanes.size < laneLimit) this.#lanes.add(customerId)
  }

  end(): void {
    // Almost always: it is asked at each delivery.
    if (this.#count === 0) return
    this.#count = 0
    this.#lanes.clear()
  }

  /** Tells whether there are enough of them, from however many lanes. */
  get isLong(): boolean {
    return this.#count >= this.#limit
  }

  /** Tells whether they concern everybody. */
  get isGeneral(): boolean {
    return this.isLong && this.#lanes.size >= laneLimit
  }
}

/**
 * The gate stands before all lanes.
 *
 * | state           | what happens                                                       | next              |
 * |-----------------|--------------------------------------------------------------------|-------------------|
 * | open            | an answer asks everybody to wait, or a row of failures is general  | closed            |
 * | open, closed    | a row of refusals is general                                       | refused           |
 * | refused         | something is delivered                                             | closed            |
 * | closed, refused | the time is up, and an attempt starts                              | probing           |
 * | probing         | the probe is settled; coming from refused, only if it is delivered | open              |
 * | probing         | the probe ends in any other way                                    | closed or refused |
 *
 * Answers that were still on their way when it closed may lengthen the wait, never shorten it.
 */
export class Gate {
  readonly #backoff: Backoff
  readonly #maxRetryAfterMs: number
  readonly #hasIdentities: boolean
  readonly #failures = new Row(failureLimit)
  readonly #refusals = new Row(refusalLimit)
  #state: 'open' | 'closed' | 'refused' | 'probing' = 'open'
  /** The state that a probe came from, and goes back to unless it opens the gate. */
  #probedFrom: 'closed' | 'refused' = 'closed'
  #opensAt = 0
  /** It opens no earlier, since the API has asked for that. */
  #askedUntil = 0
  /** The number of closings in a row. */
  #closings = 0
  /** Tells whether a row of refusals was told since the last delivery. */
  #hasToldRefusal = false
  /** The moment when it stopped being open, and the attempt that was the last to close it or keep it closed. */
  #since = 0
  #closedBy: EndedAttempt | undefined

  /** @param hasIdentities each customer has an identity of its own: one that is refused says nothing about the others */
  constructor(backoff: Backoff, maxRetryAfterMs: number, hasIdentities = false) {
    this.#backoff = backoff
    this.#maxRetryAfterMs = maxRetryAfterMs
    this.#hasIdentities = hasIdentities
  }

  /** The moment when the next probe may go, or undefined while the gate is open or a probe is on its way. */
  get opensAt(): number | undefined {
    return this.#state === 'closed' || this.#state === 'refused' ? this.#opensAt : undefined
  }

  /** The time that the next probe has to wait. */
  waitMs(now: number): number {
    return Math.max(0, (this.opensAt ?? now) - now)
  }

  get closed(): boolean {
    return this.#state !== 'open'
  }

  /** The number of the `wanted` attempts that may start now. */
  admits(wanted: number, now: number): number {
    if (this.#state === 'open') return wanted
    return this.#state === 'probing' || now < this.#opensAt ? 0 : Math.min(1, wanted)
  }

  /** An attempt starts. @returns whether it is the probe */
  enter(): boolean {
    if (this.#state === 'open') return false
    if (this.#state !== 'probing') this.#probedFrom = this.#state
    this.#state = 'probing'
    return true
  }

  /** An attempt has ended. `now` is elapsed time, `nowMs` the time of day. @returns what that was news of */
  leave(attempt: EndedAttempt, now: number, nowMs: number): GateNews {
    const before = this.#state
    const news = this.#judge(attempt, now, nowMs)
    if (this.#state === before || this.#state === 'open' || isSettled(attempt.decision)) return news
    if (this.#isOfIdentity(attempt.result)) return news
    if (before === 'open') this.#since = nowMs
    this.#closedBy = attempt
    return news
  }

  #judge(attempt: EndedAttempt, now: number, nowMs: number): GateNews {
    const { result, decision, isProbe } = attempt
    if (isProbe) this.#state = this.#probedFrom
    if (this.#isOfIdentity(result)) return decision.kind === 'refused' ? this.#countRefusal(undefined) : undefined
    const isDelivered = decision.kind === 'delivered'
    const hasSettled = isSettled(decision)
    if (hasSettled) this.#failures.end()
    if (isDelivered) this.#delivered()
    const askedMs = isDelivered ? undefined : askedOfAll(result, nowMs)
    if (askedMs !== undefined || (result.kind === 'answered' && result.status === 429)) {
      const news = this.#close(askedMs, isProbe, now)
      this.#askedUntil = this.#opensAt
      return news
    }
    if (decision.kind === 'refused') return this.#refused(attempt, now)
    if (hasSettled) return this.#settled(isDelivered, isProbe, now)
    // A token that was replaced meanwhile is no failure: the next attempt has the new one.
    const isForNewToken = result.kind === 'answered' && result.newToken === 'ready'
    return isForNewToken ? undefined : this.#failed(attempt, now)
  }

  status(now: number): GateStatus {
    const state = this.#state
    if (state === 'open' || this.#closedBy === undefined) return { state }
    const { result, decision } = this.#closedBy
    const asked = nameOfFunction({ authorization: this.#hasIdentities || undefined })
    return {
      state,
      since: this.#since,
      reason: decision.kind === 'refused' ? refusedReason : pauseReason(pauseOf(result, this.#since), asked),
      status: result.kind === 'answered' ? result.status : undefined,
      opensInMs: state === 'probing' ? undefined : this.waitMs(now),
    }
  }

  /** The network may be back: a gate that is closed because nothing was answered lets a probe through at once. */
  hurry(now: number): void {
    if (this.#state === 'closed') this.#opensAt = Math.max(now, Math.min(this.#opensAt, this.#askedUntil))
  }

  /** A probe was cut off, by nobody's fault. */
  cut(isProbe: boolean): void {
    if (isProbe) this.#state = this.#probedFrom
  }

  #delivered(): void {
    this.#refusals.end()
    this.#hasToldRefusal = false
    this.#probedFrom = 'closed'
    if (this.#state === 'refused') this.#state = 'closed'
  }

  #settled(isDelivered: boolean, isProbe: boolean, now: number): undefined {
    // Unless an answer that was still on its way has asked for a longer wait meanwhile.
    if (!isProbe || this.#opensAt > now) return undefined
    if (this.#state === 'refused' && !isDelivered) return this.#wait(this.#refusedMs(), now)
    this.#state = 'open'
    this.#closings = 0
    return undefined
  }

  #failed({ customerId, isProbe }: EndedAttempt, now: number): GateNews {
    this.#failures.add(customerId)
    // What was still on its way when the gate closed tells nothing new.
    if (this.#state !== 'open' && !isProbe) return undefined
    return isProbe || this.#failures.isGeneral ? this.#close(undefined, isProbe, now) : undefined
  }

  /** Tells whether an answer refuses the identity of one customer. Another one's probe may go at once. */
  #isOfIdentity(result: AttemptResult): boolean {
    return this.#hasIdentities && result.kind === 'answered' && (result.status === 401 || result.status === 403)
  }

  /** Counts a refusal, of a lane if it may concern others. @returns news of a row that was not told */
  #countRefusal(customerId: string | undefined): GateNews {
    this.#refusals.add(customerId)
    if (!this.#refusals.isLong || this.#hasToldRefusal) return undefined
    this.#hasToldRefusal = true
    return 'refused'
  }

  #refused({ customerId, isProbe }: EndedAttempt, now: number): GateNews {
    const news = this.#countRefusal(customerId)
    if (this.#refusals.isGeneral) {
      if (this.#state === 'open' || isProbe) this.#wait(this.#refusedMs(), now)
      this.#probedFrom = 'refused'
      if (this.#state === 'closed') this.#state = 'refused'
    } else if (isProbe) this.#wait(this.#waitMs(undefined), now)
    return news
  }

  #close(askedMs: number | undefined, isProbe: boolean, now: number): GateNews {
    const isNews = this.#state === 'open' || isProbe
    this.#wait(this.#waitMs(askedMs), now, isNews)
    return isNews ? 'closed' : undefined
  }

  #wait(waitMs: number, now: number, isNews = true): undefined {
    if (isNews) this.#closings++
    const until = now + Math.ceil(waitMs)
    this.#opensAt = this.#state === 'open' ? until : Math.max(this.#opensAt, until)
    if (this.#state === 'open') this.#state = 'closed'
    return undefined
  }

  #waitMs(askedMs: number | undefined): number {
    // Up to a tenth longer, so that many processes do not come back in the same moment.
    const heededMs = Math.min(askedMs ?? 0, this.#maxRetryAfterMs) * (1 + Math.random() / 10)
    if (askedMs !== undefined && askedMs < this.#maxRetryAfterMs) return heededMs
    return Math.max(heededMs, shortestMs, backoffMs(this.#backoff, this.#closings))
  }

  /** Soon at first, for whoever is not to blame; then every `capMs`. */
  #refusedMs(): number {
    const { baseMs, capMs } = this.#backoff
    return Math.max(shortestMs, Math.min(capMs, baseMs * 2 ** Math.min(this.#closings, 40))) * (1 + Math.random() / 10)
  }
}

/** The wait that a 429 or a 503 asks of everybody. */
function askedOfAll(result: AttemptResult, nowMs: number): number | undefined {
  if (result.kind !== 'answered' || (result.status !== 429 && result.status !== 503)) return undefined
  return retryAfterMs(result.headers, nowMs)
}
