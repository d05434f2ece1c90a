import {
  type IdentifyCustomer,
  type TrackEvent,
  validateIdentifyCustomer,
  validateTrackEvent,
  type Violation,
} from '@obsidianlaunch/events-client/core'
import { type Issue, ValidationError } from '../errors/errors.ts'
import type { GivenEvent, Operation, Traits } from '../event/event.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import type { NameProblem } from './event-names.ts'
import { emptiedReason, isEmptied, JsonCopier } from './json.ts'

type Fields = IdentifyCustomer | TrackEvent
/** Takes the token out of what the caller's own code throws. */
type Redaction = Pick<TokenKeeper, 'redact' | 'redactError'>

/** In seconds since 1970. */
const year2101 = 4_133_980_800
const isMilliseconds =
  'is after the year 2100: is it in milliseconds? Give seconds since 1970, or a Date, which is turned into them'

const validators: Record<Operation, (body: unknown) => Violation[]> = {
  identifyCustomer: validateIdentifyCustomer,
  trackEvent: validateTrackEvent,
}

/** @returns the body as JSON text, or why it cannot be sent */
export function serialise(given: GivenEvent, tokens: Redaction, nameProblem?: NameProblem): string | ValidationError {
  const { operation } = given
  try {
    const fields = operation === 'trackEvent' ? eventFields(given) : customerFields(given.customerId, given.traits)
    const issues = issuesOf(operation, fields)
    if (issues.length > 0) return new ValidationError(issues)
    if ('event' in fields) {
      const reason = nameProblem?.(fields.event)
      if (reason !== undefined) return new ValidationError([{ path: 'event', reason }])
      if (isPlain(fields)) return JSON.stringify(fields)
    }
    return written(operation, fields, tokens)
  } catch (thrown) {
    if (isRefusal(thrown)) return thrown
    return new ValidationError(
      [{ path: '', reason: 'cannot be read: a getter or a proxy throws' }],
      tokens.redactError(thrown),
    )
  }
}

function issuesOf(operation: Operation, fields: object): Issue[] {
  const violations = validators[operation](fields)
  if (violations.length === 0) return issuesOfValues(fields as Fields)
  return violations.map(({ path, message }) => ({
    path,
    reason: (path === 'created' ? 'must be a Date, or seconds since 1970' : message) + adviceFor(path, fields),
  }))
}

/** Checks what the OpenAPI document cannot say. */
function issuesOfValues(fields: Fields): Issue[] {
  const issues: Issue[] = []
  if (fields.customer_id.trim() === '') issues.push({ path: 'customer_id', reason: 'must not be empty' })
  if ('event' in fields && fields.event.trim() === '') issues.push({ path: 'event', reason: 'must not be empty' })
  if ('created' in fields && fields.created !== undefined && fields.created >= year2101)
    issues.push({ path: 'created', reason: isMilliseconds })
  return issues
}

/** People have no name or address yet, and say so by null or by nothing in quotes. */
function adviceFor(path: string, fields: object): string {
  const value = (fields as Record<string, unknown>)[path]
  const isOptional = path !== 'customer_id' && path !== 'event'
  return isOptional && (value === null || value === '') ? ': leave it out if there is none' : ''
}

/** Tells whether there is nothing in the fields that JSON.stringify would change: two texts, as in most calls. */
function isPlain({ customer_id, event, category, property }: TrackEvent): boolean {
  return category === undefined && property === undefined && customer_id.isWellFormed() && event.isWellFormed()
}

function written(operation: Operation, fields: Fields, tokens: Redaction): string | ValidationError {
  const issues: Issue[] = []
  const copier = new JsonCopier(issues, '', (text) => tokens.redact(text))
  const copy = copier.copy(fields) as Fields
  // Something else may have been made of an object than what was validated.
  if (issues.length === 0 && copier.hasReplacedMember) issues.push(...issuesOf(operation, withNulls(copy, fields)))
  return issues.length === 0 ? JSON.stringify(copy) : new ValidationError(issues)
}

/** The copied fields, with null for an object that has vanished on the way. */
function withNulls(copy: Fields, fields: Fields): object {
  const objects = Object.entries(fields).filter(([, value]) => typeof value === 'object')
  return { ...Object.fromEntries(objects.map(([name]) => [name, null])), ...copy }
}

/** Tells a refusal of this module's own from what the caller's code throws, which may not even bear to be looked at. */
function isRefusal(thrown: unknown): thrown is ValidationError {
  try {
    return thrown instanceof ValidationError
  } catch {
    return false
  }
}

/** The fields of a body, under the API's own names. */
function eventFields({ customerId, event, category, property }: GivenEvent & { operation: 'trackEvent' }): TrackEvent {
  const isNamed = category === undefined && property === undefined
  return isNamed ? { customer_id: customerId, event } : { customer_id: customerId, event, category, property }
}

/** The fields of an identify, in the order given. Unknown fields go along, so that they are told. */
function customerFields(customerId: string, traits: Traits): IdentifyCustomer {
  const reason = traitsProblem(traits)
  if (reason !== undefined) throw new ValidationError([{ path: 'traits', reason }])
  const given = { ...traits }
  if ('customer_id' in given) {
    throw new ValidationError([{ path: 'customer_id', reason: 'is given twice: it is the first argument' }])
  }
  const fields = { customer_id: customerId, ...given }
  if (isDate(given.created)) fields.created = secondsOf(given.created)
  return fields as IdentifyCustomer
}

function traitsProblem(traits: unknown): string | undefined {
  if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) {
    return 'must be an object, such as { name, email, properties }'
  }
  return isEmptied(traits) ? emptiedReason(traits) : undefined
}

function secondsOf(created: Date): number {
  const seconds = Math.floor(Date.prototype.getTime.call(created) / 1_000)
  if (Number.isNaN(seconds)) throw new ValidationError([{ path: 'created', reason: 'is an invalid date' }])
  return seconds
}

/** Tells a Date of any realm, where `instanceof` would know this one's only. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]'
}
