import { type AttemptResult, isSuccess } from '../http/answer.ts'
import { dateMs, retryAfterMs } from '../http/retry-after.ts'
import type { Backoff } from '../options/options.ts'
import type { Settings } from '../options/settings.ts'
import type { Claim, Refusals, Verdict } from '../outbox/outbox.ts'
import { backoffMs } from '../platform/backoff.ts'
import type { TrackerTime } from '../platform/timer.ts'
import type { Attempt } from './attempt.ts'
import type { PendingEvent } from './pending-event.ts'

/** The fate of an event after an attempt, or without one. */
export type Decision =
  | { kind: 'delivered' }
  /** With `outwaited` nobody should wait for it any longer, though it is still pending. */
  | { kind: 'retry'; afterMs: number; outwaited?: true }
  | { kind: 'final'; retryable: boolean }
  /** The token, the address or a proxy is at fault, as far as is known: the event is kept and tried again. Counted, it speaks against the event. */
  | { kind: 'refused'; afterMs: number; isCounted?: boolean }
  /** Given back without an attempt, or after one that was cut by nobody's fault. */
  | { kind: 'release' }
  /** Too old for one more attempt. */
  | { kind: 'expired' }

/** An event that was refused so often, over so long, while others were delivered, is at fault itself. */
const mostRefusals = 3
const refusedForMs = 15 * 60_000

/** The part of the settings that bounds retries. */
export interface RetryPolicy {
  maxRetries: number
  maxRetryAfterMs: number
  backoff: Backoff
}

/** Decides what becomes of an event after an attempt. */
export class Decider {
  readonly #durable: boolean
  readonly #settings: Settings
  readonly #age: Age
  /** The moment at which something was last delivered, in elapsed milliseconds. */
  #deliveredAt = -Infinity

  constructor(durable: boolean, time: TrackerTime, settings: Settings) {
    this.#durable = durable
    this.#settings = settings
    this.#age = new Age(settings.maxAgeMs, time)
  }

  /** Tells whether what was claimed is too old for an attempt. */
  isTooOld(event: PendingEvent, claim: Claim): boolean {
    return this.#durable && this.#age.isOver(event, claim)
  }

