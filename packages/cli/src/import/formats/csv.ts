import type { Columns } from './columns.ts'
import { isEmptyRow, type Row, RowReader } from './csv-rows.ts'
import { blank, failed } from './json.ts'
import { LineCutter, type Line } from './lines.ts'
import type { Fields, FileRecord, IsWanted, Reader } from './record.ts'

/** Reads the rows of a table, with commas or other separators between its cells. */
export class CsvReader implements Reader {
  readonly #cutter = new LineCutter()
  readonly #rows: RowReader
  readonly #columns: Columns
  /** Number of the lines before the first row. */
  readonly #headLines: number

  constructor(columns: Columns, separator: string, headLines: number) {
    this.#columns = columns
    this.#rows = new RowReader(separator)
    this.#headLines = headLines
  }

  get offset(): number {
    return this.#cutter.offset
  }

  *take(chunk: Buffer, isWanted: IsWanted): Generator<FileRecord> {
    // Each line counts, since one that is not wanted may begin a row.
    for (const line of this.#cutter.cut(chunk, all)) yield* this.#take(line, isWanted)
  }

  *end(isWanted: IsWanted): Generator<FileRecord> {
    for (const line of this.#cutter.end(all)) yield* this.#take(line, isWanted)
    yield* this.#records(this.#rows.end(), isWanted)
  }

  *#take(line: Line, isWanted: IsWanted): Generator<FileRecord> {
    if (line.number > this.#headLines) yield* this.#records(this.#rows.take(line), isWanted)
  }

  *#records(rows: Row[], isWanted: IsWanted): Generator<FileRecord> {
    for (const row of rows) {
      if (isWanted(row.line)) yield this.#record(row)
      // What is kept of the place is lines: those that a row goes on over are done with it.
      for (let line = row.line + 1; line < row.line + row.lines; line++) if (isWanted(line)) yield blank(placeOf(line))
    }
  }

  #record(row: Row): FileRecord {
    const place = placeOf(row.line)
    if (row.problem !== undefined) return failed(place, row.text, row.problem)
    if (isEmptyRow(row)) return blank(place)
    const { fields, problem } = this.#columns.fields(row.cells)
    return problem === undefined ? new TableRecord(row, fields, this.#columns) : failed(place, row.text, problem)
  }
}

/** Record of a row. Its cells by name are made only if they are asked for. */
class TableRecord implements FileRecord {
  readonly number: number
  readonly line: number
  readonly start = undefined
  readonly text: string
  readonly fields: Fields
  readonly problem = undefined
  readonly #cells: readonly string[]
  readonly #columns: Columns

  constructor({ line, text, cells }: Row, fields: Fields, columns: Columns) {
    this.number = line
    this.line = line
    this.text = text
    this.fields = fields
    this.#cells = cells
    this.#columns = columns
  }

  get source(): Fields {
    return this.#columns.byName(this.#cells)
  }
}

const all = () => true

function placeOf(line: number) {
  return { number: line, line, start: undefined }
}
