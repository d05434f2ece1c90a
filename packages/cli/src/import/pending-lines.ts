/** Offset of a line in its file, or the line itself if it cannot be read again from there. */
export type Place = number | { line: number; text: string }

const mostLines = 2_000
/** Most characters in lines that are large. */
const mostInLarge = 32 * 1024 * 1024
const large = 16 * 1024
/** Number of lines that are taken in a row: meanwhile nothing is sent. */
const burst = 64

/** Lines that were read and have no answer yet, by their numbers. Their number is bounded, and the memory with it. */
export class PendingLines {
  readonly #places = new Map<number, Place>()
  /** Lengths of the large ones. */
  readonly #large = new Map<number, number>()
  #inLarge = 0

  get size(): number {
    return this.#places.size
  }

  /** True if no more lines may be read. */
  get isFull(): boolean {
    return this.size >= mostLines || this.#inLarge >= mostInLarge
  }

  /** True if enough lines have an answer for reading to go on. */
  get hasDrained(): boolean {
    return this.size <= mostLines - burst && this.#inLarge < mostInLarge
  }

  add(line: number, place: Place, characters: number): void {
    this.#places.set(line, place)
    if (characters <= large) return
    this.#large.set(line, characters)
    this.#inLarge += characters
  }

  remove(line: number): Place | undefined {
    const place = this.#places.get(line)
    this.#places.delete(line)
    this.#inLarge -= this.#large.get(line) ?? 0
    this.#large.delete(line)
    return place
  }
}
