import type { OutboxEntry } from '../../../src/event/event.ts'
import type { Claim, DeadLetter, AppendResult, Outbox, Verdict } from '../../../src/outbox/outbox.ts'

interface Kept {
  readonly entry: OutboxEntry
  attempts: number
  dueAt: number
  /** The claim that has it, and the end of its lease. */
  lease: { readonly endsAt: number } | undefined
  /** Time at which it was stored here; undefined for what an earlier process left. */
  readonly storedAt: number | undefined
}

interface PlainClaim extends Claim {
  readonly kept: Kept
  readonly lease: Kept['lease']
}

type Method = Exclude<keyof Outbox, 'durable' | 'waiting' | 'watch'>

/** A durable outbox such as somebody may write against the interface, as plain as can be. It answers later, as a disk does. */
export class PlainOutbox implements Outbox {
  readonly durable = true
  readonly pending: Kept[] = []
  readonly letters: DeadLetter[] = []
  /** The data of what was delivered, by its key. */
  readonly #done = new Map<string, OutboxEntry>()
  readonly #now: () => number
  #letterCount = 0

  constructor(now: () => number) {
    this.#now = now
  }

  async append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    return entries.map((entry) => {
      const done = this.#done.get(keyOf(entry))
      if (done) return isSame(done, entry) ? 'done' : 'taken'
      const there = this.pending.find((kept) => keyOf(kept.entry) === keyOf(entry))?.entry
      if (there) return isSame(there, entry) ? 'pending' : 'taken'
      this.#add(entry, this.#now())
      return 'stored'
    })
  }

  /** Holds what an earlier process has left. */
  keep(entry: OutboxEntry): void {
    this.#add(entry, undefined)
  }

  async claim(max: number, leaseMs: number): Promise<readonly Claim[]> {
    const now = this.#now()
    const due = this.#heads().filter((kept) => this.#dueAt(kept) <= now)
    return due.slice(0, max).map((kept): PlainClaim => {
      const lease = { endsAt: now + leaseMs }
      kept.lease = lease
      const storedForMs = kept.storedAt === undefined ? undefined : now - kept.storedAt
      return { entry: kept.entry, attempts: kept.attempts, storedForMs, kept, lease }
    })
  }

  async settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return verdicts.map(([claim, verdict]) => this.#settle(claim as PlainClaim, verdict))
  }

  async dueInMs(): Promise<number> {
    const now = this.#now()
    return Math.max(0, Math.min(...this.#heads().map((kept) => this.#dueAt(kept) - now), Infinity))
  }

  async dead(limit: number): Promise<readonly DeadLetter[]> {
    return this.letters.slice(0, limit)
  }

  async replay(ids: readonly string[]): Promise<number> {
    const revived = this.letters.filter(({ id }) => ids.includes(id))
    for (const letter of revived) {
      this.letters.splice(this.letters.indexOf(letter), 1)
      this.#add(letter.entry, this.#now())
    }
    return revived.length
  }

  async remove(entry: Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>): Promise<boolean> {
    const kept = this.pending.find((each) => keyOf(each.entry) === keyOf(entry) && each.lease === undefined)
    if (kept) this.#takeOut(kept)
    return kept !== undefined
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const pending = this.pending.filter(({ entry }) => entry.customerId === customerId)
    const letters = this.letters.filter(({ entry }) => entry.customerId === customerId)
    for (const kept of pending) this.#takeOut(kept)
    for (const letter of letters) this.letters.splice(this.letters.indexOf(letter), 1)
    for (const key of this.#done.keys()) if (key.startsWith(`${customerId}\n`)) this.#done.delete(key)
    return { pending: pending.length, dead: letters.length }
  }

  async counts(): Promise<{ pending: number; dead: number }> {
    return { pending: this.pending.length, dead: this.letters.length }
  }

  async close(): Promise<void> {}

  /** Copies: the tracker's own object would not survive a process. */
  #add(
    { id, customerId, operation, body, acceptedAt, environment = 'test' }: OutboxEntry,
    storedAt: number | undefined,
  ): void {
    const entry = { id, customerId, operation, body, acceptedAt, environment }
    this.pending.push({ entry, attempts: 0, dueAt: this.#now(), lease: undefined, storedAt })
  }

  /** The oldest of each customer. */
  #heads(): Kept[] {
    return this.pending.filter(
      (kept) => this.pending.find(({ entry }) => entry.customerId === kept.entry.customerId) === kept,
    )
  }

  /** The time at which an entry is due: if it is lent, the end of its lease. */
  #dueAt({ dueAt, lease }: Kept): number {
    return lease?.endsAt ?? dueAt
  }

  #settle({ kept, lease }: PlainClaim, verdict: Verdict): boolean {
    if (kept.lease !== lease || !this.pending.includes(kept)) return false
    kept.lease = undefined
    if (verdict.kind === 'release') return true
    if (verdict.kind === 'retry') {
      kept.attempts++
      kept.dueAt = this.#now() + verdict.afterMs
      return true
    }
    this.#takeOut(kept)
    if (verdict.kind === 'delivered') this.#done.set(keyOf(kept.entry), kept.entry)
    else {
      const { reason, attempts, status, detail } = verdict
      const id = String(++this.#letterCount)
      this.letters.push({ id, entry: kept.entry, diedAt: this.#now(), reason, attempts, status, detail })
    }
    return true
  }

  #takeOut(kept: Kept): void {
    this.pending.splice(this.pending.indexOf(kept), 1)
  }
}

/** Makes a method of an outbox answer in another way; `usual` calls the one that it had. */
export function answering(
  outbox: Outbox,
  method: Method,
  answer: (usual: () => unknown, ...given: unknown[]) => unknown,
): void {
  const before = outbox[method].bind(outbox) as (...given: unknown[]) => unknown
  Object.assign(outbox, { [method]: (...given: unknown[]) => answer(() => before(...given), ...given) })
}

function isSame(one: OutboxEntry, other: OutboxEntry): boolean {
  return one.operation === other.operation && one.body === other.body
}

function keyOf({
  customerId,
  id,
  environment = 'test',
}: Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>): string {
  return `${customerId}\n${environment}\n${id}`
}
