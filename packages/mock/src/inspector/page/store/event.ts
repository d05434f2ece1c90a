import { isInViolation } from '../../../recording/exchange.ts'
import type { WireExchange } from '../../wire.ts'

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
  readonly customerId: string | undefined
  /** The name of the event; for another call what comes nearest to a name. */
  readonly title: string
  readonly attempts: Attempt[]
  /** Text that a search looks through, in lower case. */
  haystack: string
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

/** The parts of a body that the page lays out; all are missing if the body is not a JSON object. */
export interface Fields {
  customerId?: string
  event?: string
  name?: string
  email?: string
  properties?: Readonly<Record<string, unknown>>
}

export function fieldsOf(text: string): Fields {
  const body = parsed(text)
  if (!isRecord(body)) return {}
  const { customer_id: customerId, event, name, email, properties } = body
  return {
    ...(typeof customerId === 'string' && { customerId }),
    ...(typeof event === 'string' && { event }),
    ...(typeof name === 'string' && { name }),
    ...(typeof email === 'string' && { email }),
    ...(isRecord(properties) && { properties }),
  }
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
