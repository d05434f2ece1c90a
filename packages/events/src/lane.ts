import type { Entry } from './event.ts'

interface Link {
  readonly entry: Entry
  next: Link | undefined
}

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
  /** Attempts of its head that were made. */
  attempts = 0
  #head: Link | undefined
  #tail: Link | undefined

  constructor(customerId: string) {
    this.customerId = customerId
  }

  get head(): Entry | undefined {
    return this.#head?.entry
  }

  push(entry: Entry): void {
    const link: Link = { entry, next: undefined }
    if (this.#tail === undefined) this.#head = link
    else this.#tail.next = link
    this.#tail = link
  }

  /** The head leaves; the next one starts afresh. */
  shift(): void {
    this.#head = this.#head?.next
    if (this.#head === undefined) this.#tail = undefined
    this.attempts = 0
    this.wait = undefined
  }

  remove(id: string): boolean {
    if (this.head?.id === id) {
      this.shift()
      return true
    }
    for (let link = this.#head; link?.next !== undefined; link = link.next) {
      if (link.next.entry.id !== id) continue
      if (link.next === this.#tail) this.#tail = link
      link.next = link.next.next
      return true
    }
    return false
  }
}
