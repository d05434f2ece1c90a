import type { AppendResult, Claim, EntryEnd, Outbox, Verdict } from '../outbox.ts'
import { entryOf, type OutboxUnderTest } from './trial.ts'

export type SharedCase = (lender: Owner, other: Owner, owners: Owners) => Promise<void>

/** The most looks at what takes a moment between two owners, and the pause between them. */
const mostLooks = 500
const lookMs = 20

/** One owner of a shared outbox, and what it has heard of the others. */
export class Owner {
  readonly outbox: Outbox
  readonly ends: EntryEnd[] = []

  constructor(outbox: Outbox) {
    this.outbox = outbox
    if (outbox.watch === undefined) throw new Error('a shared outbox needs watch()')
    outbox.watch({ due: () => undefined, ended: (ends) => void this.ends.push(...ends) })
  }

  async append(...names: string[]): Promise<readonly AppendResult[]> {
    return this.outbox.append(names.map((name) => entryOf(name)))
  }

  async claim(max = 100, leaseMs = 60_000): Promise<readonly Claim[]> {
    return this.outbox.claim(max, leaseMs, 'oldest')
  }

  async settle(claim: Claim | undefined, verdict: Verdict): Promise<boolean | undefined> {
    if (claim === undefined) throw new Error('expected a claim to settle')
    return (await this.outbox.settle([[claim, verdict]]))[0]
  }

  delivered(claim: Claim | undefined): Promise<boolean | undefined> {
    return this.settle(claim, { kind: 'delivered' })
  }
}

/** Two owners of one storage. Which of them lends is theirs to decide: one alone, or both. */
export class Owners {
  readonly #subject: OutboxUnderTest
  readonly all: Owner[]

  private constructor(subject: OutboxUnderTest, all: Owner[]) {
    this.#subject = subject
    this.all = all
  }

  /** Runs a case with two owners, of which `lender` is one that lends what `other` appends. */
  static async run(subject: OutboxUnderTest, use: SharedCase): Promise<void> {
    if (!subject.another) throw new Error('a shared outbox needs another() in its Subject')
    const first = new Owner(subject.outbox)
    await first.append('probe:1')
    const second = new Owner(await subject.another())
    const owners = new Owners(subject, [first, second])
    const { owner: lender, claims } = await owners.lend()
    await lender.delivered(claims[0])
    await use(lender, lender === first ? second : first, owners)
  }

  /** Waits for one that lends something. */
  lend(max = 100, leaseMs = 60_000): Promise<{ owner: Owner; claims: readonly Claim[] }> {
    return this.until('a claim', async () => {
      for (const owner of this.all) {
        const claims = await owner.claim(max, leaseMs)
        if (claims.length > 0) return { owner, claims }
      }
      return undefined
    })
  }

  /** Delivers so many, one at a time, and tells in which order. */
  async drain(count: number): Promise<string[]> {
    const order: string[] = []
    while (order.length < count) {
      const { owner, claims } = await this.lend(1)
      for (const claim of claims) if (await owner.delivered(claim)) order.push(claim.entry.id)
    }
    return order
  }

  /** Waits until something is there. */
  async until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (let looks = 0; looks < mostLooks; looks++) {
      const found = await look()
      if (found !== undefined) return found
      await this.pass(lookMs)
    }
    throw new Error(`expected ${what}, which did not come within ${mostLooks * lookMs} ms`)
  }

  async pass(ms: number): Promise<void> {
    if (this.#subject.pass) await this.#subject.pass(ms)
    else await new Promise<void>((passed) => setTimeout(passed, ms))
  }

  /** Ends an owner as a crash does. */
  async kill(owner: Owner): Promise<void> {
    if (!this.#subject.kill) throw new Error('a shared outbox needs kill() in its Subject')
    this.all.splice(this.all.indexOf(owner), 1)
    await this.#subject.kill(owner.outbox)
  }
}
