import type { Issue } from '../errors/errors.ts'
import { isEmptied } from './json.ts'
import type { AnyObject, EventDetails, GivenEvent, Operation } from '../event/event.ts'

/** Options of a call. One that is undefined is not given. */
export interface CallOptions {
  /**
   * Id of the event, where you have one that is worth keeping, such as the id of a job: 1 to 255 printable ASCII
   * characters. While an event of the same customer and id is pending, a second one shares its outcome; with other data
   * it is a ValidationError, also where a durable outbox knows that the first one was delivered.
   *
   * @default a new UUID
   */
  id?: string | undefined
  /**
   * Signal that ends the call with a CancelledError. An event that is still queued is taken out and never sent. One that
   * is in flight, or stored in a durable outbox, stays there: its delivery alone ends.
   */
  signal?: AbortSignal | undefined
  /** Attempts of this event after the first, each counted. @default the tracker's `maxRetries` */
  maxRetries?: number | undefined
  /** Time for which this event is tried, in milliseconds. @default the tracker's `maxDeliveryMs` */
  maxDeliveryMs?: number | undefined
}

/** Options of a call of `trackEvent`, and what is said about its event besides the name. */
export interface TrackOptions<Property extends object = AnyObject> extends CallOptions, EventDetails<Property> {}

/** The options of a call, each read once and of its type, and what is wrong with the others. */
export interface GivenOptions extends CallOptions {
  readonly issues: readonly Issue[]
}

/** The options of most calls, which have none. */
export const noOptions: GivenOptions = { issues: [] }

type Rule = readonly [allows: (value: unknown) => boolean, reason: string]

const rules: Record<keyof CallOptions, Rule> = {
  id: [isId, 'must be 1 to 255 printable ASCII characters, with no space at either end'],
  signal: [isSignal, 'must be an AbortSignal'],
  maxRetries: [(value) => isInteger(value, 0), 'must be an integer of at least 0'],
  maxDeliveryMs: [(value) => isInteger(value, 1), 'must be an integer of at least 1'],
}
const known: Record<Operation, string> = {
  identifyCustomer: Object.keys(rules).join(', '),
  trackEvent: ['category', 'property', ...Object.keys(rules)].join(', '),
}

/** Reads the last argument of a call: what belongs to the event goes to it, and what belongs to the call is returned. */
export function readOptions(given: unknown, event: GivenEvent): GivenOptions {
  try {
    // Not a list, a Date or a Map either: their content would be overlooked.
    if (Object.prototype.toString.call(given) !== '[object Object]' || isEmptied(given as object)) return unreadable()
    if (event.operation === 'trackEvent') readDetails(given as EventDetails, event)
    return judged(given as Record<string, unknown>, event.operation)
  } catch {
    return unreadable()
  }
}

function unreadable(): GivenOptions {
  return { issues: [{ path: 'options', reason: 'must be a readable object, such as { id }' }] }
}

function readDetails({ category, property }: EventDetails, event: EventDetails): void {
  if (category !== undefined) event.category = category
  if (property !== undefined) event.property = property
}

/** Reads each option once: what is checked is what is used, whatever a getter would say the next time. */
function judged(given: Record<string, unknown>, operation: Operation): GivenOptions {
  const options: Record<string, unknown> & { issues: Issue[] } = { issues: [] }
  for (const path of Object.keys(given)) {
    if (operation === 'trackEvent' && (path === 'category' || path === 'property')) continue
    const value = given[path]
    const rule = Object.hasOwn(rules, path) ? rules[path as keyof CallOptions] : undefined
    if (rule === undefined)
      options.issues.push({ path, reason: `is not a known option; known are: ${known[operation]}` })
    else if (value === undefined) continue
    else if (rule[0](value)) options[path] = value
    else options.issues.push({ path, reason: rule[1] })
  }
  return options
}

/** Tells whether an id can be the value of a header as it is. */
export function isId(id: unknown): id is string {
  return typeof id === 'string' && /^[\x20-\x7e]{1,255}$/.test(id) && id.trim() === id
}

function isSignal(value: unknown): value is AbortSignal {
  try {
    // Asks it too: what only looks like a signal throws here and not later.
    return value instanceof AbortSignal && typeof value.aborted === 'boolean'
  } catch {
    return false
  }
}

function isInteger(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least
}
