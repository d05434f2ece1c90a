import type { EventDetails, Operation } from '../event/event.ts'
import type { Issue } from '../errors/errors.ts'

/** What a call can be given besides its data. */
export interface CallOptions {
  /**
   * The event's id, where you have one that is worth keeping, such as the id of a job: 1 to 255 printable ASCII
   * characters. While an event of the same customer and id is pending, a second one shares its outcome; with other data
   * it is a ValidationError.
   *
   * @default a new UUID
   */
  id?: string
  /**
   * Ends the call with a CancelledError. What waits its turn is taken out and never sent; what is on its way, or stored in
   * a durable outbox, stays there, and only the waiting for it ends.
   */
  signal?: AbortSignal
  /** Attempts of this event after the first, each counted. @default the tracker's `maxRetries` */
  maxRetries?: number
  /** The time for which this event is tried, in milliseconds. @default the tracker's `maxDeliveryMs` */
  maxDeliveryMs?: number
}

/** What a call of `trackEvent` can be given besides the customer and the name. */
export interface TrackOptions<Property extends object = Record<string, unknown>>
  extends CallOptions, EventDetails<Property> {}

/** What a call was given besides its data, read once, and what is wrong with it. */
export interface GivenOptions extends CallOptions {
  readonly issues: Issue[]
}

type Rule = readonly [allows: (value: unknown) => boolean, reason: string]

const rules: Record<keyof CallOptions, Rule> = {
  id: [isId, 'must be 1 to 255 printable ASCII characters, with no space at either end'],
  signal: [isSignal, 'must be an AbortSignal'],
  maxRetries: [(value) => isInteger(value, 0), 'must be an integer of at least 0'],
  maxDeliveryMs: [(value) => isInteger(value, 1), 'must be an integer of at least 1'],
}
const knownOfCalls = Object.keys(rules).join(', ')

/** The last argument of a call: what belongs to the call, and what belongs to its event. */
export interface LastArgument {
  readonly options: GivenOptions
  readonly details?: EventDetails
}

export function readLastArgument(options: unknown, operation: Operation): LastArgument {
  if (options === undefined) return nothing
  try {
    // Not a list, a Date or a Map either: their content would be overlooked.
    if (Object.prototype.toString.call(options) !== '[object Object]') throw new TypeError()
    // Read once: what is checked is what is used, whatever a getter would say the next time.
    if (operation === 'identifyCustomer') return { options: judge({ ...(options as object) }, knownOfCalls) }
    const { category, property, ...others } = options as Record<string, unknown>
    const judged = { options: judge(others, `category, property, ${knownOfCalls}`) }
    if (category === undefined && property === undefined) return judged
    return { ...judged, details: { category, property } as EventDetails }
  } catch {
    return { options: { issues: [{ path: 'options', reason: 'must be a readable object, such as { id }' }] } }
  }
}

/** Most calls have no options, and all of those share this. */
export const noOptions: GivenOptions = { issues: [] }
const nothing: LastArgument = { options: noOptions }

function judge(given: Record<string, unknown>, known: string): GivenOptions {
  const issues: Issue[] = []
  const sound: CallOptions = {}
  for (const [path, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, path) ? rules[path as keyof CallOptions] : undefined
    if (rule === undefined) issues.push({ path, reason: `is not a known option; known are: ${known}` })
    else if (value === undefined) continue
    else if (rule[0](value)) Object.assign(sound, { [path]: value })
    else issues.push({ path, reason: rule[1] })
  }
  return { ...sound, issues }
}

/** What a header can carry as it is. */
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
