import type { OutboxEntry } from '@obsidianlaunch/events/outbox-kit'

type Key = Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>

/** Whoever does not append an entry again by then, whose append has failed, has given it up. */
const doubtMs = 600_000

/** Entries that are being appended, and those of which it is not known whether they are stored. */
export class Unconfirmed {
  /** The moment of the last append of each. */
  readonly #since = new Map<string, number>()

  add(keys: readonly Key[]): void {
    const now = performance.now()
    for (const [key, since] of this.#since) {
      if (since > now - doubtMs) break
      this.#since.delete(key)
    }
    for (const key of keys.map(nameOf)) {
      // The newest stand last.
      this.#since.delete(key)
      this.#since.set(key, now)
    }
  }

  delete(keys: readonly Key[]): void {
    for (const key of keys) this.#since.delete(nameOf(key))
  }

  has(key: Key): boolean {
    return this.#since.size > 0 && this.#since.has(nameOf(key))
  }
}

function nameOf({ customerId, id, environment = 'test' }: Key): string {
  return JSON.stringify([customerId, environment, id])
}
