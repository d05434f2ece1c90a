import type { Outcome } from './attempt.ts'
import type { Backoff } from './options.ts'
import { backoffMs, retryAfterMs } from './wait.ts'

/** What becomes of an event after an attempt. */
export type Decision =
  | { kind: 'delivered' }
  /** With `outwaited` nobody should wait for it any longer, though it is still owed. */
  | { kind: 'retry'; afterMs: number; outwaited?: true }
  | { kind: 'final'; retryable: boolean }
  /** Not the event's fault: nothing more is sent until that is mended. */
  | { kind: 'hold' }

export interface RetryPolicy {
  maxRetries: number
  maxRetryAfterMs: number
  backoff: Backoff
}

/** Decides after attempt number `attempts`, which ended in `outcome`. */
export function decide(outcome: Outcome, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  if (outcome.kind === 'answered' && isSuccess(outcome.status)) return { kind: 'delivered' }
  // The token was replaced while this one was on its way: once more, whatever is left of the retries.
  if (outcome.kind === 'answered' && outcome.tokenChanged) return { kind: 'retry', afterMs: 0 }
  if (!mayPass(outcome)) return { kind: 'final', retryable: false }
  if (attempts > policy.maxRetries) return { kind: 'final', retryable: true }
  const askedMs = outcome.kind === 'answered' ? retryAfterMs(outcome.headers, nowMs) : undefined
  if (askedMs === undefined) return { kind: 'retry', afterMs: backoffMs(policy.backoff, attempts - 1) }
  if (askedMs > policy.maxRetryAfterMs) return { kind: 'final', retryable: true }
  return { kind: 'retry', afterMs: askedMs }
}

/** The same for an event that survives the process: nothing but an answer of the API ends it. */
export function decideStored(outcome: Outcome, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  const decision = decide(outcome, attempts, policy, nowMs)
  // 401 and 403 speak of the token: another one, or a person, may mend it, and the event waits for that.
  if (decision.kind === 'final' && isRefusal(outcome)) return { kind: 'hold' }
  if (decision.kind !== 'final' || !decision.retryable) return decision
  const askedMs = outcome.kind === 'answered' ? (retryAfterMs(outcome.headers, nowMs) ?? 0) : 0
  return { kind: 'retry', afterMs: Math.max(askedMs, backoffMs(policy.backoff, attempts - 1)), outwaited: true }
}

/** Whether the token was refused: 401 Unauthorized, 403 Forbidden. */
export function isRefusal(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && (outcome.status === 401 || outcome.status === 403)
}

/** Whether the same request can succeed later. */
export function mayPass(outcome: Outcome): boolean {
  // No answer: the network, the server or the token function failed, and may recover.
  if (outcome.kind !== 'answered') return true
  const { status } = outcome
  // 408 Request Timeout: the server gave up waiting for the request.
  if (status === 408) return true
  // 429 Too Many Requests: it says so itself.
  if (status === 429) return true
  // 501 Not Implemented, 505 HTTP Version Not Supported: it will not learn it by being asked again.
  if (status === 501 || status === 505) return false
  // 511 Network Authentication Required: a captive portal waits for a person.
  if (status === 511) return false
  // Every other 5xx: the server failed, not the request.
  if (status >= 500) return true
  // Everything else, redirects among it, is an answer to this very request and stays the same.
  return false
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
