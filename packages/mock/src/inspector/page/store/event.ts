import { isInViolation } from '../../../recording/exchange.ts'
import type { WireExchange } from '../../wire.ts'
import type { CallKind } from '../format/fields.ts'
import type { PropertyLine } from '../format/property.ts'

/** An exchange and the run of the server that saw it. */
export interface Attempt extends WireExchange {
  readonly run: string
}

/** Event with all its attempts, oldest first. */
export interface TrackedEvent {
  /** Counts up over everything that this page ever saw. */
  readonly order: number
  readonly idempotencyKey: string | undefined
  readonly operation: string | undefined
  readonly kind: CallKind | undefined
  readonly customerId: string | undefined
  /** The name that was tracked. */
  readonly name: string | undefined
  /** The name of the event; for another call what comes nearest to a name. */
  readonly title: string
  /** Category of a track, empty if it has none; undefined for any other call. */
  readonly category: string | undefined
  /** The property of a track that has one. */
  readonly property: PropertyLine | undefined
  readonly attempts: Attempt[]
  /** Text that a search looks through, in lower case. */
  haystack: string
  /** Time at which its last attempt arrived before a person's eyes; undefined for what was there before. */
  arrivedAt: number | undefined
}

export type Outcome = 'valid' | 'violation' | 'refused' | 'failed' | 'no answer'

export function outcomeOf(exchange: WireExchange): Outcome {
  const { answer } = exchange
  if (answer.status === 0) return 'no answer'
  if (isInViolation(exchange)) return 'violation'
  if (answer.status >= 500) return 'failed'
  return answer.status >= 400 ? 'refused' : 'valid'
}

export function lastAttempt({ attempts }: TrackedEvent): Attempt {
  const last = attempts.at(-1)
  if (last === undefined) throw new Error('An event has at least one attempt')
  return last
}

export function hasViolations({ attempts }: TrackedEvent): boolean {
  return attempts.some(isInViolation)
}

export function isAccepted({ answer }: WireExchange): boolean {
  return answer.status >= 200 && answer.status < 300
}

/** Name of an event in an address: the run of the server, and the number of its first attempt there. */
export function linkOf({ attempts }: TrackedEvent): string {
  return `${attempts[0]?.run.slice(0, 8)}.${attempts[0]?.seq}`
}
