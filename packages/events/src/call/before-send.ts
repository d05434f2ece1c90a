import type { GivenEvent, Operation } from '../event/event.ts'
import { type Issue, ValidationError } from '../errors/errors.ts'

/**
 * Hook that may change an event, or veto it, before anything else is done with it. It gets what the call was given,
 * unchecked, and returns that, a changed copy, or null for "do not send it". It is synchronous, so that what it takes out
 * is never stored: what it throws rejects the event, and so does a promise.
 */
export type BeforeSend = (event: GivenEvent) => GivenEvent | null

const fields: Record<Operation, string[]> = {
  identifyCustomer: ['operation', 'customerId', 'traits'],
  trackEvent: ['operation', 'customerId', 'event', 'category', 'property'],
}

/** Lists what an event has that it cannot have: members that are not its operation's, or an operation that there is not. */
export function issuesOfFields(event: GivenEvent): Issue[] {
  const known = Object.entries(fields).find(([operation]) => operation === (event as GivenEvent | null)?.operation)?.[1]
  if (known === undefined) return [{ path: 'operation', reason: `must be ${Object.keys(fields).join(' or ')}` }]
  const unknown = Object.keys(event).filter((name) => !known.includes(name))
  return unknown.map((path) => ({ path, reason: 'is not a known field' }))
}

/**
 * Asks the hook.
 *
 * @param redact takes the token out of what the hook throws
 * @returns what is to be sent, null for a veto, or why nothing can be sent
 */
export function prepare(
  given: GivenEvent,
  beforeSend: BeforeSend,
  redact: (thrown: unknown) => unknown,
): GivenEvent | null | ValidationError {
  try {
    const returned: unknown = beforeSend({ ...given })
    if (returned === null) return null
    if (typeof returned !== 'object') return refuse('must return the event, a changed copy, or null')
    if (isThenable(returned)) {
      // Its rejection must not end the process.
      Promise.resolve(returned).catch(() => undefined)
      return refuse('must be synchronous: it returned a promise')
    }
    const event = { ...(returned as GivenEvent) }
    if (event.operation !== given.operation) return refuse(`must leave operation as it is, ${given.operation}`)
    const unknown = Object.keys(event).filter((name) => !fields[given.operation].includes(name))
    return unknown.length > 0 ? refuse(`returned unknown fields: ${unknown.join(', ')}`) : event
  } catch (thrown) {
    return refuse('failed, so the event was not sent; the cause says why', redact(thrown))
  }
}

function refuse(reason: string, cause?: unknown): ValidationError {
  return new ValidationError([{ path: 'beforeSend', reason }], cause)
}

function isThenable(value: object): boolean {
  return typeof Reflect.get(value, 'then') === 'function'
}
