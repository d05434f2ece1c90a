import type { CallOptions, Delivery, EventTracker } from '@obsidianlaunch/events'
import { idOfEvent, rootOf } from './event-ids.ts'
import type { Fields } from './formats/record.ts'

export type CallType = 'identify' | 'track'

const trackFields = new Set(['type', 'customer_id', 'event', 'category', 'property'])
const identifyFields = new Set([
  'type',
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

/** Rules for the lines of a file, beside what stands in them. */
export interface LineRules {
  /** Call of a line without a type. */
  type: CallType
  /** Fields that the id of each event is made of. */
  idFields?: readonly string[] | undefined
}

/** Fields of a line as the API names them, and all that it has, by the names of the file. */
export interface LineFields {
  fields: Fields
  source: Fields | undefined
}

/**
 * Makes the call that a line describes, or gives the reason why it describes none. The SDK checks the values.
 *
 * @param madeId the id of a line that gives none
 */
export function callLine(
  tracker: EventTracker,
  line: LineFields,
  { type: usual, idFields }: LineRules,
  madeId: string | undefined,
): Delivery | { reason: string } {
  const { type = usual, ...fields } = line.fields
  if (type !== 'track' && type !== 'identify') {
    return { reason: `type ${JSON.stringify(type).slice(0, 60)} is unknown (identify or track)` }
  }
  const id = idOfEvent(line.fields, idFields, line.source)
  if (id !== undefined && 'reason' in id) return id
  const missing = missingField(fields, type)
  if (missing !== undefined) return { reason: missing }
  leaveOut(fields, type === 'track' ? trackFields : identifyFields, idFields)
  const options = { id: id?.id ?? madeId }
  return type === 'track' ? track(tracker, fields, options) : identify(tracker, fields, options)
}

/** Leaves out the fields that tell an event from others and are no part of it. */
function leaveOut(fields: Fields, known: ReadonlySet<string>, idFields: readonly string[] = []): void {
  if ('id' in fields) delete fields['id']
  for (const path of idFields) {
    const name = rootOf(fields, path)
    if (!known.has(name)) delete fields[name]
  }
}

function identify(tracker: EventTracker, fields: Fields, options: CallOptions): Delivery {
  const { type: _type, customer_id: customerId, ...traits } = fields
  return tracker.identifyCustomer(customerId as string, traits, options)
}

function track(tracker: EventTracker, fields: Fields, options: CallOptions): Delivery | { reason: string } {
  for (const name in fields) if (!trackFields.has(name)) return { reason: strangeField(name, fields) }
  const { customer_id: customerId, event } = fields as { customer_id: string; event: string }
  if (fields['category'] === undefined && fields['property'] === undefined) {
    return tracker.trackEvent(customerId, event, options)
  }
  const { category, property } = fields as { category?: string; property?: object }
  return tracker.trackEvent(customerId, event, { ...options, category, property })
}

/** Tells what a line needs first, and how to name it where the file calls it otherwise. */
function missingField({ customer_id: customerId, event }: Fields, type: CallType): string | undefined {
  if (customerId === undefined) return 'customer_id is missing: add it, or name what has it: --map customer_id=user_id'
  if (typeof customerId === 'number') {
    return 'customer_id must be text: put it in quotes, or --map customer_id:text=customer_id'
  }
  if (type === 'track' && event === undefined) return 'event is missing: add it, or name what has it: --map event=name'
  return undefined
}

function strangeField(name: string, fields: Fields): string {
  const isExchange = 'method' in fields && 'headers' in fields
  const advice = isExchange
    ? 'of the page of the mock, export the calls'
    : 'put it into property, or pick fields by --map'
  return `${name} is not a field of track: ${advice}`
}
