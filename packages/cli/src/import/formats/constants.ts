import { usage } from '../../terminal/failure.ts'
import { plain } from '../../terminal/text.ts'
import { cellValue, type Kind } from './cell.ts'
import { copyAlong, type fieldsOf, fieldsOfCall, setMember, targetFrom, usualKind } from './field-map.ts'
import { type Fields, type FileRecord, isEvent, type IsWanted, type Reader, valueAt } from './record.ts'

/** One `--set FIELD=TEXT`: a value for each line that has none of its own. */
export interface Constant {
  /** Names that lead to the field, such as property and source. */
  target: readonly string[]
  kind: Kind | undefined
  text: string
  value: unknown
}

/** Reads one `--set`, for the list of those before it. @throws Failure that says what is wrong */
export function constantFrom(given: string, before: readonly Constant[] = []): Constant[] {
  const { target, kind, rest: text } = targetFrom('--set', given, 'FIELD=TEXT, such as event=signup')
  const [shown, name] = [plain(given, 60), target.join('.')]
  if (name === 'id') throw usage(`--set ${shown}: each event needs an id of its own. --id-field makes it of fields.`)
  if (name === 'type') throw usage(`--set ${shown}: the command is the type, identify or track.`)
  const { value, problem } = cellValue(text, kind ?? usualKind(target))
  if (problem !== undefined) throw usage(`--set ${shown}: ${name} ${problem}.`)
  if (before.some((other) => other.target.join('.') === name)) {
    throw usage(`--set ${shown}: ${name} has another --set already.`)
  }
  return [...before, { target, kind, text, value }]
}

/** A constant as it is given. */
export function textOfConstant({ target, kind, text }: Constant): string {
  return `${target.join('.')}${kind === undefined ? '' : `:${kind}`}=${text}`
}

/** Reader whose records have constants in the fields that the file leaves empty. */
export class FilledReader implements Reader {
  readonly #reader: Reader
  readonly #constants: readonly Constant[]
  readonly #type: keyof typeof fieldsOf

  /** @param type the call of a record without a type */
  constructor(reader: Reader, constants: readonly Constant[], type: keyof typeof fieldsOf) {
    this.#reader = reader
    // A field before its members, which join it.
    this.#constants = constants.toSorted((one, other) => one.target.length - other.target.length)
    this.#type = type
  }

  get offset(): number {
    return this.#reader.offset
  }

  *take(chunk: Buffer, isWanted: IsWanted): Generator<FileRecord> {
    for (const record of this.#reader.take(chunk, isWanted)) yield this.#filled(record)
  }

  *end(isWanted: IsWanted): Generator<FileRecord> {
    for (const record of this.#reader.end(isWanted)) yield this.#filled(record)
  }

  #filled(record: FileRecord): FileRecord {
    if (!isEvent(record)) return record
    const { number, line, start, text } = record
    const fields = { ...record.fields }
    const own = fieldsOfCall(fields['type'] ?? this.#type)
    for (const { target, value } of this.#constants) {
      // A line of the other call has no such field.
      if (own?.includes(target[0] ?? '') === false || isFilled(fields, target)) continue
      copyAlong(fields, target)
      const problem = setMember(fields, target, value)
      if (problem !== undefined) return { number, line, start, text, fields: undefined, problem, source: undefined }
    }
    // A row makes its source only where it is asked for.
    const source = () => record.source
    return {
      number,
      line,
      start,
      text,
      fields,
      problem: undefined,
      get source() {
        return source()
      },
    }
  }
}

/** Tells a field that has a value. A null is one of a member alone: the API has none for a field of its own. */
function isFilled(fields: Fields, target: readonly string[]): boolean {
  const value = valueAt(fields, target.join('.'))
  return value !== undefined && (value !== null || target.length > 1)
}
