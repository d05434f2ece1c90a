import type { OutboxEntry } from '../../event/event.ts'
import type { Claim } from '../outbox.ts'

/** First in, first out, at the same cost whatever its length (an array's shift is not). */
export class Fifo<T> {
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

  /** The items, the first one first. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let at = this.#start; at < this.#items.length; at++) yield this.#items[at] as T
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

/** The events of one customer, in the order of their calls. */
export class Lane {
  readonly customerId: string
  /** The claim by which its head is lent, while it is. */
  lent: Claim | undefined
  /** The moment from which its head may be attempted again, in elapsed time, while it waits for that. */
  due: number | undefined
  /** Attempts of its head that were made. */
  attempts = 0
  /** The moment when the first attempt was made since which nothing of it was settled, in running time. */
  failingSince: number | undefined
  #head: OutboxEntry | undefined
  /** The events behind the head: most customers have none, and need no queue. */
  #others: Fifo<OutboxEntry> | undefined

  constructor(customerId: string, head: OutboxEntry | undefined) {
    this.customerId = customerId
    this.#head = head
  }

  get head(): OutboxEntry | undefined {
    return this.#head
  }

  get length(): number {
    return this.#head === undefined ? 0 : 1 + (this.#others?.length ?? 0)
  }

  push(entry: OutboxEntry): void {
    if (this.#head === undefined) this.#head = entry
    else (this.#others ??= new Fifo()).push(entry)
  }

  /** The head leaves; the next one starts afresh. Who comes after the last one stood behind nobody. */
  shift(): void {
    this.#head = this.#others?.shift()
    this.attempts = 0
    if (this.#head === undefined) this.failingSince = undefined
  }

  /** Takes out an event that is not the head. @returns whether it was there */
  removeLater(id: string): boolean {
    return this.#others?.remove((entry) => entry.id === id) ?? false
  }

  /** The lane as it goes on without its head: another one, since this one waits in a heap, and empty from here on. */
  withoutHead(): Lane {
    const lane = new Lane(this.customerId, this.#others?.shift())
    lane.#others = this.#others
    if (lane.#head !== undefined) lane.failingSince = this.failingSince
    this.clear()
    return lane
  }

  /** Takes all events out. @returns how many they were */
  clear(): number {
    const { length } = this
    this.#head = undefined
    this.#others = undefined
    this.attempts = 0
    this.failingSince = undefined
    return length
  }
}
