import { exitCodes, Failure } from '../../terminal/failure.ts'
import { plain } from '../../terminal/text.ts'
import { cellValue, type Kind } from './cell.ts'
import type { Constant } from './constants.ts'
import {
  fieldsOf,
  fieldsOfCall,
  isSameField,
  type Mapping,
  objects,
  setMember,
  usualKind,
  wholeFirst,
} from './field-map.ts'
import type { Fields } from './record.ts'

/** Column that becomes a field. */
export interface Column {
  name: string
  index: number
  target: readonly string[]
  kind: Kind
  /** True if a --map says so, and not its name. */
  isMapped: boolean
}

/** Columns of a table: those that become fields, and those that are left out. */
export class Columns {
  readonly names: readonly string[]
  /** Columns that become fields, in the order in which they are set. */
  readonly used: readonly Column[]
  readonly leftOut: readonly string[]
  readonly #type: Column | undefined

  /** @throws Failure where no event can be made of them */
  constructor(
    file: string,
    header: readonly string[],
    { map: mappings = [], set = [] }: { map?: readonly Mapping[]; set?: readonly Constant[] },
    type: keyof typeof fieldsOf,
  ) {
    this.names = header.map((name) => name.trim())
    this.used = usedColumns(file, this.names, mappings, type)
    this.#type = this.used.find(({ target }) => target[0] === 'type')
    const indexes = new Set(this.used.map(({ index }) => index))
    this.leftOut = this.names.flatMap((name, index) => (indexes.has(index) ? [] : [name || `column ${index + 1}`]))
    const has = (field: string) => [...this.used, ...set].some(({ target }) => target[0] === field)
    const needed = type === 'track' && !has('type') ? ['customer_id', 'event'] : ['customer_id']
    const missing = needed.filter((field) => !has(field))
    if (missing.length > 0) throw failure(file, missingColumns(missing, this.names))
  }

  /** Fields of an event. An empty cell is left out. */
  fields(cells: readonly string[]): { fields: Fields; problem?: undefined } | { fields?: undefined; problem: string } {
    if (cells.length !== this.names.length) {
      const [has, wants] = [cells.length, this.names.length]
      const advice = has > wants ? 'put a cell in quotes if it has the separator in it' : 'add the missing ones'
      return { problem: `has ${has} cells, and the header ${wants}: ${advice}` }
    }
    const fields: Fields = {}
    const own = fieldsOfCall(this.#type === undefined ? '' : cells[this.#type.index])
    for (const { name, index, target, kind, isMapped } of this.used) {
      const cell = cells[index] ?? ''
      if (cell === '' || (isMapped && own?.includes(target[0] ?? '') === false)) continue
      const { value, problem } = cellValue(cell, kind)
      if (problem !== undefined) return { problem: `${name} ${problem}` }
      const unset = setMember(fields, target, value)
      if (unset !== undefined) return { problem: unset }
    }
    return { fields }
  }

  /** The cells by the names of their columns. */
  byName(cells: readonly string[]): Fields {
    return Object.fromEntries(this.names.map((name, index) => [name, cells[index]]))
  }
}

function usedColumns(
  file: string,
  names: readonly string[],
  mappings: readonly Mapping[],
  type: keyof typeof fieldsOf,
): Column[] {
  const used = mappings.map(({ target, kind, from }) => {
    const index = names.indexOf(from)
    if (index === -1) throw failure(file, `has no column ${plain(from, 60)}. ${listOf(names)}`)
    return { name: from, index, target, kind: kind ?? usualKind(target), isMapped: true }
  })
  const sources = new Set(mappings.map(({ from }) => from))
  const own: readonly string[] = names.includes('type') ? [...fieldsOf.track, ...fieldsOf.identify] : fieldsOf[type]
  for (const [index, name] of names.entries()) {
    const target = name.split('.')
    const isOwn = own.includes(name) || (own.includes(target[0] ?? '') && objects.has(target[0] ?? ''))
    if (!isOwn || target.includes('') || sources.has(name)) continue
    // A --map says what goes into its field.
    if (mappings.some((mapping) => isSameField(mapping.target, target))) continue
    const rival = used.find((column) => isSameField(column.target, target))
    if (rival !== undefined && rival.name !== name)
      throw failure(file, `has ${name} and ${rival.name}: choose one by --map.`)
    used.push({ name, index, target, kind: usualKind(target), isMapped: false })
  }
  const twice = used.find(({ name }) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined) throw failure(file, `has two columns ${plain(twice.name, 60)}: rename one of them.`)
  return wholeFirst(used.toSorted((one, other) => one.index - other.index))
}

function missingColumns(fields: readonly string[], names: readonly string[]): string {
  const maps = fields.map((field) => `--map ${field}=COLUMN`).join(' ')
  const same = fields.includes('event') ? ' If all rows are one event: --set event=NAME.' : ''
  const advice = `Say which one it is: ${maps}.${same} Without a header, name the columns: --columns a,b,c.`
  return `has no column ${fields.join(', nor ')}. ${listOf(names)} ${advice}`
}

function listOf(names: readonly string[]): string {
  return `Its columns are ${plain(names.join(', '), 300)}.`
}

function failure(file: string, problem: string): Failure {
  return new Failure(`${file} ${problem}`, exitCodes.failed, 'file')
}
