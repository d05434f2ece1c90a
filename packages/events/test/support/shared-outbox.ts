import type { Key } from '../../src/event/event.ts'
import type { Claim, EntryEnd, Outbox, OutboxNews, Verdict } from '../../src/outbox/outbox.ts'
import { type Owner, Storage } from './shared-storage.ts'

/** A storage that several owners share, in memory. What one has done the others are told in a later turn. */
export class SharedStorage extends Storage {
  constructor(now: () => number = Date.now, hasOneLender = false) {
    super(now, hasOneLender)
  }

  open(): SharedOutbox {
    const outbox = new SharedOutbox(this)
    this.owners.add(outbox)
    return outbox
  }
}

/** One owner of a shared storage. */
export class SharedOutbox implements Outbox, Owner {
  readonly durable = true
  readonly news: EntryEnd[] = []
  readonly storage: SharedStorage
  #listener: OutboxNews | undefined

  constructor(storage: SharedStorage) {
    this.storage = storage
  }

  watch(listener: OutboxNews): void {
    this.#listener = listener
  }

  hint(): void {
    setImmediate(() => {
      const ends = this.news.splice(0)
      if (ends.length > 0) this.#listener?.ended(ends)
      this.#listener?.due()
    })
  }

  append(entries: Parameters<Outbox['append']>[0]) {
    return this.#alive((storage) => storage.append(this, entries))
  }

  claim(max: number, leaseMs: number): Promise<readonly Claim[]> {
    return this.#alive((storage) => storage.claim(this, max, leaseMs))
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return this.#alive((storage) => storage.settle(this, verdicts))
  }

  dueInMs(): Promise<number> {
    return this.#alive((storage) => storage.dueInMs(this))
  }

  dead(limit: number) {
    return this.#alive((storage) => storage.dead(limit))
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#alive((storage) => storage.replay(this, ids))
  }

  remove(entry: Key): Promise<boolean> {
    return this.#alive((storage) => storage.remove(this, entry))
  }

  forget(customerId: string): Promise<{ pending: number; dead: number }> {
    return this.#alive((storage) => storage.forget(this, customerId))
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#alive((storage) => storage.plain.counts())
  }

  async close(): Promise<void> {
    this.die()
  }

  /** It is gone, and what it has lent is as it was. */
  die(): void {
    this.storage.owners.delete(this)
    this.#listener = undefined
  }

  /** Asks the storage, for an owner that is alive. */
  async #alive<T>(ask: (storage: SharedStorage) => Promise<T>): Promise<T> {
    return this.storage.owners.has(this) ? ask(this.storage) : new Promise<never>(() => undefined)
  }
}
