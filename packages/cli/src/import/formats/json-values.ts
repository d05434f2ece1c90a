import { isUtf8 } from 'node:buffer'
import type { FieldMap } from './field-map.ts'
import { failed, jsonRecord } from './json.ts'
import { type FileRecord, type IsWanted, longestRecord, notUtf8, type Reader, tooLong } from './record.ts'

/** Text between two commas of an array, or one of several objects in a row. */
interface Element {
  number: number
  /** Line of its first sign. */
  line: number
  bytes: Buffer
  problem?: string
}

/** Part of the file that a reader is in: before an array, in it, behind it, or in what is none. */
type Part = 'before' | 'array' | 'behind' | 'lost'

const sign = (text: string) => text.charCodeAt(0)
const [quote, backslash, comma, lineFeed] = [sign('"'), sign('\\'), sign(','), sign('\n')]
const [openBracket, closeBracket, openBrace, closeBrace] = [sign('['), sign(']'), sign('{'), sign('}')]
const space = 32
const nothing = Buffer.alloc(0)

/**
 * Reads the elements of a JSON array, or objects in a row that are set over several lines, without having the whole in memory.
 * It looks for brackets, commas and quotes alone: what stands between is for the parser of the element.
 */
export class JsonValuesReader implements Reader {
  offset = 0
  readonly #map: FieldMap | undefined
  /** True for objects in a row, which no array is around. */
  readonly #isBare: boolean
  #part: Part
  #line = 1
  #number = 0
  /** Brackets that are open in the element: the signs that would close them. */
  #open: number[] = []
  #isText = false
  #isEscaped = false
  /** Line at which the element begins; 0 while it has no sign. */
  #begun = 0
  #rest: Buffer = nothing
  #isTooLong = false
  #hasElements = false

  constructor(map: FieldMap | undefined, isBare: boolean) {
    this.#map = map
    this.#isBare = isBare
    this.#part = isBare ? 'array' : 'before'
  }

  *take(chunk: Buffer, isWanted: IsWanted): Generator<FileRecord> {
    // Of the elements of one chunk each is parsed when it is asked for.
    for (const element of this.#cut(chunk)) if (isWanted(element.number)) yield this.#record(element)
  }

  *end(isWanted: IsWanted): Generator<FileRecord> {
    if (this.#begun === 0 && (this.#isBare || this.#part !== 'array')) return
    const problem =
      this.#begun > 0
        ? 'does not end: a bracket or a quote is missing, here or before'
        : 'is missing: the file ends before its array does, so it may have been cut off'
    const element = { ...this.#element(nothing), problem }
    if (isWanted(element.number)) yield this.#record(element)
  }

  #record(element: Element): FileRecord {
    const { number, line, bytes, problem } = element
    // Several may stand in one line.
    const label = `element ${number} `
    const place = { number, line, start: undefined }
    if (problem !== undefined) return failed(place, '', label + problem)
    if (!isUtf8(bytes)) return failed(place, '', label + notUtf8)
    return jsonRecord(place, textOf(element), this.#map, label)
  }

  /** The elements that end in a chunk. */
  #cut(chunk: Buffer): Element[] {
    const elements: Element[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (byte === lineFeed) this.#line++
      if (this.#isText) this.#inText(byte)
      else if (byte <= space) continue
      else if (this.#part !== 'array') this.#outside(byte, elements)
      else if (this.#isSeparator(byte))
        this.#separate(byte, this.#begun > 0 ? chunk.subarray(from, at) : nothing, elements)
      else {
        if (this.#begun === 0) {
          this.#begun = this.#line
          from = at
        }
        this.#inElement(byte)
        const isWhole = this.#isBare && byte === closeBrace && this.#open.length === 0
        if (isWhole) elements.push(this.#element(chunk.subarray(from, at + 1)))
      }
    }
    if (this.#begun > 0) this.#keep(chunk.subarray(from))
    this.offset += chunk.length
    return elements
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (byte === backslash) this.#isEscaped = true
    else if (byte === quote) this.#isText = false
  }

  #inElement(byte: number): void {
    if (byte === quote) this.#isText = true
    else if (byte === openBracket) this.#begin(closeBracket)
    else if (byte === openBrace) this.#begin(closeBrace)
    // One that was never closed ends with what is around it, so that it spoils no more than its element.
    else if (byte === closeBracket || byte === closeBrace) {
      const index = this.#open.lastIndexOf(byte)
      if (index !== -1) this.#open.length = index
    }
  }

  #begin(close: number): void {
    if (this.#open.length < longestRecord) this.#open.push(close)
  }

  #isSeparator(byte: number): boolean {
    return this.#open.length === 0 && (byte === comma || byte === closeBracket) && !this.#isBare
  }

  /** Ends an element at the comma or the bracket behind it. */
  #separate(byte: number, end: Buffer, elements: Element[]): void {
    const isEmpty = this.#begun === 0
    if (!isEmpty) elements.push(this.#element(end))
    // An array without elements has no comma.
    else if (byte === comma || this.#hasElements) {
      elements.push({ ...this.#element(end), problem: 'is empty: there is a comma too many' })
    }
    this.#hasElements = true
    if (byte === closeBracket) this.#part = 'behind'
  }

  /** Takes a sign outside of an array: the next one may begin, what else stands there is told once. */
  #outside(byte: number, elements: Element[]): void {
    if (byte === openBracket && this.#part !== 'lost') {
      this.#part = 'array'
      this.#hasElements = false
    } else if (this.#part === 'behind') {
      this.#part = 'lost'
      elements.push({
        ...this.#element(nothing),
        problem: 'stands behind the end of the array: take away what follows the ]',
      })
    }
  }

  /** Ends an element. @param end its last bytes */
  #element(end: Buffer): Element {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, end]) : end
    const isTooLong = this.#isTooLong || bytes.length > longestRecord
    const element = { number: ++this.#number, line: this.#begun || this.#line, bytes }
    this.#begun = 0
    this.#open = []
    this.#rest = nothing
    this.#isTooLong = false
    return isTooLong ? { ...element, bytes: nothing, problem: tooLong } : element
  }

  /** Keeps the beginning of an element. It is copied, since the memory of the chunk is larger. */
  #keep(piece: Buffer): void {
    if (this.#isTooLong) return
    this.#rest = Buffer.concat([this.#rest, piece])
    this.#isTooLong = this.#rest.length > longestRecord
    if (this.#isTooLong) this.#rest = nothing
  }
}

/** A byte order mark is no part of the text. */
function textOf({ number, bytes }: Element): string {
  return number === 1 ? bytes.toString().replace(/^\uFEFF/, '') : bytes.toString()
}
