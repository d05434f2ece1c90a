/** Where a line begins in its file, or the line itself, where it came through a pipe and cannot be read again. */
export type Place = number | string

const mostLines = 2_000
/** The same for lines that are large, in characters. */
const mostInLarge = 32 * 1024 * 1024
const large = 16 * 1024
/** How many lines are taken in a row: while that goes on, nothing is sent. */
const burst = 64

/** The lines that are on their way, by their numbers. How many there may be is what bounds the memory. */
export class Underway {
  readonly #places = new Map<number, Place>()
  /** How long those are that are large. */
  readonly #large = new Map<number, number>()
  #inLarge = 0

  get size(): number {
    return this.#places.size
  }

  /** Whether the file has to wait. */
  get isFull(): boolean {
    return this.size >= mostLines || this.#inLarge >= mostInLarge
  }

  /** Whether enough have arrived for the file to go on. */
  get hasRoom(): boolean {
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

  clear(): void {
    this.#places.clear()
    this.#large.clear()
    this.#inLarge = 0
  }
}
