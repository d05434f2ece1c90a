import type { Outcome } from './attempt.ts'
import type { Verdict } from './outbox.ts'
import type { OwedEvent } from './owed-event.ts'
import { decide, decideStored, type Decision as Retrying } from './retry.ts'
import type { Settings } from './settings.ts'

/** What becomes of an event that was lent: after an attempt, or given back without one, or too old for one. */
export type Decision = Retrying | { kind: 'release' } | { kind: 'expired' }

/** Decides after an attempt at the event. */
export function decisionOf(
  { attempts, sparedAttempts, options }: OwedEvent,
  outcome: Outcome,
  settings: Settings,
  durable: boolean,
  nowMs: number,
): Decision {
  const policy = options.maxRetries === undefined ? settings : { ...settings, maxRetries: options.maxRetries }
  // A short outage must not use up the retries of the one event that is sent to ask whether it is over.
  const counted = policy.maxRetries > 0 ? attempts - sparedAttempts : attempts
  return (durable ? decideStored : decide)(outcome, counted, policy, nowMs)
}

/** What the outbox is told of it. */
export function verdictOf(decision: Decision, event: OwedEvent, durable: boolean): Verdict {
  switch (decision.kind) {
    case 'delivered':
      return { kind: 'delivered' }
    case 'retry':
      return { kind: 'retry', afterMs: decision.afterMs }
    case 'expired':
      return { kind: 'dead', reason: 'expired', attempts: event.attempts }
    case 'final':
      // Memory keeps no dead letters: it has only to let go.
      return durable ? refused(event) : { kind: 'delivered' }
    default:
      return { kind: 'release' }
  }
}

function refused({ attempts, lastOutcome }: OwedEvent): Verdict {
  const { status, text } = lastOutcome?.kind === 'answered' ? lastOutcome : {}
  return { kind: 'dead', reason: 'refused', attempts, status, detail: text }
}
