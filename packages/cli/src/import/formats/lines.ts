import { isUtf8 } from 'node:buffer'
import { longestRecord, notUtf8, tooLong } from './record.ts'

/** One line of a file. */
export interface Line {
  /** Number of the line, from 1. */
  number: number
  /** Offset at which it begins, in bytes. */
  start: number
  text: string
  /** Reason why it cannot be read. */
  reason?: string
}

const lineFeed = 10
const nothing = Buffer.alloc(0)

/**
 * Cuts chunks of bytes into lines. At line feeds only: node:readline would also cut at U+2028, which may stand inside a
 * JSON string.
 */
export class LineCutter {
  /** Number of bytes that have been cut. */
  offset = 0
  #number = 0
  /** Offset at which the next line begins. */
  #start = 0
  /** Beginning of the next line, from the chunks before this one. */
  #rest: Buffer = nothing
  #isTooLong = false;

  /** Gives the wanted lines that end in this chunk. */
  *cut(chunk: Buffer, isWanted: (number: number) => boolean): Generator<Line> {
    const before = this.offset
    let from = 0
    /** Found out for all lines at once, and only if that fails for each. */
    let isText: boolean | undefined
    for (let to = chunk.indexOf(lineFeed); to !== -1; to = chunk.indexOf(lineFeed, from)) {
      this.offset = before + to + 1
      const isWhole = from > 0 || (this.#rest.length === 0 && !this.#isTooLong)
      if (isWanted(++this.#number)) {
        if (isWhole) isText ??= isUtf8(chunk.subarray(from, chunk.lastIndexOf(lineFeed)))
        yield isWhole && isText ? this.#line(chunk.toString('utf8', from, to)) : this.#joined(chunk.subarray(from, to))
      }
      this.#forget()
      from = to + 1
    }
    this.offset = before + chunk.length
    this.#keep(chunk.subarray(from))
  }

  /** Gives the line after the last line feed, unless it is empty. */
  *end(isWanted: (number: number) => boolean): Generator<Line> {
    if (this.#rest.length === 0 && !this.#isTooLong) return
    if (isWanted(++this.#number)) yield this.#joined(nothing)
  }

  #line(text: string): Line {
    // A byte order mark is no part of the text.
    const isMarked = this.#number === 1 && text.startsWith('\uFEFF')
    return { number: this.#number, start: this.#start, text: isMarked ? text.slice(1) : text }
  }

  /** Makes the line of which this is the end. */
  #joined(end: Buffer): Line {
    const bytes = Buffer.concat([this.#rest, end])
    if (this.#isTooLong || bytes.length > longestRecord) return { ...this.#line(''), reason: tooLong }
    const line = this.#line(bytes.toString())
    return isUtf8(bytes) ? line : { ...line, reason: notUtf8 }
  }

  /** Keeps the beginning of a line. It is copied, since the memory of the chunk is larger; a line that is too long is not kept. */
  #keep(piece: Buffer): void {
    if (piece.length === 0 || this.#isTooLong) return
    this.#rest = Buffer.concat([this.#rest, piece])
    this.#isTooLong = this.#rest.length > longestRecord
    if (this.#isTooLong) this.#rest = nothing
  }

  /** Begins the next line. */
  #forget(): void {
    this.#rest = nothing
    this.#isTooLong = false
    this.#start = this.offset
  }
}

export function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 0x20 && text.trim() === '')
}
