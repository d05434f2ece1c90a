import { LongNumber } from '../../terminal/exact-json.ts'
import { usage } from '../../terminal/failure.ts'
import { plain } from '../../terminal/text.ts'
import { cellValue, isKind, type Kind, kinds } from './cell.ts'
import { type Fields, isObject, valueAt } from './record.ts'

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
  const { target, kind, rest: from } = targetFrom('--map', given, 'FIELD=COLUMN, such as customer_id=user')
  const path = target.join('.')
  const rival = before.find((other) => other.target.join('.') === path)
  if (rival !== undefined) throw usage(`--map ${plain(given, 60)}: ${path} has another --map already.`)
  return [...before, { target, kind, from }]
}

/**
 * Reads the field of a `FIELD=…` or `FIELD:KIND=…`, and what stands behind it.
 *
 * @throws Failure that says what is wrong
 */
export function targetFrom(option: string, given: string, form: string) {
  const [, path = '', kind, rest = ''] = /^([^=]*?)(?::([a-z0-9]*))?=(.*)$/s.exec(given) ?? []
  const said = `${option} ${plain(given, 60)}:`
  if (path === '' || rest === '') throw usage(`${said} write ${form}.`)
  if (kind !== undefined && !isKind(kind)) throw usage(`${said} ${kind} is none of ${kinds.join(', ')}.`)
  const target = path.split('.')
  const [root = ''] = target
  if (!allFields.has(root)) {
    throw usage(`${said} ${plain(root, 40)} is not a field. There are ${[...allFields].join(', ')}.`)
  }
  if (target.length > 1 && !objects.has(root)) throw usage(`${said} only property and properties hold others.`)
  if (target.includes('')) throw usage(`${said} a name between two dots is missing.`)
  return { target, kind, rest }
}

/** Kind of a text for which nobody names one: text, but for fields that are never text. */
export function usualKind(target: readonly string[]): Kind {
  const [root = ''] = target
  if (root === 'created') return 'date'
  return target.length === 1 && objects.has(root) ? 'json' : 'text'
}

/** Fields of the call that a line names; undefined if it names none. */
export function fieldsOfCall(type: unknown): readonly string[] | undefined {
  return type === 'track' || type === 'identify' ? fieldsOf[type] : undefined
}

/** A mapping as it is given. */
export function textOfMapping({ target, kind, from }: Mapping): string {
  return `${target.join('.')}${kind === undefined ? '' : `:${kind}`}=${from}`
}

/** True of names that lead to a field of the API, or to a member of one that holds others. */
export function isField(path: readonly string[]): boolean {
  const [root = ''] = path
  return (path.length === 1 ? allFields : objects).has(root) && path.every((name) => /^\w+$/.test(name))
}

/** True if one of two fields is, or holds, the other. */
export function isSameField(one: readonly string[], other: readonly string[]): boolean {
  return one.every((name, index) => index >= other.length || name === other[index])
}

/** Picks the fields of an event out of a JSON object, by `--map`. */
export class FieldMap {
  readonly #whole: readonly Mapping[]
  readonly #members: readonly Mapping[]
  readonly #type: keyof typeof fieldsOf
  readonly #sources: Set<string>

  /** @param type the call of an object without a type */
  constructor(mappings: readonly Mapping[], type: keyof typeof fieldsOf) {
    this.#whole = mappings.filter(({ target }) => target.length === 1)
    this.#members = wholeFirst(mappings).slice(this.#whole.length)
    this.#type = type
    this.#sources = new Set(mappings.map(({ from }) => from))
  }

  /**
   * Fields that are named as those of the API go in without a --map; what else there is stays out. A member joins those that
   * its field has, and replaces the one of its name. Where a line says which call it is, fields of the other call are not for it.
   */
  apply(source: Fields): { fields: Fields; problem?: undefined } | { fields?: undefined; problem: string } {
    const type = this.#typeOf(source)
    const own: readonly string[] = (type ?? this.#type) === 'identify' ? fieldsOf.identify : fieldsOf.track
    const isMeant = ({ target: [root = ''] }: Mapping) => type === undefined || own.includes(root)
    const fields: Fields = {}
    const problem = this.#put(source, this.#whole.filter(isMeant), fields)
    if (problem !== undefined) return { problem }
    for (const name of own) {
      if (this.#sources.has(name) || Object.hasOwn(fields, name) || !Object.hasOwn(source, name)) continue
      // The API has no null for a field of its own.
      if (source[name] !== null) fields[name] = source[name]
    }
    const unset = this.#put(source, this.#members.filter(isMeant), fields)
    return unset === undefined ? { fields } : { problem: unset }
  }

  /** Type that the object names, if it names one. */
  #typeOf(source: Fields): unknown {
    const mapping = this.#whole.find(({ target }) => target[0] === 'type')
    const type =
      mapping === undefined && this.#sources.has('type') ? undefined : valueAt(source, mapping?.from ?? 'type')
    return type ?? undefined
  }

  /** Name by which the file has a field. */
  nameOf(field: readonly string[]): string | undefined {
    const mappings = [...this.#whole, ...this.#members].toReversed()
    const found = mappings.find(({ target }) => target.every((name, index) => name === field[index]))
    return found && [found.from, ...field.slice(found.target.length)].join('.')
  }

  /** Puts what some mappings name into fields, or tells why not. */
  #put(source: Fields, mappings: readonly Mapping[], fields: Fields): string | undefined {
    for (const { target, kind, from } of mappings) {
      const found = valueAt(source, from)
      if (found === undefined || (found === null && target.length === 1)) continue
      const { value, problem } = cellOf(found, kind)
      if (problem !== undefined) return `${from} ${problem}`
      copyAlong(fields, target)
      const unset = setMember(fields, target, value)
      if (unset !== undefined) return unset
    }
    return undefined
  }
}

/** A field before its members. */
export function wholeFirst<T extends { target: readonly string[] }>(mappings: readonly T[]): T[] {
  return mappings.toSorted((one, other) => one.target.length - other.target.length)
}

/** A value of JSON as a --map with a kind wants it. */
function cellOf(found: unknown, kind: Kind | undefined): { value?: unknown; problem?: string | undefined } {
  if (kind === undefined) return { value: found }
  if (typeof found === 'string') return cellValue(found, kind)
  if (kind === 'text' && found instanceof LongNumber) return { value: found.digits }
  if (kind === 'text' && (typeof found === 'number' || typeof found === 'boolean')) return { value: String(found) }
  return { value: found }
}

/** Sets a member that may lie deeper, or tells why it cannot. A name such as `__proto__` is one like the others. */
export function setMember(fields: Fields, path: readonly string[], value: unknown): string | undefined {
  let at = fields
  for (let index = 0; index < path.length - 1; index++) {
    const name = path[index] ?? ''
    const held = Object.hasOwn(at, name) ? (at[name] ?? undefined) : undefined
    if (held === undefined) define(at, name, {})
    else if (!isObject(held))
      return `${path.slice(0, index + 1).join('.')} is no object, so it cannot have ${path.join('.')}`
    at = at[name] as Fields
  }
  define(at, path.at(-1) ?? '', value)
  return undefined
}

/** Copies the objects that a path leads through, so that those of the file stay as they are. */
export function copyAlong(fields: Fields, path: readonly string[]): void {
  let at = fields
  for (const name of path.slice(0, -1)) {
    const held = Object.hasOwn(at, name) ? at[name] : undefined
    if (!isObject(held)) return
    define(at, name, { ...held })
    at = at[name] as Fields
  }
}

function define(fields: Fields, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true })
  else fields[name] = value
}
