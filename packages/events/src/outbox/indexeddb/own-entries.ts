import type { Key } from '../../event/event.ts'
import { elapsedTime } from '../../platform/platform.ts'
import type { EntryEnd } from '../outbox.ts'
import type { EntryRow } from './schema.ts'
import type { Tables } from './tables.ts'

interface OwnEntry {
  readonly key: Key
  /** Elapsed time. */
  readonly storedAt: number
}

/** The end of an entry of that number. */
export interface Ended {
  readonly seq: number
  readonly end: EntryEnd
}

/**
 * Entries that this tab has stored and that have not ended, as far as it knows: by customer, in the order of their numbers.
 */
export class OwnEntries {
  readonly #customers = new Map<string, Map<number, OwnEntry>>()
  #highest = 0

  get isEmpty(): boolean {
    return this.#customers.size === 0
  }

  add(seq: number, { customerId, id, environment }: Key, storedAt: number): void {
    const entries = this.#customers.get(customerId) ?? new Map<number, OwnEntry>()
    const key = environment === undefined ? { customerId, id } : { customerId, id, environment }
    if (!entries.has(seq)) entries.set(seq, { key, storedAt })
    // Another tab may have stored it before.
    const isLast = seq >= this.#highest
    this.#customers.set(customerId, isLast ? entries : new Map([...entries].toSorted(([one], [other]) => one - other)))
    this.#highest = Math.max(this.#highest, seq)
  }

  /** Milliseconds since this tab has stored it; undefined where another one has. */
  storedForMs({ customerId, seq }: EntryRow): number | undefined {
    const entry = this.#customers.get(customerId)?.get(seq)
    return entry && elapsedTime() - entry.storedAt
  }

  /** @returns whether it was one of them */
  delete(customerId: string, seq: number): boolean {
    const entries = this.#customers.get(customerId)
    if (!entries?.delete(seq)) return false
    if (entries.size === 0) this.#customers.delete(customerId)
    return true
  }

  forget(customerId: string): void {
    this.#customers.delete(customerId)
  }

  /** Finds those that other tabs have brought to their end. A lane ends in order, so only its first ones are looked at. */
  async ended(tables: Tables): Promise<Ended[]> {
    const lanes = await Promise.all([...this.#customers.values()].map((entries) => endedOf(entries, tables)))
    return lanes.flat()
  }

  /** Takes out those that have ended, each once. */
  takeOut(ended: readonly Ended[]): EntryEnd[] {
    return ended.filter(({ seq, end }) => this.delete(end.customerId, seq)).map(({ end }) => end)
  }

  /** Takes out all of them, since what was stored is gone. */
  clear(): EntryEnd[] {
    const ends: EntryEnd[] = []
    for (const entries of this.#customers.values()) {
      for (const { key } of entries.values()) ends.push({ ...key, kind: 'forgotten' })
    }
    this.#customers.clear()
    return ends
  }
}

async function endedOf(entries: ReadonlyMap<number, OwnEntry>, tables: Tables): Promise<Ended[]> {
  const ended: Ended[] = []
  for (const [seq, { key }] of entries) {
    if (await tables.has(seq)) break
    ended.push({ seq, end: { ...key, ...(await tables.endOf(seq)) } })
  }
  return ended
}
