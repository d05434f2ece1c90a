import { isBlank, type Line } from './lines.ts'
import { longestRecord, tooLong } from './record.ts'

/** Row of a table, or the reason why it is none. */
export interface Row {
  /** Line at which it begins. */
  line: number
  /** Number of lines that it takes. */
  lines: number
  /** Text of its lines. */
  text: string
  cells: string[]
  problem?: string | undefined
}

/**
 * Puts lines together to rows, as RFC 4180 has it: a cell in quotes may hold separators, line breaks, and quotes that are
 * doubled.
 *
 * A row whose quotes are wrong is its first line alone, and reading goes on at the next one, so that a stray quote does not take
 * the rest of the file.
 */
export class RowReader {
  readonly #separator: string
  /** Lines of the row that has begun. */
  #lines: Line[] = []
  #length = 0
  #cells: string[] = []
  /** Beginning of the cell that is in quotes and has not ended. */
  #open: string | undefined

  constructor(separator: string) {
    this.#separator = separator
  }

  /** Gives the rows that end with this line; several where what seemed to be one was none. */
  take(line: Line): Row[] {
    return this.#takeAll([line])
  }

  /** Gives the rows of lines of which the first has a quote that never ends. */
  end(): Row[] {
    const rows: Row[] = []
    for (let lines = this.#takeLines(); lines.length > 0; lines = this.#takeLines()) {
      rows.push(broken(lines[0] as Line, neverEnds))
      for (const row of this.#takeAll(lines.slice(1).toReversed())) rows.push(row)
    }
    return rows
  }

  /** @param left lines, the next one last */
  #takeAll(left: Line[]): Row[] {
    const rows: Row[] = []
    for (let line = left.pop(); line !== undefined; line = left.pop()) {
      const row = this.#add(line)
      if (row === undefined) continue
      rows.push(row)
      const lines = this.#takeLines()
      while (lines.length > row.lines) left.push(lines.pop() as Line)
    }
    return rows
  }

  #add(line: Line): Row | undefined {
    this.#lines.push(line)
    this.#length += line.text.length + 1
    const [first = line] = this.#lines
    if (line.reason === tooLong) return broken(first, first === line ? tooLong : neverEnds)
    if (this.#length > longestRecord) return broken(first, neverEnds)
    const problem = this.#cut(line.text)
    if (problem !== undefined) return broken(first, problem)
    if (this.#open !== undefined) return undefined
    const lines = this.#lines
    const text = lines.length === 1 ? line.text : lines.map((each) => each.text).join('\n')
    const reason = lines.length === 1 ? line.reason : lines.find((each) => each.reason !== undefined)?.reason
    return { line: first.number, lines: lines.length, text, cells: this.#cells, problem: reason }
  }

  /** Begins the next row. @returns the lines of the last one */
  #takeLines(): Line[] {
    const lines = this.#lines
    this.#lines = []
    this.#length = 0
    this.#cells = []
    this.#open = undefined
    return lines
  }

  /** Cuts the cells of a line. @returns the reason why they are none */
  #cut(text: string): string | undefined {
    if (this.#open === undefined && !text.includes('"')) {
      this.#cells = withoutReturn(text).split(this.#separator)
      return undefined
    }
    let at = 0
    while (at <= text.length) {
      const isQuoted = this.#open !== undefined || text.charCodeAt(at) === 34
      const end = isQuoted ? this.#quoted(text, at) : this.#plain(text, at)
      if (typeof end === 'string') return end
      if (this.#open !== undefined) return undefined
      at = end + 1
    }
    return undefined
  }

  /** Takes a cell without quotes. @returns where it ends */
  #plain(text: string, from: number): number | string {
    const found = text.indexOf(this.#separator, from)
    const end = found === -1 ? text.length : found
    const cell = text.slice(from, end)
    if (cell.includes('"')) return 'has a quote within a cell: put the whole cell in quotes, and double those within'
    this.#cells.push(found === -1 ? withoutReturn(cell) : cell)
    return end
  }

  /** Takes a cell in quotes, or what this line has of it. @returns where it ends */
  #quoted(text: string, from: number): number | string {
    let cell = this.#open ?? ''
    let at = this.#open === undefined ? from + 1 : from
    for (;;) {
      const end = text.indexOf('"', at)
      if (end === -1) {
        this.#open = `${cell}${text.slice(at)}\n`
        return text.length
      }
      cell += text.slice(at, end)
      if (text.charCodeAt(end + 1) !== 34) {
        this.#open = undefined
        this.#cells.push(cell)
        return this.#behindQuote(text, end + 1)
      }
      cell += '"'
      at = end + 2
    }
  }

  #behindQuote(text: string, at: number): number | string {
    if (at === text.length || text.startsWith(this.#separator, at)) return at
    if (at === text.length - 1 && text.endsWith('\r')) return text.length
    return 'has something behind the quote that ends a cell: double the quotes within a cell'
  }
}

const neverEnds = 'begins a cell with a quote that never ends it: add the other one, or double it'

function broken(line: Line, problem: string): Row {
  return { line: line.number, lines: 1, text: line.reason === undefined ? line.text : '', cells: [], problem }
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text
}

/** True for a row in which nothing stands, as spreadsheets leave them at the end. */
export function isEmptyRow({ cells, problem, text }: Row): boolean {
  return problem === undefined && (isBlank(text) || cells.every((cell) => cell === ''))
}
