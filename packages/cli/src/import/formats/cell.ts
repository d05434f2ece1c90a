import { exactJson, isExact } from '../../terminal/exact-json.ts'
import { plain } from '../../terminal/text.ts'

/** Kinds of values that a cell can be read as. */
export const kinds = ['text', 'number', 'boolean', 'date', 'json'] as const
export type Kind = (typeof kinds)[number]

export function isKind(name: string): name is Kind {
  return (kinds as readonly string[]).includes(name)
}

const booleans: Record<string, boolean> = { true: true, t: true, '1': true, false: false, f: false, '0': false }

/** Value of a cell, or the reason why it has none of this kind, as it follows the name of its column. */
export function cellValue(cell: string, kind: Kind): { value?: unknown; problem?: string | undefined } {
  if (kind === 'text') return { value: cell }
  if (kind === 'number') return numberOf(cell)
  if (kind === 'boolean') return booleanOf(cell)
  if (kind === 'date') return dateOf(cell)
  const { value, problem } = exactJson(cell)
  return problem === undefined ? { value } : { problem: `${shown(cell)}: ${problem}` }
}

function booleanOf(cell: string): { value?: unknown; problem?: string } {
  const name = cell.trim().toLowerCase()
  if (Object.hasOwn(booleans, name)) return { value: booleans[name] }
  return { problem: `is ${shown(cell)}: write true or false` }
}

function numberOf(cell: string): { value?: unknown; problem?: string } {
  const digits = cell.trim()
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(digits)) {
    return { problem: `is ${shown(cell)}: write a number such as 1234.5, or send it as text` }
  }
  if (!isExact(digits)) return { problem: `is ${shown(cell)}, which would be rounded: send it as text` }
  return { value: Number(digits) }
}

const isoDate = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/

/** Seconds since 1970, or a date as ISO 8601 and databases write it. One that names no zone is of UTC, on every machine. */
function dateOf(cell: string): { value?: unknown; problem?: string } {
  const text = cell.trim()
  if (/^\d{1,12}$/.test(text)) return { value: Number(text) }
  const [whole, day = '', time = '00:00', zone = 'Z'] = isoDate.exec(text) ?? []
  const offset =
    zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`)
  const date = new Date(`${day}T${time}${offset}`)
  if (whole !== undefined && !Number.isNaN(date.getTime())) return { value: date }
  return { problem: `is ${shown(cell)}: write a date such as 2023-06-25, or seconds since 1970` }
}

function shown(cell: string): string {
  return JSON.stringify(plain(cell, 40))
}
