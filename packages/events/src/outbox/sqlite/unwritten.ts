/** Facts of the lanes that only this process knows: which are lent, and the ends of attempts that could not be written yet. */
import type { Claim, Verdict } from '../outbox.ts'
import { type DeliveredId, deliveredIdOf } from './delivered-ids.ts'

/** Beyond so many lanes and ends nothing more is lent until some of them are written. */
const most = 10_000

export interface Lease extends Claim {
  /** The entry's number in the file. */
  readonly seq: number
  /** The state of the head of its lane. */
  readonly head: Head
  /** The moment when the lease runs out. */
  readonly until: number
}

/** The attempts and refusals of the head of a lane. */
export interface Head {
  readonly attempts: number
  readonly refusals: number
  /** The moment when it was refused for the first time, and for the last; 0 where it was not. */
  readonly refusedFirst: number
  readonly refusedLast: number
}

/**
 * The lanes that are lent. Not stored: leases end with the process. What a transaction changes here is taken back with it.
 */
export class Leases {
  readonly #lent = new Map<string, Lease>()
  /** Leases that a transaction has changed, with what was there before. */
  readonly #changes: [customerId: string, before: Lease | undefined][] = []

  /** The number of lanes that are lent, or were and have not been lent again since. */
  get size(): number {
    return this.#lent.size
  }

  /** The moment when the first lease runs out that has not. */
  nextEnd(now: number): number {
    let end = Infinity
    for (const { until } of this.#lent.values()) if (until > now) end = Math.min(end, until)
    return end
  }

  begin(): void {
    this.#changes.length = 0
  }

  rollback(): void {
    for (const [customerId, before] of this.#changes.toReversed()) {
      if (before === undefined) this.#lent.delete(customerId)
      else this.#lent.set(customerId, before)
    }
    this.#changes.length = 0
  }

  isLent(customerId: string, now: number): boolean {
    const lease = this.#lent.get(customerId)
    return lease !== undefined && lease.until > now
  }

  /** Tells whether a claim is the newest one of its lane: one that ran out still counts where nobody came after it. */
  holds(claim: Claim): claim is Lease {
    return this.#lent.get(claim.entry.customerId) === claim
  }

  lend(lease: Lease): void {
    const { customerId } = lease.entry
    this.#changes.push([customerId, this.#lent.get(customerId)])
    this.#lent.set(customerId, lease)
  }

  end(customerId: string): void {
    const lease = this.#lent.get(customerId)
    if (lease === undefined) return
    this.#changes.push([customerId, lease])
    this.#lent.delete(customerId)
  }
}

/** The end of an entry that has left its lane. */
export interface End {
  readonly seq: number
  /** The id that is to be remembered, if any. */
  readonly deliveredId: DeliveredId | undefined
  readonly verdict: Extract<Verdict, { kind: 'delivered' | 'dead' }>
  readonly at: number
}

/** The state of a lane that the file still shows as it was. */
export interface UnwrittenLane {
  /** The entries that have left, in their order. */
  readonly ends: End[]
  /** The state of the entry behind them. */
  head: Head
  due: number
  wait: number
  /** Nothing was found behind the ends. */
  isEmpty: boolean
}

const freshHead: Head = { attempts: 0, refusals: 0, refusedFirst: 0, refusedLast: 0 }

/**
 * The lanes that are ahead of the file, because the ends of attempts could not be written: its disk is full, or another
 * program holds it. They go on from memory. Should the process die before they are written, these entries are sent once
 * more, in order.
 */
export class UnwrittenLanes {
  readonly #lanes = new Map<string, UnwrittenLane>()
  #ends = 0
  #dead = 0
  /** Lanes that a transaction has taken out. */
  #taken: [customerId: string, lane: UnwrittenLane][] = []

  get isEmpty(): boolean {
    return this.#lanes.size === 0
  }

  /** The number of lanes that are ahead. */
  get size(): number {
    return this.#lanes.size
  }

  get isFull(): boolean {
    return this.#lanes.size + this.#ends >= most
  }

  /** The number of entries that have left. */
  get ends(): number {
    return this.#ends
  }

  /** The number of them that are dead letters. */
  get dead(): number {
    return this.#dead
  }

  begin(): void {
    if (this.#taken.length > 0) this.#taken = []
  }

  rollback(): void {
    for (const [customerId, lane] of this.#taken) {
      this.#lanes.set(customerId, lane)
      this.#count(lane, 1)
    }
    this.#taken = []
  }

  has(customerId: string): boolean {
    // Almost always there are none, and to look for a text costs more than to know that.
    return !this.isEmpty && this.#lanes.has(customerId)
  }

  get(customerId: string): UnwrittenLane | undefined {
    return this.#lanes.get(customerId)
  }

  /** The lanes, the one that waits longest first. */
  [Symbol.iterator](): IterableIterator<[string, UnwrittenLane]> {
    return this.#lanes.entries()
  }

  /** The head of a lane is to be tried again. */
  retry(customerId: string, head: Head, due: number, wait: number): void {
    this.#putLast(customerId, { head, due, wait })
  }

  /** The head of a lane has left. */
  end({ entry, seq }: Lease, verdict: End['verdict'], at: number): void {
    const { ends } = this.#putLast(entry.customerId, { head: freshHead, due: at, wait: 0 })
    const isRemembered = verdict.kind === 'delivered' && !entry.hasMintedId
    // Without the body, of which there may be many.
    ends.push({ seq, deliveredId: isRemembered ? deliveredIdOf(entry) : undefined, verdict, at })
    this.#ends++
    if (verdict.kind === 'dead') this.#dead++
  }

  /** A lane is written. */
  delete(customerId: string): UnwrittenLane | undefined {
    const lane = this.#lanes.get(customerId)
    if (lane === undefined) return undefined
    this.#lanes.delete(customerId)
    this.#count(lane, -1)
    return lane
  }

  /** Takes a lane out, as a part of a transaction. */
  take(customerId: string): UnwrittenLane | undefined {
    const lane = this.delete(customerId)
    if (lane) this.#taken.push([customerId, lane])
    return lane
  }

  #putLast(customerId: string, state: Pick<UnwrittenLane, 'head' | 'due' | 'wait'>): UnwrittenLane {
    const lane = { ends: this.#lanes.get(customerId)?.ends ?? [], ...state, isEmpty: false }
    this.#lanes.delete(customerId)
    this.#lanes.set(customerId, lane)
    return lane
  }

  #count({ ends }: UnwrittenLane, by: 1 | -1): void {
    this.#ends += by * ends.length
    this.#dead += by * ends.filter(({ verdict }) => verdict.kind === 'dead').length
  }
}
