import {
  type IdentifyCustomer,
  operationPaths,
  type TrackEvent,
  validateIdentifyCustomer,
  validateTrackEvent,
  type Violation,
} from '@obsidianlaunch/events-client'
import { type Issue, ValidationError } from './errors.ts'
import { writeJson } from './json.ts'

/** The two calls of the API, by the names that its document gives them. */
export type Operation = keyof typeof operationPaths

/** What is said about a customer. */
export interface Traits<Properties extends object = Record<string, unknown>> {
  name: string
  email: string
  /** Anything JSON can carry; a Date becomes ISO text. */
  properties: Properties
}

/** What a call can be given besides its data. */
export interface CallOptions {
  /**
   * The event's id, where you have one that is worth keeping, such as the id of a job: 1 to 255 printable ASCII
   * characters. While an event of the same customer and id is pending, a second one shares its outcome.
   *
   * @default a new UUID
   */
  id?: string
}

/** An event as it waits and travels: what was given at the call, serialised there. */
export interface Entry {
  readonly id: string
  readonly customerId: string
  readonly operation: Operation
  /** The JSON text of the request's body. */
  readonly body: string
}

const validators: Record<Operation, (body: unknown) => Violation[]> = {
  identifyCustomer: validateIdentifyCustomer,
  trackEvent: validateTrackEvent,
}

/** The body as JSON text, or why it cannot be sent. `read` reads the caller's values, under the API's own names. */
export function serialise(operation: Operation, read: () => object): string | ValidationError {
  const issues: Issue[] = []
  try {
    const fields = read()
    issues.push(...issuesOf(operation, fields))
    const body = issues.length > 0 ? '' : writeJson(fields, '', issues)
    // A toJSON may have made something else of an object than what was looked at.
    const isChanged = issues.length === 0 && Object.values(fields).some((value) => typeof value === 'object')
    if (isChanged) issues.push(...issuesOf(operation, JSON.parse(body)))
    return issues.length > 0 ? new ValidationError(issues) : body
  } catch (thrown) {
    if (thrown instanceof ValidationError) return thrown
    return new ValidationError([{ path: '', reason: 'cannot be read: a getter or a proxy throws' }], thrown)
  }
}

function issuesOf(operation: Operation, fields: object): Issue[] {
  return validators[operation](fields).map(({ path, message }) => ({ path, reason: message }))
}

/** The body of an identify, in the order of the guide. Unknown fields go along, so that they are told. */
export function customerFields(customerId: string, traits: Traits<object>): IdentifyCustomer {
  if (typeof traits !== 'object' || traits === null) {
    throw new ValidationError([{ path: 'traits', reason: 'must be an object with name, email and properties' }])
  }
  const { name, email, properties, ...unknown } = traits
  if ('customer_id' in unknown) {
    throw new ValidationError([{ path: 'customer_id', reason: 'is given twice: it is the first argument' }])
  }
  return { customer_id: customerId, name, email, properties: properties as IdentifyCustomer['properties'], ...unknown }
}

export function eventFields(customerId: string, event: string): TrackEvent {
  return { customer_id: customerId, event }
}

/** What a call was given besides its data, read once, and what is wrong with it. */
export function readCallOptions(options: unknown): { id?: string; issues: Issue[] } {
  try {
    if (typeof options !== 'object' || options === null) throw new TypeError()
    const { id, ...others } = options as { id?: unknown }
    const issues = Object.keys(others).map((path) => ({ path, reason: 'is not a known option; known is: id' }))
    if (id === undefined) return { issues }
    if (isId(id)) return { id, issues }
    const reason = 'must be 1 to 255 printable ASCII characters, with no space at either end'
    return { issues: [...issues, { path: 'id', reason }] }
  } catch {
    return { issues: [{ path: 'options', reason: 'must be a readable object, such as { id }' }] }
  }
}

/** What a header can carry as it is. */
function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[\x20-\x7e]{1,255}$/.test(id) && id.trim() === id
}
