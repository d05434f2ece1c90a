import { textOf } from '@obsidianlaunch/testkit/pages'

/**
 * The cells of a table, row by row.
 * @param head the first words of its head, such as `option of \`sqliteOutbox\``
 */
export function rowsIn(text: string, head: string): string[][] {
  const [, table] = text.split(`\n| ${head} |`)
  if (table === undefined) throw new Error(`There is no table of ${head}`)
  const rows = (table.split('\n\n')[0] ?? '').trimEnd().split('\n').slice(2)
  return rows.map((row) => row.slice(2, -2).split(' | '))
}

/** The same of a page of the site. */
export const rowsOf = (place: string, head: string): string[][] => rowsIn(textOf(place), head)

/** Names that stand in the first cells of a table: most rows are about one, some about several. */
export function namesOf(rows: string[][]): string[] {
  return rows.flatMap(([cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

/** A value as the pages write it down. */
export function shown(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US')
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, member]) => `${name}: ${inCode(member)}`)
  return `{ ${members.join(', ')} }`
}

function inCode(value: unknown): string {
  return typeof value === 'number' ? shown(value).replaceAll(',', '_') : shown(value)
}

/** Defaults by name, as a table tells them: without code quotes, and without what is said about them. */
export function defaultsIn(rows: string[][]): Record<string, string> {
  return Object.fromEntries(rows.flatMap((row) => namesOf([row]).map((name) => [name, plain(row[1])])))
}

const plain = (cell = ''): string => cell.replaceAll('`', '').replace(/(?:;| \().*/, '')
