import { exitCodes, Failure } from '../../terminal/failure.ts'
import { Bytes } from './bytes.ts'
import { Columns } from './columns.ts'
import { type Constant, FilledReader } from './constants.ts'
import { CsvReader } from './csv.ts'
import {
  detectFormat,
  type Format,
  hasFirstLine,
  hasSecondLine,
  isSetInLines,
  readHead,
  refuseOldLines,
} from './detect.ts'
import { FieldMap, type fieldsOf, type Mapping } from './field-map.ts'
import { JsonValuesReader } from './json-values.ts'
import { NdjsonReader } from './ndjson.ts'
import { type FileRecord, type IsWanted, isEvent, longestRecord, type Reader, tooLong } from './record.ts'
import { type Packing, unpack } from './unpack.ts'

/** Options that say how a file is read. */
export interface FormatOptions {
  format?: Format
  map?: readonly Mapping[]
  set?: readonly Constant[]
  columns?: readonly string[]
  separator?: string
}

/** File to read. */
export interface Input {
  /** Name for messages. */
  name: string
  path: string
  stream: AsyncIterable<Buffer>
  /** True if it can be read again from any place. */
  isSeekable: boolean
}

/** Form of a file, as it was found. */
export interface Form {
  format: Format
  packing: Packing | undefined
  /** Of a table. */
  table: { separator: string; columns: Columns } | undefined
  /** Values of fields that lines leave empty. */
  set: readonly Constant[]
}

interface RecordsParts {
  isSeekable: boolean
  bytes: Bytes
  reader: Reader
  packed: { length: number }
  firstEvents: readonly FileRecord[]
}

/** The records of a file, whatever its format. */
export class Records {
  readonly form: Form
  /** True if a record can be read again from where it starts. */
  readonly isSeekable: boolean
  /** True of the records that nothing in the file has ended: it may still be being written. */
  isAtEnd = false
  /** Events with which the file begins, as many as there were to see at once. */
  readonly firstEvents: readonly FileRecord[]
  readonly #bytes: Bytes
  readonly #reader: Reader
  readonly #packed: { length: number } | undefined

  constructor(form: Form, parts: RecordsParts) {
    this.form = form
    this.firstEvents = parts.firstEvents
    this.isSeekable = parts.isSeekable && form.format === 'ndjson' && form.packing === undefined
    this.#bytes = parts.bytes
    this.#reader = parts.reader
    this.#packed = form.packing === undefined ? undefined : parts.packed
  }

  /** Number of bytes of the file that have been read, of a packed one about. */
  get offset(): number {
    return this.#packed?.length ?? this.#reader.offset
  }

  /**
   * Gives the records in pieces of the file, each of which is read while its records are taken.
   *
   * @param look is shown the first record that is an event, before it is given
   */
  async *pieces(isWanted: IsWanted, look: Look | undefined): AsyncGenerator<Iterable<FileRecord>> {
    let first = look
    const looked = async (piece: Iterable<FileRecord>) => {
      if (first === undefined) return piece
      const { seen, others } = untilFirst(piece)
      const event = seen.at(-1)
      if (event?.fields !== undefined) {
        await first(event)
        first = undefined
      }
      return chain(seen, others)
    }
    for await (const chunk of this.#bytes) yield await looked(this.#reader.take(chunk, isWanted))
    this.isAtEnd = true
    yield await looked(this.#reader.end(isWanted))
  }
}

/** Called with the first event of a file. */
export type Look = (record: FileRecord) => Promise<void>

/** The records up to the first event, and the others, which are not read yet. */
function untilFirst(piece: Iterable<FileRecord>) {
  const seen: FileRecord[] = []
  const others = piece[Symbol.iterator]()
  for (let next = others.next(); next.done !== true; next = others.next()) {
    seen.push(next.value)
    if (next.value.fields !== undefined) break
  }
  return { seen, others }
}

function* chain(seen: readonly FileRecord[], others: Iterator<FileRecord>): Generator<FileRecord> {
  yield* seen
  for (let next = others.next(); next.done !== true; next = others.next()) yield next.value
}

/**
 * Finds out what a file is, and makes ready to read it.
 *
 * @param type the call of a record without a type
 * @throws Failure of a file from which no event can be read
 */
export async function openRecords(input: Input, type: keyof typeof fieldsOf, options: FormatOptions): Promise<Records> {
  const packed = { length: 0 }
  const { bytes, packing } = await unpack(input.name, counted(input.stream, packed))
  const first = await bytes.peek(hasFirstLine)
  // Only then, since a pipe may say one line and wait.
  const { head } = isSetInLines(first.head) ? await bytes.peek(hasSecondLine) : first
  refuseOldLines(input.name, head)
  const format = options.format ?? (options.columns ? 'csv' : detectFormat(head, input.path))
  const isTable = format === 'csv' || format === 'tsv'
  const { table, makeReader } = isTable
    ? await tableReader(input.name, bytes, format, type, options)
    : { table: undefined, makeReader: () => jsonReader(format, head, type, options) }
  const { set = [] } = options
  const make = () => (set.length === 0 ? makeReader() : new FilledReader(makeReader(), set, type))
  const firstEvents = eventsIn(await bytes.peek(hasFirstLine), make())
  const parts = { isSeekable: input.isSeekable, bytes, reader: make(), packed, firstEvents }
  return new Records({ format, packing, table, set }, parts)
}

/** Number of events at the beginning of a file that are looked at before one is sent. */
const mostFirst = 20

/** The first events in the beginning of a file, by a reader of their own. */
function eventsIn({ head, isAll }: { head: Buffer; isAll: boolean }, reader: Reader): FileRecord[] {
  const events: FileRecord[] = []
  for (const records of [() => reader.take(head, all), () => (isAll ? reader.end(all) : [])]) {
    for (const record of records()) {
      if (isEvent(record)) events.push(record)
      if (events.length === mostFirst) return events
    }
  }
  return events
}

const all = () => true

function jsonReader(format: Format, head: Buffer, type: keyof typeof fieldsOf, { map }: FormatOptions): Reader {
  const fieldMap = map === undefined ? undefined : new FieldMap(map, type)
  const isBare = /^(?:\uFEFF)?\s*[^\s[]/.test(head.toString('utf8', 0, 4_096))
  if (format === 'json' || isSetInLines(head)) return new JsonValuesReader(fieldMap, isBare)
  return new NdjsonReader(fieldMap)
}

async function tableReader(
  file: string,
  bytes: Bytes,
  format: Format,
  type: keyof typeof fieldsOf,
  options: FormatOptions,
) {
  const { separator, columns: names } = options
  const given = separator ?? (format === 'tsv' ? '\t' : undefined)
  const isEnough = (head: Buffer) => head.length > longestRecord || readHead(file, head, false, given) !== undefined
  const { head, isAll } = await bytes.peek(isEnough)
  const found = readHead(file, head, isAll, given)
  if (found === undefined && !isAll)
    throw new Failure(`${file} has a header that ${tooLong}.`, exitCodes.failed, 'file')
  // An empty file has no header that could be wrong.
  if (found === undefined) return { table: undefined, makeReader: () => new NdjsonReader(undefined) }
  const { separator: used } = found
  const columns = new Columns(file, names ?? found.cells, options, type)
  const headLines = names === undefined ? found.lines : found.lines - found.rowLines
  return { table: { separator: used, columns }, makeReader: () => new CsvReader(columns, used, headLines) }
}

async function* counted(stream: AsyncIterable<Buffer>, count: { length: number }): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    count.length += chunk.length
    yield chunk
  }
}
