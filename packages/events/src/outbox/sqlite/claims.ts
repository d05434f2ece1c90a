import type { Claim } from '../outbox.ts'

export interface Lease extends Claim {
  /** The entry's number in the file. */
  readonly seq: number
  /** The state of the head of its lane. */
  readonly head: Head
  /** When the lease runs out. */
  readonly until: number
}

/** The attempts and refusals of the head of a lane. */
export interface Head {
  readonly attempts: number
  readonly refusals: number
  /** When it was refused for the first time, and for the last; 0 where it was not. */
  readonly refusedFirst: number
  readonly refusedLast: number
}

/**
 * Which lanes are lent. Not stored: leases end with the process. What a transaction changes here is taken back with it.
 */
export class Leases {
  readonly #lent = new Map<string, Lease>()
  /** Leases that a transaction has changed, with what was there before. */
  readonly #changes: [customerId: string, before: Lease | undefined][] = []

  /** The number of lanes that are lent, or were and have not been lent again since. */
  get size(): number {
    return this.#lent.size
  }

  /** When the first lease runs out that has not. */
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
