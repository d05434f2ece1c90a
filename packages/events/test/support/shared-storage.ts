import { keyOf, type Key, type OutboxEntry } from '../../src/event/event.ts'
import type { AppendResult, Claim, DeadLetter, EntryEnd, Verdict } from '../../src/outbox/outbox.ts'
import { PlainOutbox } from '../promise/support/plain-outbox.ts'

/**
 * A fault of a storage, which the world must find: it takes whatever is settled for what it has lent last of that lane, lets
 * no lease end, or does not tell of ends.
 */
export type StorageFault = 'token' | 'lease' | 'news'

const clockErrorMs = 50

/** An owner of the storage, as far as the storage knows it. */
export interface Owner {
  /** Ends of its entries that others have brought about, which it has not heard. */
  readonly news: EntryEnd[]
  /** There may be something to claim. */
  hint(): void
}

/**
 * A storage that several machines share, with a clock of its own. Whatever it is asked it does at once, in one step; the way
 * there and back is that of its owners.
 */
export class Storage {
  readonly plain: PlainOutbox
  /** Those that may lend, the oldest first. */
  readonly owners = new Set<Owner>()
  /** Only the oldest of them lends, as the tab does that has the lock. */
  readonly #hasOneLender: boolean
  readonly #fault: StorageFault | undefined
  readonly #ownersOf = new Map<string, Set<Owner>>()
  /** The last lease of each entry: whose it was, and until when. */
  readonly #lent = new Map<string, { readonly owner: Owner; readonly endsAt: number }>()
  readonly #now: () => number
  /** The last claim of each customer. */
  readonly #last = new Map<string, Claim>()

  constructor(now: () => number, hasOneLender: boolean, fault?: StorageFault) {
    this.plain = new PlainOutbox(now)
    this.#now = now
    this.#hasOneLender = hasOneLender
    this.#fault = fault
  }

  leave(owner: Owner): void {
    this.owners.delete(owner)
    if (this.#hasOneLender) this.#hint()
  }

  async append(owner: Owner, entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    const fates = await this.plain.append(entries)
    for (const [at, entry] of entries.entries()) {
      if (fates[at] === 'stored' || fates[at] === 'pending') this.#own(owner, entry)
    }
    this.#hint(owner)
    return fates
  }

  async claim(owner: Owner, max: number, leaseMs: number): Promise<readonly Claim[]> {
    if (!this.#lends(owner)) return []
    const claims = await this.plain.claim(max, this.#fault === 'lease' ? Infinity : leaseMs)
    for (const claim of claims) {
      if (!this.#ownersOf.get(keyOf(claim.entry))?.has(owner)) Object.assign(claim, { storedForMs: undefined })
      this.#last.set(claim.entry.customerId, claim)
      this.#lent.set(keyOf(claim.entry), { owner, endsAt: this.#now() + leaseMs })
    }
    return claims
  }

  async settle(owner: Owner, verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    const answers: boolean[] = []
    for (const [claim, verdict] of verdicts) {
      const held = this.#fault === 'token' ? (this.#last.get(claim.entry.customerId) ?? claim) : claim
      const [isRecorded = false] = await this.plain.settle([[held, verdict]])
      answers.push(isRecorded)
      if (isRecorded && verdict.kind === 'delivered') this.#ended(owner, { ...keyed(claim.entry), kind: 'delivered' })
      if (isRecorded && verdict.kind === 'dead') this.#ended(owner, { ...keyed(claim.entry), ...verdict })
    }
    return answers
  }

  /** Tells whether an owner may send an entry, but for what clocks may differ by in the time of a lease. */
  isLentTo(owner: Owner | undefined, entry: Key): boolean {
    const lent = this.#lent.get(keyOf(entry))
    return lent !== undefined && lent.owner === owner && this.#now() < lent.endsAt + clockErrorMs
  }

  async dueInMs(owner: Owner): Promise<number> {
    return this.#lends(owner) ? this.plain.dueInMs() : Infinity
  }

  dead(limit: number): Promise<readonly DeadLetter[]> {
    return this.plain.dead(limit)
  }

  async replay(owner: Owner, ids: readonly string[]): Promise<number> {
    for (const { id, entry } of this.plain.letters) if (ids.includes(id)) this.#own(owner, entry)
    const replayed = await this.plain.replay(ids)
    this.#hint(owner)
    return replayed
  }

  async remove(owner: Owner, entry: Key): Promise<boolean> {
    const isRemoved = await this.plain.remove(entry)
    if (isRemoved) this.#ended(owner, { ...keyed(entry), kind: 'forgotten' })
    return isRemoved
  }

  async forget(owner: Owner, customerId: string): Promise<{ pending: number; dead: number }> {
    const forgotten = this.plain.pending.filter(({ entry }) => entry.customerId === customerId)
    const counts = await this.plain.forget(customerId)
    for (const { entry } of forgotten) this.#ended(owner, { ...keyed(entry), kind: 'forgotten' })
    return counts
  }

  #lends(owner: Owner): boolean {
    const [first] = this.owners
    return !this.#hasOneLender || first === owner
  }

  #own(owner: Owner, entry: Key): void {
    const owners = this.#ownersOf.get(keyOf(entry)) ?? new Set()
    this.#ownersOf.set(keyOf(entry), owners.add(owner))
  }

  #ended(by: Owner, end: EntryEnd): void {
    const owners = this.#ownersOf.get(keyOf(end)) ?? []
    this.#ownersOf.delete(keyOf(end))
    if (this.#fault !== 'news') for (const owner of owners) if (owner !== by) owner.news.push(end)
    this.#hint(by)
  }

  #hint(by?: Owner): void {
    for (const owner of this.owners) if (owner !== by) owner.hint()
  }
}

function keyed({ customerId, id, environment }: Key): Key {
  return environment === undefined || environment === 'test' ? { customerId, id } : { customerId, id, environment }
}
