import type { GivenEvent, Operation, Traits } from '../event/event.ts'
import {
  type IdentifyCustomer,
  type TrackEvent,
  validateIdentifyCustomer,
  validateTrackEvent,
  type Violation,
} from '@obsidianlaunch/events-client/core'
import { type Issue, ValidationError } from '../errors/errors.ts'
import type { NameProblem } from './event-names.ts'
import { writeJson } from './json.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'

const validators: Record<Operation, (body: unknown) => Violation[]> = {
  identifyCustomer: validateIdentifyCustomer,
  trackEvent: validateTrackEvent,
}

/**
 * The body as JSON text, or why it cannot be sent.
 *
 * @param tokens take the token out of what the caller's own code throws
 */
export function serialise(
  given: GivenEvent,
  tokens: Pick<TokenKeeper, 'redact' | 'redactError'>,
  nameProblem?: NameProblem,
): string | ValidationError {
  const issues: Issue[] = []
  const { operation } = given
  try {
    const fields = fieldsOf(given)
    issues.push(...issuesOf(operation, fields))
    if (issues.length === 0 && 'event' in fields) {
      issues.push(...nameIssues(fields.event, nameProblem))
      // Two texts, as most calls are: there is nothing in them that JSON.stringify would change.
      const isPlain = fields.category === undefined && fields.property === undefined
      if (isPlain && issues.length === 0 && fields.customer_id.isWellFormed() && fields.event.isWellFormed()) {
        return JSON.stringify(fields)
      }
    }
    const redact = (text: string) => tokens.redact(text)
    const body = issues.length > 0 ? '' : writeJson(fields, '', issues, redact)
    // A toJSON may have made something else of an object than what was looked at.
    const objects = issues.length > 0 ? [] : Object.entries(fields).filter(([, value]) => typeof value === 'object')
    if (objects.length > 0) issues.push(...issuesOf(operation, writtenFields(body, objects)))
    return issues.length === 0 ? body : new ValidationError(issues)
  } catch (thrown) {
    if (isRefusal(thrown)) return thrown
    return new ValidationError(
      [{ path: '', reason: 'cannot be read: a getter or a proxy throws' }],
      tokens.redactError(thrown),
    )
  }
}

/** What was written, with null for what has vanished on the way. */
function writtenFields(body: string, objects: readonly [string, unknown][]): object {
  const nothing = Object.fromEntries(objects.map(([name]) => [name, null]))
  return { ...nothing, ...(JSON.parse(body) as object) }
}

/** Of this module's own making. What else is thrown is the caller's, and may not even bear to be looked at. */
function isRefusal(thrown: unknown): thrown is ValidationError {
  try {
    return thrown instanceof ValidationError
  } catch {
    return false
  }
}

function nameIssues(event: string, nameProblem: NameProblem | undefined): Issue[] {
  const reason = nameProblem?.(event)
  return reason === undefined ? [] : [{ path: 'event', reason }]
}

/** The fields of the body, under the API's own names. */
function fieldsOf(given: GivenEvent): IdentifyCustomer | TrackEvent {
  if (given.operation === 'identifyCustomer') return customerFields(given.customerId, given.traits)
  const { customerId, event, category, property } = given
  const fields = { customer_id: customerId, event }
  return category === undefined && property === undefined ? fields : { ...fields, category, property }
}

function issuesOf(operation: Operation, fields: object): Issue[] {
  return validators[operation](fields).map(({ path, message }) => ({ path, reason: message }))
}

/** The body of an identify, in the order given. Unknown fields go along, so that they are told. */
function customerFields(customerId: string, traits: Traits<object>): IdentifyCustomer {
  if (typeof traits !== 'object' || traits === null) {
    throw new ValidationError([{ path: 'traits', reason: 'must be an object, such as { name, email, properties }' }])
  }
  const given = { ...traits }
  if ('customer_id' in given) {
    throw new ValidationError([{ path: 'customer_id', reason: 'is given twice: it is the first argument' }])
  }
  const fields = { customer_id: customerId, ...given }
  if (isDate(given.created)) fields.created = secondsOf(given.created)
  return fields as IdentifyCustomer
}

function secondsOf(created: Date): number {
  const seconds = Math.floor(Date.prototype.getTime.call(created) / 1_000)
  if (Number.isNaN(seconds)) throw new ValidationError([{ path: 'created', reason: 'is an invalid Date' }])
  return seconds
}

/** Of any realm, where `instanceof` would know this one's only. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]'
}
