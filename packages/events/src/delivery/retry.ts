import { isSuccess } from '../http/send.ts'
import type { Outcome } from './attempt.ts'
import type { Backoff } from '../options/options.ts'
import { backoffMs, retryAfterMs } from './backoff.ts'

/** What becomes of an event after an attempt. */
export type Decision =
  | { kind: 'delivered' }
  /** With `outwaited` nobody should wait for it any longer, though it is still owed. */
  | { kind: 'retry'; afterMs: number; outwaited?: true }
  | { kind: 'final'; retryable: boolean }
  /** The token, the address or a proxy is at fault, as far as is known: the event is kept and tried again. */
  | { kind: 'refused'; afterMs: number }

export interface RetryPolicy {
  maxRetries: number
  maxRetryAfterMs: number
  backoff: Backoff
}

/** Decides after attempt number `attempts`, which ended in `outcome`. */
export function decide(outcome: Outcome, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  if (outcome.kind === 'answered' && isSuccess(outcome.status)) return { kind: 'delivered' }
  const isForNewToken = outcome.kind === 'answered' && outcome.tokenChanged
  if (!isForNewToken && !mayPass(outcome, attempts)) return { kind: 'final', retryable: false }
  if (attempts > policy.maxRetries) return { kind: 'final', retryable: true }
  // The token was replaced while this one was on its way.
  if (isForNewToken) return { kind: 'retry', afterMs: 0 }
  return { kind: 'retry', afterMs: waitMs(outcome, attempts, policy, nowMs) }
}

/** The same for an event that survives the process: nothing ends it but an answer that finds fault with itself. */
export function decideStored(outcome: Outcome, attempts: number, policy: RetryPolicy, nowMs: number): Decision {
  const decision = decide(outcome, attempts, policy, nowMs)
  if (decision.kind !== 'final') return decision
  if (!decision.retryable && isOwnFault(outcome)) return decision
  const afterMs = Math.max(askedMsOf(outcome, policy, nowMs) ?? 0, backoffMs(policy.backoff, attempts - 1))
  return decision.retryable && mayPass(outcome, attempts)
    ? { kind: 'retry', afterMs, outwaited: true }
    : { kind: 'refused', afterMs }
}

/** Tells whether a final answer finds fault with this very event: no other token, address or proxy would mend it. */
function isOwnFault(outcome: Outcome): boolean {
  if (outcome.kind !== 'answered') return false
  switch (outcome.status) {
    case 400: // Bad Request
    case 409: // Conflict: the id has been used for something else
    case 413: // Content Too Large
    case 414: // URI Too Long
    case 415: // Unsupported Media Type
    case 422: // Unprocessable Content
      return true
    default:
      return false
  }
}

/** Tells whether attempt number `attempts`, which ended so, can succeed when it is made again later. */
export function mayPass(outcome: Outcome, attempts: number): boolean {
  // No answer: the network, the server or the token function failed, and may recover.
  if (outcome.kind !== 'answered') return true
  const { status } = outcome
  // 408 Request Timeout: the server gave up waiting for the request.
  if (status === 408) return true
  // 409 Conflict: after an attempt without an answer the same id may still be in progress there.
  if (status === 409) return attempts > 1
  // 421 Misdirected Request: another connection may reach the right server.
  if (status === 421) return true
  // 425 Too Early: the server wants the request after the handshake.
  if (status === 425) return true
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

/** As long as the answer asks for. Where that is cut short, or nothing is asked for, as long as the backoff at least. */
function waitMs(outcome: Outcome, attempts: number, policy: RetryPolicy, nowMs: number): number {
  const askedMs = askedMsOf(outcome, policy, nowMs)
  if (askedMs !== undefined && askedMs < policy.maxRetryAfterMs) return askedMs
  return Math.max(askedMs ?? 0, backoffMs(policy.backoff, attempts - 1))
}

/** The wait that the answer asks for, as far as that is heeded: then it is asked again. */
function askedMsOf(outcome: Outcome, { maxRetryAfterMs }: RetryPolicy, nowMs: number): number | undefined {
  const askedMs = outcome.kind === 'answered' ? retryAfterMs(outcome.headers, nowMs) : undefined
  return askedMs === undefined ? undefined : Math.min(askedMs, maxRetryAfterMs)
}