  /** Decides after an attempt that has ended at `now`, in elapsed time; `nowMs` is the time of day. */
  decide({ event, claim, startedAt }: Attempt, result: AttemptResult, now: number, nowMs: number): Decision {
    if (this.#durable && result.kind === 'answered') this.#age.answered(result.headers)
    const decision = decisionOf(event, result, this.#settings, this.#durable, nowMs)
    if (decision.kind === 'refused') {
      return { ...decision, isCounted: isCounted(result, claim, startedAt - this.#deliveredAt) }
    }
    if (decision.kind === 'delivered') this.#deliveredAt = now
    return decision
  }

  /** Keeps an event that failed as long as it has not become too old, or proved to be at fault itself. */
  bound(decision: Decision, { event, claim }: Attempt, result: AttemptResult): Decision {
    if (!this.#durable || (decision.kind !== 'retry' && decision.kind !== 'refused')) return decision
    const isProved = decision.kind === 'refused' && decision.isCounted === true && isAtFault(claim.refusals)
    if (isProved) return { kind: 'final', retryable: false }
    return this.#age.isOver(event, claim, result) ? { kind: 'expired' } : decision
  }
}

/** Decides after an attempt at the event. */
function decisionOf(
  { attempts, options }: PendingEvent,
  result: AttemptResult,
  settings: Settings,
  durable: boolean,
  nowMs: number,
): Decision {
  const policy = options.maxRetries === undefined ? settings : { ...settings, maxRetries: options.maxRetries }
  return (durable ? decideStored : decide)(result, attempts, policy, nowMs)
}

/**
 * Tells if a refusal speaks against its event: not one of the token (401) or of a proxy (407), and only where something
 * was delivered since the last one that did.
 *
 * @param deliveredMs how long ago the last delivery was
 */
function isCounted(result: AttemptResult, { refusals }: Claim, deliveredMs: number): boolean {
  if (result.kind === 'answered' && (result.status === 401 || result.status === 407)) return false
  return refusals === undefined || deliveredMs < refusals.sinceLastMs
}

/** Tells whether one more counted refusal is enough. */
function isAtFault(refusals: Refusals | undefined): boolean {
  return refusals !== undefined && refusals.count + 1 >= mostRefusals && refusals.sinceFirstMs >= refusedForMs
}

/** Tells whether the API has settled the event: nothing that it would be sent again for. */
export function isSettled(decision: Decision): boolean {
  return decision.kind === 'delivered' || (decision.kind === 'final' && !decision.retryable)
}

/** Words a decision for the outbox. */
export function verdictOf(decision: Decision, event: PendingEvent, durable: boolean): Verdict {
  switch (decision.kind) {
    case 'delivered':
    case 'release':
      return decision
    case 'retry':
      return { kind: 'retry', afterMs: decision.afterMs }
    case 'refused':
      return { kind: 'retry', afterMs: decision.afterMs, isRefusal: decision.isCounted === true }
    case 'expired':
      return { kind: 'dead', reason: 'expired', attempts: event.attempts }
    default:
      // Memory keeps no dead letters, and lets go.
      return durable || decision.retryable ? refused(event) : { kind: 'delivered' }
  }
}

function refused({ attempts, lastResult }: PendingEvent): Verdict {
  const { status, text } = lastResult?.kind === 'answered' ? lastResult : {}
  return { kind: 'dead', reason: 'refused', attempts, status, detail: text }
}

/** Decides after attempt number `attempts`, which ended in `result`. */
export function decide(result: AttemptResult, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  if (result.kind === 'answered' && isSuccess(result.status)) return { kind: 'delivered' }
  if (!mayPass(result, attempts)) return { kind: 'final', retryable: false }
  if (attempts > policy.maxRetries) return { kind: 'final', retryable: true }
  // The token was replaced while this one was on its way.
  if (result.kind === 'answered' && result.newToken === 'ready') return { kind: 'retry', afterMs: 0 }
  return { kind: 'retry', afterMs: waitMs(result, attempts, policy, nowMs) }
}

/** The same for an event that survives the process: nothing ends it but an answer that finds fault with itself. */
export function decideStored(result: AttemptResult, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  const decision = decide(result, attempts, policy, nowMs)
  if (decision.kind !== 'final') return decision
  if (!decision.retryable && isOwnFault(result)) return decision
  const afterMs = Math.max(askedMsOf(result, policy, nowMs) ?? 0, backoffMs(policy.backoff, attempts - 1))
  return decision.retryable && mayPass(result, attempts)
    ? { kind: 'retry', afterMs, outwaited: true }
    : { kind: 'refused', afterMs }
}

/** Statuses that find fault with this very event: no other token, address or proxy would mend it. */
const ownFaults = new Set([
  400, // Bad Request
  409, // Conflict: the id has been used for something else
  413, // Content Too Large
  414, // URI Too Long
  415, // Unsupported Media Type
  422, // Unprocessable Content
])

/** Statuses below 500 that may pass. */
const passing = new Set([
  408, // Request Timeout: the server gave up waiting for the request
  421, // Misdirected Request: another connection may reach the right server
  425, // Too Early: the server wants the request after the handshake
  429, // Too Many Requests: it says so itself
])

/** Statuses from 500 that stay the same, where the server failed for a reason that does not pass. */
const lasting = new Set([
  501, // Not Implemented: it will not learn it by being asked again
  505, // HTTP Version Not Supported: nor that
  511, // Network Authentication Required: a captive portal waits for a person
])

/** Tells whether a final answer finds fault with this very event. */
function isOwnFault(result: AttemptResult): boolean {
  return result.kind === 'answered' && ownFaults.has(result.status)
}

/** Tells whether attempt number `attempts`, which ended so, can succeed when it is made again later. */
export function mayPass(result: AttemptResult, attempts: number): boolean {
  // No answer: the network, the server or the token function failed, and may recover.
  if (result.kind !== 'answered') return true
  const { status, newToken } = result
  // Unauthorized: a newer token may be accepted. A token function that fails right then says nothing against it.
  if (newToken !== 'none') return true
  // Conflict: after an attempt without an answer the same id may still be in progress there.
  if (status === 409) return attempts > 1
  // Everything else, redirects among it, is an answer to this very request and stays the same.
  return status >= 500 ? !lasting.has(status) : passing.has(status)
}

/** As long as the answer asks for. Where that is cut short, or nothing is asked for, as long as the backoff at least. */
function waitMs(result: AttemptResult, attempts: number, policy: RetryPolicy, nowMs: number): number {
  const askedMs = askedMsOf(result, policy, nowMs)
  if (askedMs !== undefined && askedMs < policy.maxRetryAfterMs) return askedMs
  return Math.max(askedMs ?? 0, backoffMs(policy.backoff, attempts - 1))
}

/** The wait that the answer asks for, as far as that is heeded: then it is asked again. */
function askedMsOf(result: AttemptResult, { maxRetryAfterMs }: RetryPolicy, nowMs: number): number | undefined {
  const askedMs = result.kind === 'answered' ? retryAfterMs(result.headers, nowMs) : undefined
  return askedMs === undefined ? undefined : Math.min(askedMs, maxRetryAfterMs)
}

/** So far the clock of this machine and that of the server may differ. */
const toleranceMs = 3_600_000
/** A time of day before this one is that of a machine whose clock was never set. */
const notSetMs = Date.UTC(2020, 0, 1)

/**
 * Tells whether an event has become too old to be sent. Within a process age is what has elapsed. Of what an earlier
 * process left it is told by the time of day, which is believed only once an answer has confirmed it.
 */
export class Age {
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
