import { exitCodes, Failure } from '../../terminal/failure.ts'
import { plain } from '../../terminal/text.ts'
import { isEmptyRow, type Row, RowReader } from './csv-rows.ts'
import { LineCutter } from './lines.ts'
import { longestRecord } from './record.ts'

/** Formats of a file, and names for people. */
export const formats = { ndjson: 'NDJSON', json: 'JSON', csv: 'CSV', tsv: 'TSV' } as const
export type Format = keyof typeof formats

const separators = [',', '\t', ';', '|']

/** True if the beginning of a text has its first line, or enough to see that it has none. */
export function hasFirstLine(head: Buffer): boolean {
  return head.includes(10) || head.length > longestRecord
}

/** True if there is a line behind the first one, too. */
export function hasSecondLine(head: Buffer): boolean {
  return head.includes(10, head.indexOf(10) + 1) || head.length > longestRecord
}

/** Tells what a text is: by its first sign, by the end of the file's name, and last by its first line. */
export function detectFormat(head: Buffer, path: string): Format {
  const text = firstLine(head)
  const sign = text.trimStart()[0]
  if (sign === '{') return 'ndjson'
  if (sign === '[') return 'json'
  const [, ending] = /\.(csv|tsv|tab|ndjson|jsonl|json)(?:\.(?:gz|gzip|zst|zstd))?$/i.exec(path) ?? []
  switch (ending?.toLowerCase()) {
    case 'csv':
      return 'csv'
    case 'tsv':
    case 'tab':
      return 'tsv'
    case undefined:
      return isTable(head, text) ? 'csv' : 'ndjson'
    default:
      return 'ndjson'
  }
}

/** True for lines with separators of which none is an object, as in a log that begins with words. */
function isTable(head: Buffer, first: string): boolean {
  return separators.some((separator) => first.includes(separator)) && !/^\{/m.test(head.toString('utf8', 0, 65_536))
}

/** True if the first object goes on over several lines: such a line ends where no object does, and the next one goes on. */
export function isSetInLines(head: Buffer): boolean {
  const [first = '', second = ''] = head
    .toString('utf8', 0, longestRecord)
    .trim()
    .split(/\s*\n\s*/, 2)
  return first.endsWith('[') || (/[,{]$/.test(first) && !second.startsWith('{'))
}

function firstLine(head: Buffer): string {
  const [line = ''] = head
    .toString('utf8', 0, longestRecord)
    .replace(/^\uFEFF/, '')
    .trimStart()
    .split('\n', 1)
  return line
}

/** First row of a table, and how many lines it takes. */
export interface Head {
  separator: string
  cells: string[]
  /** Lines with which the file begins, up to the end of the row. */
  lines: number
  /** Lines of the row alone. */
  rowLines: number
}

/** Reads the header of a table. @throws Failure where its quotes are wrong */
export function readHead(file: string, head: Buffer, isAll: boolean, separator: string | undefined): Head | undefined {
  const [, said] = /^\uFEFF?sep=(.)\r?\n/.exec(head.toString('utf8', 0, 16)) ?? []
  const skipped = said === undefined ? 0 : 1
  const used = separator ?? said ?? guessSeparator(firstLine(head))
  const row = firstRow(head, used, isAll, skipped)
  if (row === undefined) return undefined
  if (row.problem !== undefined) {
    throw new Failure(`The header of ${file}, line ${row.line}, ${row.problem}.`, exitCodes.failed, 'file')
  }
  return { separator: used, cells: row.cells, lines: row.line + row.lines - 1, rowLines: row.lines }
}

/** The separator that stands in a line most often, quotes left out. */
function guessSeparator(line: string): string {
  const bare = line.replaceAll(/"(?:[^"]|"")*"?/g, '')
  const count = (separator: string) => bare.split(separator).length
  return separators.reduce((best, each) => (count(each) > count(best) ? each : best))
}

function firstRow(head: Buffer, separator: string, isAll: boolean, skipped = 0): Row | undefined {
  const [cutter, rows] = [new LineCutter(), new RowReader(separator)]
  const lines = function* () {
    yield* cutter.cut(head, all)
    if (isAll) yield* cutter.end(all)
  }
  for (const line of lines()) {
    const [row] = line.number > skipped ? rows.take(line) : []
    if (row !== undefined && !isEmptyRow(row)) return row
  }
  return isAll ? rows.end()[0] : undefined
}

const all = () => true

/** Refuses what ends its lines as no system does any more. */
export function refuseOldLines(file: string, head: Buffer): void {
  if (head.includes(10) || !/\r[^\n]/.test(head.toString('latin1'))) return
  const advice = `Change them: tr '\\r' '\\n' < FILE | obsidian-events track --from -`
  throw new Failure(`The lines of ${plain(file)} end with a carriage return alone. ${advice}`, exitCodes.failed, 'file')
}
