import type { Entry } from '../../event/event.ts'
import { Queue } from './fifo.ts'

export interface Wait {
  readonly lane: Lane
  /** When the head may be attempted again, in elapsed milliseconds. */
  readonly due: number
}

/** The events of one customer, in the order of their calls. */
export class Lane {
  readonly customerId: string
  /** The number of the claim by which its head is lent; 0 while it is not. */
  claim = 0
  /** The wait of its head for a retry, while it lasts. */
  wait: Wait | undefined
  /**
   * Attempts of its head that were made, and when the first one was made since which nothing of it was settled, in running
   * time. Most lanes never fail, and are to weigh no more.
   */
  failing: { attempts: number; readonly since: number } | undefined
  #head: Entry | undefined
  /** What comes after the head: most customers have nothing there, and need no queue. */
  #others: Queue<Entry> | undefined

  constructor(customerId: string) {
    this.customerId = customerId
  }

  get head(): Entry | undefined {
    return this.#head
  }

  get attempts(): number {
    return this.failing?.attempts ?? 0
  }

  push(entry: Entry): void {
    if (this.#head === undefined) this.#head = entry
    else (this.#others ??= new Queue()).push(entry)
  }

  /** The head leaves; the next one starts afresh. Who comes after the last one stood behind nobody. */
  shift(): void {
    this.#head = this.#others?.shift()
    if (this.failing !== undefined) this.failing.attempts = 0
    this.wait = undefined
    if (this.#head === undefined) this.failing = undefined
  }

  remove(id: string): boolean {
    if (this.#head?.id !== id) return this.#others?.remove((entry) => entry.id === id) ?? false
    this.shift()
    return true
  }
}
