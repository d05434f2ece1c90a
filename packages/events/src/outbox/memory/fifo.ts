/** First in, first out, at the same cost whatever its length (an array's shift is not). */
export class Queue<T> {
  #items: (T | undefined)[] = []
  #start = 0

  get length(): number {
    return this.#items.length - this.#start
  }

  get first(): T | undefined {
    return this.#items[this.#start]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#items[this.#start]
    this.#items[this.#start++] = undefined
    // Gives back what was consumed, at a constant cost an item.
    if (this.#start > 64 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start)
      this.#start = 0
    }
    return item
  }

  /** Takes out the first item that matches. @returns whether there was one */
  remove(matches: (item: T) => boolean): boolean {
    for (let at = this.#start; at < this.#items.length; at++) {
      if (!matches(this.#items[at] as T)) continue
      if (at === this.#start) this.shift()
      else this.#items.splice(at, 1)
      return true
    }
    return false
  }

  /** Moves the first item of the least weight to the front. A weight of 0 cannot be beaten and ends the search. */
  bringForward(weigh: (item: T) => number): void {
    let best = -1
    let least = Infinity
    for (let at = this.#start; at < this.#items.length && least > 0; at++) {
      const weight = weigh(this.#items[at] as T)
      if (weight < least) [best, least] = [at, weight]
    }
    if (best > this.#start) this.#items.splice(this.#start, 0, ...this.#items.splice(best, 1))
  }
}
