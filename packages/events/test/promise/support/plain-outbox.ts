import type { Entry } from '../../../src/event.ts'
import type { Claim, DeadLetter, Fate, Outbox, Verdict } from '../../../src/outbox.ts'

interface Kept {
  readonly entry: Entry
  attempts: number
  dueAt: number
  isLent: boolean
  /** When it was stored here. */
  readonly storedAt: number
}

interface PlainClaim extends Claim {
  readonly kept: Kept
}

type Method = Exclude<keyof Outbox, 'durable'>

/** A durable outbox such as somebody may write against the interface, as plain as can be. It answers later, as a disk does. */
export class PlainOutbox implements Outbox {
  readonly durable = true
  readonly pending: Kept[] = []
  readonly letters: DeadLetter[] = []
  readonly #done = new Set<string>()
  readonly #now: () => number
  #letterCount = 0

  constructor(now: () => number) {
    this.#now = now
  }

  async append(entries: readonly Entry[]): Promise<readonly Fate[]> {
    return entries.map((entry) => {
      if (this.#done.has(keyOf(entry))) return 'done'
      if (this.pending.some((kept) => keyOf(kept.entry) === keyOf(entry))) return 'pending'
      this.keep(entry)
      return 'stored'
    })
  }

  /** Copies: the tracker's own object would not survive a process. */
  keep({ id, customerId, operation, body, acceptedAt, environment = 'test' }: Entry): void {
    const entry = { id, customerId, operation, body, acceptedAt, environment }
    const now = this.#now()
    this.pending.push({ entry, attempts: 0, dueAt: now, isLent: false, storedAt: now })
  }

  async claim(max: number): Promise<readonly Claim[]> {
    const now = this.#now()
    const claims: PlainClaim[] = this.#heads()
      .filter(({ dueAt, isLent }) => !isLent && dueAt <= now)
      .slice(0, max)
      .map((kept) => ({ entry: kept.entry, attempts: kept.attempts, storedForMs: now - kept.storedAt, kept }))
    for (const { kept } of claims) kept.isLent = true
    return claims
  }

  async settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return verdicts.map(([claim, verdict]) => this.#settle((claim as PlainClaim).kept, verdict))
  }

  async dueInMs(): Promise<number> {
    const now = this.#now()
    const waiting = this.#heads().filter(({ isLent }) => !isLent)
    return Math.max(0, Math.min(...waiting.map(({ dueAt }) => dueAt - now), Infinity))
  }

  async dead(limit: number): Promise<readonly DeadLetter[]> {
    return this.letters.slice(0, limit)
  }

  async replay(ids: readonly string[]): Promise<number> {
    const revived = this.letters.filter(({ id }) => ids.includes(id))
    for (const letter of revived) {
      this.letters.splice(this.letters.indexOf(letter), 1)
      this.keep(letter.entry)
    }
    return revived.length
  }

  async remove(entry: Pick<Entry, 'customerId' | 'id' | 'environment'>): Promise<boolean> {
    const kept = this.pending.find((each) => keyOf(each.entry) === keyOf(entry) && !each.isLent)
    if (kept) this.#takeOut(kept)
    return kept !== undefined
  }

  async forget(customerId: string): Promise<number> {
    const pending = this.pending.filter(({ entry }) => entry.customerId === customerId)
    const letters = this.letters.filter(({ entry }) => entry.customerId === customerId)
    for (const kept of pending) this.#takeOut(kept)
    for (const letter of letters) this.letters.splice(this.letters.indexOf(letter), 1)
    for (const key of this.#done) if (key.startsWith(`${customerId}\n`)) this.#done.delete(key)
    return pending.length + letters.length
  }

  async counts(): Promise<{ pending: number; dead: number }> {
    return { pending: this.pending.length, dead: this.letters.length }
  }

  async close(): Promise<void> {}

  /** The oldest of each customer. */
  #heads(): Kept[] {
    return this.pending.filter(
      (kept) => this.pending.find(({ entry }) => entry.customerId === kept.entry.customerId) === kept,
    )
  }

  #settle(kept: Kept, verdict: Verdict): boolean {
    if (!kept.isLent || !this.pending.includes(kept)) return false
    kept.isLent = false
    if (verdict.kind === 'release') return true
    if (verdict.kind === 'retry') {
      kept.attempts++
      kept.dueAt = this.#now() + verdict.afterMs
      return true
    }
    this.#takeOut(kept)
    if (verdict.kind === 'delivered') this.#done.add(keyOf(kept.entry))
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

/** Makes a method of an outbox answer in another way; `usual` is the one that it had. */
export function answering<M extends Method>(
  outbox: Outbox,
  method: M,
  answer: (usual: () => ReturnType<Outbox[M]>, ...given: Parameters<Outbox[M]>) => unknown,
): void {
  const usual = outbox[method].bind(outbox) as (...given: unknown[]) => ReturnType<Outbox[M]>
  Object.assign(outbox, {
    [method]: (...given: Parameters<Outbox[M]>) => answer(() => usual(...given), ...given),
  })
}

function keyOf({ customerId, id, environment = 'test' }: Pick<Entry, 'customerId' | 'id' | 'environment'>): string {
  return `${customerId}\n${environment}\n${id}`
}
