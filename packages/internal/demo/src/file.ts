import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Complaint } from './complaint.ts'

/** One line that is not blank: its text, or why it has none. */
export type Line = { number: number; text: string } | { number: number; reason: string }

export interface EventFile {
  path: string
  /** How many lines are not blank. */
  lines: number
  /** The number of the last of them. */
  lastLine: number
}

const newline = 10
/** What one line may take, so that a file without line breaks does not fill the memory. */
const longestLine = 1024 * 1024

/** Reads the file once, to know its size before the first event is sent. */
export async function openEventFile(path: string): Promise<EventFile> {
  const file = { path, lines: 0, lastLine: 0 }
  try {
    if (!(await stat(path)).isFile()) throw new Complaint(`${path} is not a file. Give a file with one event a line.`)
    for await (const { number } of readLines(path)) {
      file.lines++
      file.lastLine = number
    }
  } catch (error) {
    throw complaintAbout(path, error)
  }
  if (file.lines === 0) throw new Complaint(`${path} is empty. Give a file with one event a line.`)
  return file
}

/**
 * Yields the lines that are not blank. Splits bytes at line feeds only: node:readline would also split at U+2028, which
 * may stand inside a JSON string.
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  let number = 1
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = lineFrom(number++, [...rest, chunk.subarray(start, end)])
      if (line !== undefined) yield line
      rest = []
      start = end + 1
    }
    // Of a line that is too long already, no more needs to be kept.
    if (start < chunk.length && sizeOf(rest) <= longestLine) rest.push(chunk.subarray(start))
  }
  const last = lineFrom(number, rest)
  if (last !== undefined) yield last
}

function lineFrom(number: number, parts: Buffer[]): Line | undefined {
  if (sizeOf(parts) > longestLine) return { number, reason: 'is longer than 1 MiB' }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)).trim()
    return text === '' ? undefined : { number, text }
  } catch {
    return { number, reason: 'is not UTF-8 text' }
  }
}

function sizeOf(parts: Buffer[]): number {
  return parts.reduce((bytes, part) => bytes + part.length, 0)
}

function complaintAbout(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT' || code === 'ENOTDIR') return new Complaint(`${path} does not exist.`)
  if (code === 'EACCES' || code === 'EPERM') return new Complaint(`${path} may not be read by you.`)
  return error
}
