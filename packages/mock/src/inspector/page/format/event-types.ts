import { isRecord } from './fields.ts'
import { nameOf, quoted } from './typescript.ts'

/** Name of events, as the page has seen it. */
export interface SeenName {
  readonly name: string
  readonly count: number
  /** The `property` of each event of that name; undefined for those without one. */
  readonly properties: readonly (Readonly<Record<string, unknown>> | undefined)[]
}

// A type that nobody wants to read is no help.
const deepest = 4
const mostFields = 60
const widest = 70

/** The type of the names that were seen and their properties, for the type parameter of the SDK's tracker. */
export function eventsType(names: readonly SeenName[], nearTo: ReadonlyMap<string, string>): string {
  const lines = names.map((seen) => {
    const { name, count, properties } = seen
    const near = nearTo.get(name)
    const note = `// ${count === 1 ? 'once' : `${count} times`}${near === undefined ? '' : `; is it ${quoted(near)}?`}`
    const given = properties.filter((property) => property !== undefined)
    const type = given.length === 0 ? 'undefined' : shapeOf(given, 1)
    return `  ${nameOf(name)}: ${type}${given.length > 0 && given.length < properties.length ? ' | undefined' : ''} ${note}\n`
  })
  return `type Events = {\n${lines.join('')}}\n\nconst tracker = new EventTracker<{ events: Events }>()\n`
}

/** The narrowest type that has all of these values, as far as it is worth reading. */
function shapeOf(values: readonly unknown[], depth: number): string {
  const records = values.filter(isRecord)
  const lists = values.filter((value) => Array.isArray(value)) as unknown[][]
  const simple = values.filter((value) => typeof value !== 'object').map((value) => typeof value)
  const types = [
    ...(records.length > 0 ? [fieldsOf(records, depth)] : []),
    ...(lists.length > 0 ? [listOf(lists.flat(), depth)] : []),
    ...new Set(simple),
    ...(values.includes(null) ? ['null'] : []),
  ]
  return types.join(' | ')
}

function listOf(items: readonly unknown[], depth: number): string {
  if (items.length === 0) return 'unknown[]'
  const item = shapeOf(items, depth)
  return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`
}

function fieldsOf(records: readonly Readonly<Record<string, unknown>>[], depth: number): string {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))]
  if (depth > deepest || names.length > mostFields) return 'Record<string, unknown>'
  if (names.length === 0) return 'Record<string, never>'
  const fields = names.map((name) => {
    const having = records.filter((record) => Object.hasOwn(record, name))
    const type = shapeOf(
      having.map((record) => record[name]),
      depth + 1,
    )
    return `${nameOf(name)}${having.length < records.length ? '?' : ''}: ${type}`
  })
  const line = `{ ${fields.join('; ')} }`
  if (line.length <= widest && !line.includes('\n')) return line
  const indent = '  '.repeat(depth)
  return `{\n${fields.map((field) => `${indent}  ${field}\n`).join('')}${indent}}`
}
