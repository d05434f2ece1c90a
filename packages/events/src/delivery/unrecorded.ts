import { keyOf, type Key } from '../event/event.ts'
import type { Claim, Fate } from '../outbox/outbox.ts'

const most = 10_000

/** Deliveries that a durable outbox could not take note of: their entries are still there, and are not sent again. */
export class Unrecorded {
  readonly #customers = new Map<string, string>()

  get isEmpty(): boolean {
    return this.#customers.size === 0
  }

  add({ entry }: Claim): void {
    this.#customers.set(keyOf(entry), entry.customerId)
    const [oldest] = this.#customers.keys()
    if (this.#customers.size > most && oldest !== undefined) this.#customers.delete(oldest)
  }

  has(key: Key): boolean {
    return this.#customers.size > 0 && this.#customers.has(keyOf(key))
  }

  delete(key: Key): void {
    if (this.#customers.size > 0) this.#customers.delete(keyOf(key))
  }

  /** Tells what became of an appended event. One that is new is no longer the one that is remembered. */
  fateOf(key: Key, fate: Fate): Fate {
    if (fate === 'stored') this.delete(key)
    return this.has(key) ? 'done' : fate
  }

  /** @returns how many of a customer there were */
  forget(customerId: string): number {
    let forgotten = 0
    for (const [key, customer] of this.#customers) {
      if (customer === customerId && this.#customers.delete(key)) forgotten++
    }
    return forgotten
  }
}
