import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { LongNumber } from '../terminal/exact-json.ts'
import { type Fields, valueAt } from './formats/record.ts'

/** Most characters of an id. @see the option `id` of a call */
const longestId = 255
/** Characters that stand in an id as they are. The others are written as in an address, so that no two values give one id. */
const plainAscii = /^[\x20-\x24\x26-\x7b\x7d\x7e]*$/

/** The event's id that a line carries, or the reason why it carries none; undefined where the line need not have one. */
export type LineId = { id: string } | { reason: string } | undefined

/**
 * Finds the id that a line gives to its event: in the fields that are named, or else in its field `id`, which it may leave
 * out.
 *
 * @param names names of fields, or paths such as `property.invoice.line`
 * @param source all that the line has, by the names of the file, which win over those of the fields
 */
export function idOfEvent(fields: Fields, names: readonly string[] | undefined, source = fields): LineId {
  if (names === undefined) {
    if (fields['id'] === undefined) return undefined
    const value = textOf(fields['id'])
    return typeof value === 'string'
      ? { id: value }
      : { reason: `has no id: id ${value.problem}. Fill it in, or take the line out` }
  }
  const parts: string[] = []
  for (const name of names) {
    const value = textOf(valueAt(source, name) ?? valueAt(fields, name))
    if (typeof value !== 'string')
      return { reason: `has no id: ${name} ${value.problem}. Fill it in, or choose other fields by --id-field` }
    parts.push(escaped(value))
  }
  const id = parts.join('|')
  if (id.length <= longestId) return { id }
  return { id: `sha256-${createHash('sha256').update(id).digest('hex')}` }
}

/**
 * Id of a line, the same in every run, so that a line that was in flight at a crash can be known again.
 *
 * @param seed of the options that say how it is read: read in another way it is another event
 */
export function idOfLine(line: number, text: string, digestOfFile: string, seed = 0): string {
  return `${line}-${crc32(text, seed).toString(36)}-${digestOfFile}`
}

/** Name of the field of a line in which a path begins. */
export function rootOf(fields: Fields, path: string): string {
  return Object.hasOwn(fields, path) ? path : path.split('.', 1).join()
}

function textOf(value: unknown): string | { problem: string } {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof LongNumber) return value.digits
  if (typeof value === 'string') return value.trim() === '' ? { problem: 'is empty' } : value
  if (value === undefined) return { problem: 'is missing' }
  return { problem: value === null ? 'is null' : 'is neither text nor a number' }
}

/** Writes a value so that it may be part of a header, and has no `|` of its own. */
function escaped(value: string): string {
  if (plainAscii.test(value) && value.trim() === value) return value
  return Array.from(Buffer.from(value), (byte) => {
    const sign = String.fromCharCode(byte)
    return sign !== ' ' && plainAscii.test(sign) ? sign : `%${hex(byte)}`
  }).join('')
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}
