import type { Claim } from './outbox.ts'

export interface Lease extends Claim {
  /** The entry's number in the file. */
  readonly seq: number
  /** When the lease runs out. */
  until: number
}

/**
 * Which lanes are lent. Not stored: leases end with the process. What a transaction changes here is taken back with it.
 */
export class Leases {
  readonly #lent = new Map<string, Lease>()
  /** What a transaction has changed, with what was there before. */
  readonly #changes: [customerId: string, before: Lease | undefined][] = []

  /** How many lanes may be lent, at most. */
  get size(): number {
    return this.#lent.size
  }

  /** When the first lease runs out. */
  get firstEnd(): number {
    let end = Infinity
    for (const { until } of this.#lent.values()) end = Math.min(end, until)
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

  isLent(customerId: string): boolean {
    return this.#lent.has(customerId)
  }

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

  /** Until it is settled, however long that takes. */
  hold(claim: Claim): void {
    if (this.holds(claim)) claim.until = Infinity
  }

  releaseEnded(now: number): void {
    for (const [customerId, { until }] of this.#lent) if (until <= now) this.end(customerId)
  }
}
