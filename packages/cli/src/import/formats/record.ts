import { LongNumber } from '../../terminal/exact-json.ts'

/** Members of an event by their names. */
export type Fields = Record<string, unknown>

/** One event of a file, or the reason why it is none. One with neither is blank. */
export interface FileRecord {
  /** Number by which it is known: its line, or in a JSON array its place among the elements. The next one is larger. */
  readonly number: number
  /** Line at which it begins, from 1. */
  readonly line: number
  /** Offset at which it begins, where it can be read again from there. */
  readonly start: number | undefined
  readonly text: string
  readonly fields: Fields | undefined
  readonly problem: string | undefined
  /** All that the file says of it, by its own names, before any --map. */
  readonly source: Fields | undefined
}

export function isEvent(record: FileRecord): record is FileRecord & { readonly fields: Fields } {
  return record.fields !== undefined
}

/** Asked in the order of the records, before one is read. */
export type IsWanted = (number: number) => boolean

/** Makes records of the bytes of one format. */
export interface Reader {
  /** Number of bytes that have been read. */
  readonly offset: number
  /** Gives the records that end in this chunk. */
  take(chunk: Buffer, isWanted: IsWanted): Iterable<FileRecord>
  /** Gives the last record, if nothing has ended it. */
  end(isWanted: IsWanted): Iterable<FileRecord>
}

/** Most bytes of a record, so that one that does not end does not fill the memory. */
export const longestRecord = 1024 * 1024
export const tooLong = 'is longer than 1 MiB: make it shorter'
export const notUtf8 = 'is not UTF-8 text: save the file as UTF-8'

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LongNumber)
}

/** Value at a path; a field with dots in its own name, as a table may have, is found first. */
export function valueAt(fields: Fields, path: string): unknown {
  if (Object.hasOwn(fields, path)) return fields[path]
  let value: unknown = fields
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Fields)[name]
  }
  return value
}
