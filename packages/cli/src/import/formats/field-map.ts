import { usage } from '../../terminal/failure.ts'
import { plain } from '../../terminal/text.ts'
import { cellValue, isKind, type Kind, kinds } from './cell.ts'
import { type Fields, valueAt } from './record.ts'

/** One `--map FIELD=COLUMN`. */
export interface Mapping {
  /** Names that lead to the field, such as property and path. */
  target: readonly string[]
  kind: Kind | undefined
  /** Name of the column, or of the member of a JSON object, with dots between where it lies deeper. */
  from: string
}

/** Fields of each call, as they are named in a file. */
export const fieldsOf = {
  track: ['type', 'id', 'customer_id', 'event', 'category', 'property'],
  identify: [
    'type',
    'id',
    'customer_id',
    'name',
    'email',
    'created',
    'plan',
    'planValue',
    'planCurrency',
    'planInterval',
    'companyName',
    'properties',
  ],
} as const satisfies Record<string, readonly string[]>

const allFields = new Set<string>([...fieldsOf.track, ...fieldsOf.identify])
/** Fields that hold others. */
export const objects = new Set(['property', 'properties'])

/** Reads one `--map`, for the list of those before it. @throws Failure that says what is wrong */
export function mappingFrom(given: string, before: readonly Mapping[] = []): Mapping[] {
  const [, path = '', kind, from = ''] = /^([^=]*?)(?::([a-z0-9]*))?=(.*)$/s.exec(given) ?? []
  const shown = plain(given, 60)
  if (path === '' || from === '') throw usage(`--map ${shown}: write FIELD=COLUMN, such as customer_id=user.`)
  if (kind !== undefined && !isKind(kind)) throw usage(`--map ${shown}: ${kind} is none of ${kinds.join(', ')}.`)
  const target = path.split('.')
  const [root = ''] = target
  if (!allFields.has(root)) {
    throw usage(`--map ${shown}: ${plain(root, 40)} is not a field. There are ${[...allFields].join(', ')}.`)
  }
  if (target.length > 1 && !objects.has(root)) throw usage(`--map ${shown}: only property and properties hold others.`)
  if (target.includes('')) throw usage(`--map ${shown}: a name between two dots is missing.`)
  const mapping = { target, kind, from }
  const rival = before.find((other) => isSameField(other.target, target))
  if (rival !== undefined) throw usage(`--map ${shown}: ${rival.target.join('.')} has another --map already.`)
  return [...before, mapping]
}

/** True if one of two fields is, or holds, the other. */
export function isSameField(one: readonly string[], other: readonly string[]): boolean {
  return one.every((name, index) => index >= other.length || name === other[index])
}

/** Picks the fields of an event out of a JSON object, by `--map`. */
export class FieldMap {
  readonly #mappings: readonly Mapping[]
  readonly #type: keyof typeof fieldsOf
  readonly #sources: Set<string>

  /** @param type the call of an object without a type */
  constructor(mappings: readonly Mapping[], type: keyof typeof fieldsOf) {
    this.#mappings = mappings
    this.#type = type
    this.#sources = new Set(mappings.map(({ from }) => from))
  }

  /** Fields that are named as those of the API go in without a --map; what else there is stays out. */
  apply(source: Fields): { fields: Fields; problem?: undefined } | { fields?: undefined; problem: string } {
    const fields: Fields = {}
    for (const { target, kind, from } of this.#mappings) {
      const found = valueAt(source, from)
      // The API has no null for a field of its own.
      if (found === undefined || (found === null && target.length === 1)) continue
      const { value, problem } = cellOf(found, kind)
      if (problem !== undefined) return { problem: `${from} ${problem}` }
      setMember(fields, target, value)
    }
    const type = fields['type'] ?? source['type'] ?? this.#type
    const own: readonly string[] = type === 'identify' ? fieldsOf.identify : fieldsOf.track
    for (const name of own) {
      if (this.#sources.has(name) || Object.hasOwn(fields, name) || !Object.hasOwn(source, name)) continue
      fields[name] = source[name]
    }
    return { fields }
  }
}

/** A value of JSON as a --map with a kind wants it. */
function cellOf(found: unknown, kind: Kind | undefined): { value?: unknown; problem?: string | undefined } {
  if (kind === undefined) return { value: found }
  if (typeof found === 'string') return cellValue(found, kind)
  if (kind === 'text' && (typeof found === 'number' || typeof found === 'boolean')) return { value: String(found) }
  return { value: found }
}

/** Sets a member that may lie deeper. A name such as `__proto__` is one like the others. */
export function setMember(fields: Fields, path: readonly string[], value: unknown): void {
  let at = fields
  for (let index = 0; index < path.length - 1; index++) {
    const name = path[index] ?? ''
    if (!Object.hasOwn(at, name)) define(at, name, {})
    at = at[name] as Fields
  }
  define(at, path.at(-1) ?? '', value)
}

function define(fields: Fields, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true })
  else fields[name] = value
}
