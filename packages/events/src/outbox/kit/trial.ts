import type { OutboxEntry } from '../../event/event.ts'
import type { MaybePromise, Claim, DeadLetterInfo, AppendResult, LaneOrder, Outbox, Verdict } from '../outbox.ts'

/** A new, empty outbox for one case. */
export interface OutboxUnderTest {
  outbox: Outbox
  /** Lets time pass for the outbox. Default: it really passes. */
  pass?(ms: number): MaybePromise<void>
  /** Another outbox on what is stored by now, as after a crash: the first one was not closed. Needed where `durable`. */
  reopen?(): MaybePromise<Outbox>
  /** Another outbox on the same storage, of another owner, beside those that are open. Needed where `shared`. */
  another?(): MaybePromise<Outbox>
  /** Ends an owner as a crash does. Needed where `shared`. */
  kill?(outbox: Outbox): MaybePromise<void>
  /** Takes away what the case has left. It is called once, and may find the outbox open. */
  dispose?(): MaybePromise<void>
}

export type MakeOutbox = () => MaybePromise<OutboxUnderTest>

export type Case = (trial: Trial) => Promise<void>

/** One case in words: entries are named `customer:event`. */
export class Trial {
  outbox: Outbox
  readonly #subject: OutboxUnderTest

  constructor(subject: OutboxUnderTest) {
    this.#subject = subject
    this.outbox = subject.outbox
  }

  async append(...names: string[]): Promise<readonly AppendResult[]> {
    return this.outbox.append(names.map((name) => entryOf(name)))
  }

  async claim(max = 100, first: LaneOrder = 'oldest', leaseMs = 60_000): Promise<readonly Claim[]> {
    return this.outbox.claim(max, leaseMs, first)
  }

  /** The only claim that there is. */
  async claimOne(): Promise<Claim> {
    const [claim, another] = await this.claim(2)
    if (claim === undefined || another !== undefined) throw new Error(`expected one claim, not ${another ? 2 : 0}`)
    return claim
  }

  async settle(claim: Claim | undefined, verdict: Verdict): Promise<boolean | undefined> {
    if (claim === undefined) throw new Error('expected a claim to settle')
    return (await this.outbox.settle([[claim, verdict]]))[0]
  }

  delivered(claim: Claim | undefined): Promise<boolean | undefined> {
    return this.settle(claim, { kind: 'delivered' })
  }

  retry(claim: Claim | undefined, afterMs: number): Promise<boolean | undefined> {
    return this.settle(claim, { kind: 'retry', afterMs })
  }

  dead(claim: Claim | undefined, death: Partial<DeadLetterInfo> = {}): Promise<boolean | undefined> {
    return this.settle(claim, { kind: 'dead', reason: 'refused', attempts: 1, ...death })
  }

  /** Delivers what is due, one at a time, and tells in which order. */
  async drain(): Promise<string[]> {
    const order: string[] = []
    for (let [next] = await this.claim(1); next !== undefined; [next] = await this.claim(1)) {
      order.push(next.entry.id)
      await this.delivered(next)
    }
    return order
  }

  async pass(ms: number): Promise<void> {
    if (this.#subject.pass) await this.#subject.pass(ms)
    else await new Promise<void>((passed) => setTimeout(passed, ms))
  }

  async reopen(): Promise<void> {
    if (!this.#subject.reopen) throw new Error('a durable outbox needs reopen() in its Subject')
    this.outbox = await this.#subject.reopen()
  }
}

export function entryOf(name: string, more: Partial<OutboxEntry> = {}): OutboxEntry {
  const customerId = name.slice(0, name.indexOf(':'))
  const body = JSON.stringify({ customer_id: customerId, event: name })
  return { id: name, customerId, operation: 'trackEvent', body, acceptedAt: 1_000_000, ...more }
}

export function idsOf(claims: readonly Claim[]): string[] {
  return claims.map(({ entry }) => entry.id)
}

/** Compares what JSON can tell apart. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [came, wanted] = [JSON.stringify(actual, inOrder), JSON.stringify(expected, inOrder)]
  if (came !== wanted) throw new Error(`${what}: expected ${wanted}, not ${came}`)
}

/** Members in the order of their names; an infinite number as its name, which JSON would make null. */
function inOrder(_key: string, value: unknown): unknown {
  if (value === Infinity) return 'Infinity'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
