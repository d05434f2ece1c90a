import type { Outcome } from './attempt.ts'
import type { Claim, Refusals, Verdict } from '../outbox/outbox.ts'
import type { OwedEvent } from './pending-event.ts'
import { decide, decideStored, type Decision as Retrying } from './retry.ts'
import type { Settings } from '../options/settings.ts'

/** What becomes of an event that was lent: after an attempt, or given back without one, or too old for one. */
export type Decision = Retrying | { kind: 'release' } | { kind: 'expired' }

/** An event that was refused so often, over so long, while others were delivered, is at fault itself. */
const mostRefusals = 3
const refusedForMs = 15 * 60_000

/** Decides after an attempt at the event. */
export function decisionOf(
  { attempts, options }: OwedEvent,
  outcome: Outcome,
  settings: Settings,
  durable: boolean,
  nowMs: number,
): Retrying {
  const policy = options.maxRetries === undefined ? settings : { ...settings, maxRetries: options.maxRetries }
  return (durable ? decideStored : decide)(outcome, attempts, policy, nowMs)
}

/**
 * Tells if a refusal speaks against its event: not one of the token (401) or of a proxy (407), and only where something
 * was delivered since the last one that did.
 *
 * @param deliveredMs how long ago the last delivery was
 */
export function isCounted(outcome: Outcome, { refusals }: Claim, deliveredMs: number): boolean {
  if (outcome.kind === 'answered' && (outcome.status === 401 || outcome.status === 407)) return false
  return refusals === undefined || deliveredMs < refusals.sinceLastMs
}

/** Tells whether one more counted refusal is enough. */
export function isAtFault(refusals: Refusals | undefined): boolean {
  return refusals !== undefined && refusals.count + 1 >= mostRefusals && refusals.sinceFirstMs >= refusedForMs
}

/** What the outbox is told of it. */
export function verdictOf(decision: Decision, event: OwedEvent, durable: boolean, isRefusal: boolean): Verdict {
  switch (decision.kind) {
    case 'delivered':
      return { kind: 'delivered' }
    case 'retry':
      return { kind: 'retry', afterMs: decision.afterMs }
    case 'refused':
      return { kind: 'retry', afterMs: decision.afterMs, isRefusal }
    case 'expired':
      return { kind: 'dead', reason: 'expired', attempts: event.attempts }
    case 'final':
      // Memory keeps no dead letters, and lets go.
      return durable || decision.retryable ? refused(event) : { kind: 'delivered' }
    default:
      return { kind: 'release' }
  }
}

function refused({ attempts, lastOutcome }: OwedEvent): Verdict {
  const { status, text } = lastOutcome?.kind === 'answered' ? lastOutcome : {}
  return { kind: 'dead', reason: 'refused', attempts, status, detail: text }
}
