import type { CallOptions, Delivery, EventTracker } from '@obsidianlaunch/events'
import { nearest } from '../terminal/nearest.ts'
import { plain } from '../terminal/text.ts'
import { idOfEvent, rootOf } from './event-ids.ts'
import type { Mapping } from './formats/field-map.ts'
import { type Fields, valueAt } from './formats/record.ts'

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
  /** Names of the fields in the file, where it has others. */
  map?: readonly Mapping[] | undefined
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
  { type: usual, idFields, map }: LineRules,
  madeId: string | undefined,
): Delivery | { reason: string } {
  const { type = usual, ...fields } = line.fields
  if (type !== 'track' && type !== 'identify') return { reason: unknownType(type) }
  // Asked for only where it is needed: a row makes it then.
  const id = idOfEvent(line.fields, idFields, idFields && line.source)
  if (id !== undefined && 'reason' in id) return id
  const known = type === 'track' ? trackFields : identifyFields
  const missing = missingField(line, type, map)
  if (missing !== undefined) return { reason: missing }
  leaveOut(fields, known, idFields)
  const options = { id: id?.id ?? madeId }
  for (const name in fields) if (!known.has(name)) return { reason: strangeField(name, fields, type) }
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

function track(tracker: EventTracker, fields: Fields, options: CallOptions): Delivery {
  const { customer_id: customerId, event } = fields as { customer_id: string; event: string }
  if (fields['category'] === undefined && fields['property'] === undefined) {
    return tracker.trackEvent(customerId, event, options)
  }
  const { category, property } = fields as { category?: string; property?: object }
  return tracker.trackEvent(customerId, event, { ...options, category, property })
}

function unknownType(type: unknown): string {
  const advice = 'take the line out, or, if the type is part of the event, --map property.type=type'
  return `type ${JSON.stringify(type).slice(0, 60)} is neither identify nor track: ${advice}`
}

/** Tells what a line needs first, and how to name it where the file calls it otherwise. */
function missingField(line: LineFields, type: CallType, map: readonly Mapping[] = []) {
  const { fields } = line
  if (typeof fields['customer_id'] === 'number') {
    return 'customer_id must be text: put it in quotes, or --map customer_id:text=customer_id'
  }
  const needed = type === 'track' ? ['customer_id', 'event'] : ['customer_id']
  const empty = needed.find((name) => fields[name] === null)
  if (empty !== undefined) return `${empty} is null: fill it in, or take the line out`
  const missing = needed.filter((name) => fields[name] === undefined)
  if (missing.length === 0) return undefined
  const { source } = line
  const named = map.find(({ target }) => missing.includes(target.join('.')))
  if (named !== undefined) {
    const found = source && valueAt(source, named.from)
    const near = found === undefined ? nearName(named, source ?? {}) : undefined
    const state = found === undefined ? 'is not in it' : `is ${found === null ? 'null' : 'empty'}`
    const advice = near === undefined ? 'fill it in, or take the line out' : `did you mean ${plain(near, 40)}?`
    return `${named.target.join('.')} is missing, since ${plain(named.from, 40)} ${state}: ${advice}`
  }
  const maps = missing.map((name) => `--map ${name}=${name === 'event' ? 'name' : 'user_id'}`).join(' ')
  const [verb, it] = missing.length === 1 ? ['is', 'it'] : ['are', 'them']
  return `${missing.join(' and ')} ${verb} missing: add ${it}, or name what has ${it}: ${maps}`
}

/** Names that were perhaps meant by a --map, which are looked for once: a file may have millions of lines without it. */
const nearNames = new WeakMap<Mapping, { name: string | undefined }>()

function nearName(mapping: Mapping, source: Fields): string | undefined {
  const known = nearNames.get(mapping) ?? { name: nearest(mapping.from, Object.keys(source)) }
  nearNames.set(mapping, known)
  return known.name !== undefined && Object.hasOwn(source, known.name) ? known.name : undefined
}

function strangeField(name: string, fields: Fields, type: CallType): string {
  const isExchange = 'method' in fields && 'headers' in fields
  const object = type === 'track' ? 'property' : 'properties'
  const advice = isExchange
    ? 'of the page of the mock, export the calls'
    : `put it into ${object}, or pick fields by --map`
  return `${plain(name, 60)} is not a field of ${type}: ${advice}`
}
