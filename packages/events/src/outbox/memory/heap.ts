/** Gives back the item of the least weight first. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #weigh: (item: T) => number

  constructor(weigh: (item: T) => number) {
    this.#weigh = weigh
  }

  get least(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfLess(at, parent)) break
      at = parent
    }
  }

  pop(): T | undefined {
    const items = this.#items
    const [least] = items
    const last = items.pop()
    if (last === undefined || items.length === 0) return least
    items[0] = last
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const child = left + 1 < items.length && this.#weightAt(left + 1) < this.#weightAt(left) ? left + 1 : left
      if (child >= items.length || !this.#swapIfLess(child, at)) return least
      at = child
    }
  }

  #weightAt(at: number): number {
    return this.#weigh(this.#items[at] as T)
  }

  #swapIfLess(below: number, above: number): boolean {
    if (this.#weightAt(below) >= this.#weightAt(above)) return false
    const items = this.#items
    const item = items[below] as T
    items[below] = items[above] as T
    items[above] = item
    return true
  }
}
