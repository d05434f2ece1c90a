import { isUtf8 } from 'node:buffer'

/** One line of a file. */
export interface Line {
  /** From 1. */
  number: number
  /** Where it begins, in bytes. */
  start: number
  text: string
  /** Why it cannot be read, where it cannot. */
  reason?: string
}

const lineFeed = 10
/** What one line may take, so that a file without line breaks does not fill the memory. */
const longestLine = 1024 * 1024
const nothing = Buffer.alloc(0)

/**
 * Cuts chunks of bytes into lines. At line feeds only: node:readline would also cut at U+2028, which may stand inside a
 * JSON string.
 */
export class LineCutter {
  /** How many bytes are through. */
  offset = 0
  #number = 0
  /** Where the next line begins. */
  #start = 0
  /** What the chunks before this one have of it. */
  #rest: Buffer = nothing
  #isTooLong = false;

  /** The lines that end in this chunk, but for those that are wanted by nobody. */
  *cut(chunk: Buffer, isWanted: (number: number) => boolean): Generator<Line> {
    const before = this.offset
    let from = 0
    /** Asked for all lines at once, and only where it is not so for each. */
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

  /** What follows the last line feed, unless that is nothing. */
  *end(isWanted: (number: number) => boolean): Generator<Line> {
    if (this.#rest.length === 0 && !this.#isTooLong) return
    if (isWanted(++this.#number)) yield this.#joined(nothing)
  }

  #line(text: string): Line {
    // A byte order mark is no part of the text.
    const isMarked = this.#number === 1 && text.startsWith('\uFEFF')
    return { number: this.#number, start: this.#start, text: isMarked ? text.slice(1) : text }
  }

  /** A line of which this is the end. */
  #joined(end: Buffer): Line {
    const bytes = Buffer.concat([this.#rest, end])
    if (this.#isTooLong || bytes.length > longestLine) return { ...this.#line(''), reason: 'is longer than 1 MiB' }
    return isUtf8(bytes) ? this.#line(bytes.toString()) : { ...this.#line(''), reason: 'is not UTF-8 text' }
  }

  /** Copied: the chunk's memory is larger. Of a line that is too long already, no more needs to be kept. */
  #keep(piece: Buffer): void {
    if (piece.length === 0 || this.#isTooLong) return
    this.#rest = Buffer.concat([this.#rest, piece])
    this.#isTooLong = this.#rest.length > longestLine
    if (this.#isTooLong) this.#rest = nothing
  }

  /** The next line begins. */
  #forget(): void {
    this.#rest = nothing
    this.#isTooLong = false
    this.#start = this.offset
  }
}

export function isBlank(text: string): boolean {
  return text.length === 0 || (text.charCodeAt(0) <= 0x20 && text.trim() === '')
}
