import type { CallOptions, Delivery, EventTracker } from '@obsidianlaunch/events'
import { roundedInteger } from '@obsidianlaunch/events-client/core'
import { type Fields, idOfEvent, rootOf } from './event-ids.ts'

export type CallType = 'identify' | 'track'

const trackFields = new Set(['customer_id', 'event', 'category', 'property'])
const identifyFields = new Set([
  'customer_id',
  'name',
  'email',
  'properties',
  'created',
  'plan',
  'planValue',
  'planCurrency',
  'planInterval',
  'companyName',
])

/** What is said about the lines of a file beside what stands in them. */
export interface LineRules {
  /** Call of a line without a type. */
  type: CallType
  /** Fields that the id of each event is made of. */
  idFields?: readonly string[] | undefined
}

/**
 * Makes the call that a line describes, or gives the reason why it describes none. The SDK checks the values.
 *
 * @param madeId the id of a line that gives none
 */
export function callLine(
  tracker: EventTracker,
  text: string,
  { type: usual, idFields }: LineRules,
  madeId: string | undefined,
): Delivery | { reason: string } {
  const line = parse(text)
  if ('reason' in line) return line
  const { type = usual, ...fields } = line.fields
  if (type !== 'track' && type !== 'identify') {
    return { reason: `type ${JSON.stringify(type)} is unknown (identify or track)` }
  }
  const id = idOfEvent(fields, idFields)
  if (id !== undefined && 'reason' in id) return id
  const known = type === 'track' ? trackFields : identifyFields
  // They tell the event from others, and are no part of it.
  for (const path of ['id', ...(idFields ?? [])]) {
    const name = rootOf(fields, path)
    if (name in fields && !known.has(name)) delete fields[name]
  }
  const options = { id: id?.id ?? madeId }
  return type === 'track' ? track(tracker, fields, options) : identify(tracker, fields, options)
}

function identify(tracker: EventTracker, fields: Fields, options: CallOptions): Delivery {
  const { customer_id: customerId, ...traits } = fields
  return tracker.identifyCustomer(customerId as string, traits, options)
}

function track(tracker: EventTracker, fields: Fields, options: CallOptions): Delivery | { reason: string } {
  for (const name in fields) if (!trackFields.has(name)) return { reason: `${name} is not a field of track` }
  const { customer_id: customerId, event } = fields as { customer_id: string; event: string }
  if (fields['category'] === undefined && fields['property'] === undefined) {
    return tracker.trackEvent(customerId, event, options)
  }
  const { category, property } = fields as { category?: string; property?: object }
  return tracker.trackEvent(customerId, event, { ...options, category, property })
}

function parse(text: string): { fields: Fields } | { reason: string } {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      return { reason: 'is not a JSON object' }
    }
    const rounded = roundedInteger(text)
    if (rounded !== undefined) return { reason: `${rounded} would be rounded: write it as text, in quotes` }
    return { fields: fields as Fields }
  } catch (error) {
    // The parser counts lines within this one.
    return { reason: `is not JSON: ${(error as Error).message.replace(/ \(line \d+ column \d+\)$/, '')}` }
  }
}
