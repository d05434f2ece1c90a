import { keyOf, type Key } from '../../src/event/event.ts'
import type { AppendResult, Claim, DeadLetter, EntryEnd, Outbox, OutboxNews, Verdict } from '../../src/outbox/outbox.ts'
import { PlainOutbox } from '../promise/support/plain-outbox.ts'

/** A storage that several owners share, in memory. What one has done the others are told in a later turn. */
export class SharedStorage {
  readonly plain: PlainOutbox
  readonly owners = new Set<SharedOutbox>()
  /** Only the first of them lends, as the tab does that has the lock. */
  readonly hasOneLender: boolean

  constructor(now: () => number = Date.now, hasOneLender = false) {
    this.plain = new PlainOutbox(now)
    this.hasOneLender = hasOneLender
  }

  open(): SharedOutbox {
    const outbox = new SharedOutbox(this)
    this.owners.add(outbox)
    return outbox
  }
}

/** One owner of a shared storage. */
export class SharedOutbox implements Outbox {
  readonly durable = true
  readonly storage: SharedStorage
  readonly #own = new Map<string, Key>()
  #news: OutboxNews | undefined

  constructor(storage: SharedStorage) {
    this.storage = storage
  }

  watch(news: OutboxNews): void {
    this.#news = news
  }

  async append(entries: Parameters<Outbox['append']>[0]): Promise<readonly AppendResult[]> {
    const fates = await (await this.#plain()).append(entries)
    for (const [at, entry] of entries.entries()) {
      if (fates[at] === 'stored' || fates[at] === 'pending') this.#own.set(keyOf(entry), entry)
    }
    this.#tell((other) => other.#news?.due())
    return fates
  }

  async claim(max: number, leaseMs: number): Promise<readonly Claim[]> {
    const [first] = this.storage.owners
    if (this.storage.hasOneLender && first !== this) return []
    const claims = await (await this.#plain()).claim(max, leaseMs)
    for (const claim of claims) if (!this.#own.has(keyOf(claim.entry))) Object.assign(claim, { storedForMs: undefined })
    return claims
  }

  async settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    const answers = await (await this.#plain()).settle(verdicts)
    for (const [at, [{ entry }, verdict]] of verdicts.entries()) {
      if (answers[at] && verdict.kind === 'delivered') this.#ended({ ...keyed(entry), kind: 'delivered' })
      if (answers[at] && verdict.kind === 'dead') this.#ended({ ...keyed(entry), ...verdict })
    }
    return answers
  }

  async dueInMs(): Promise<number> {
    const plain = await this.#plain()
    const [first] = this.storage.owners
    return this.storage.hasOneLender && first !== this ? Infinity : plain.dueInMs()
  }

  async dead(limit: number): Promise<readonly DeadLetter[]> {
    return (await this.#plain()).dead(limit)
  }

  async replay(ids: readonly string[]): Promise<number> {
    const letters = (await this.#plain()).letters.filter(({ id }) => ids.includes(id))
    for (const { entry } of letters) this.#own.set(keyOf(entry), entry)
    const replayed = await (await this.#plain()).replay(ids)
    this.#tell((other) => other.#news?.due())
    return replayed
  }

  async remove(entry: Key): Promise<boolean> {
    const isRemoved = await (await this.#plain()).remove(entry)
    if (isRemoved) this.#own.delete(keyOf(entry))
    return isRemoved
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const forgotten = (await this.#plain()).pending.filter(({ entry }) => entry.customerId === customerId)
    const counts = await (await this.#plain()).forget(customerId)
    for (const { entry } of forgotten) this.#ended({ ...keyed(entry), kind: 'forgotten' })
    return counts
  }

  async counts(): Promise<{ pending: number; dead: number }> {
    return (await this.#plain()).counts()
  }

  async close(): Promise<void> {
    this.die()
  }

  /** It is gone, and what it has lent is as it was. */
  die(): void {
    this.storage.owners.delete(this)
    this.#news = undefined
  }

  /** The storage, for an owner that is alive. */
  async #plain(): Promise<PlainOutbox> {
    return this.storage.owners.has(this) ? this.storage.plain : new Promise<never>(() => undefined)
  }

  /** This owner has ended an entry. */
  #ended(end: EntryEnd): void {
    this.#own.delete(keyOf(end))
    const told = [...this.storage.owners].filter((other) => other.#own.delete(keyOf(end)))
    for (const other of told) setImmediate(() => other.#news?.ended([end]))
  }

  #tell(what: (other: SharedOutbox) => void): void {
    for (const other of this.storage.owners) if (other !== this) setImmediate(() => what(other))
  }
}

function keyed({ customerId, id, environment }: Key): Key {
  return environment === undefined || environment === 'test' ? { customerId, id } : { customerId, id, environment }
}
