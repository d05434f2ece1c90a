import type { Claim } from './outbox.ts'

/** A place in the line of lanes. */
export interface Place {
  readonly due: number
  readonly turn: number
}

export interface Lease extends Claim, Place {
  /** The entry's number in the file. */
  readonly seq: number
  /** When the lease runs out. */
  until: number
}

const start: Place = { due: -1, turn: -1 }

/**
 * Which lanes are lent. Not stored: leases end with the process. What a transaction changes here is taken back with it.
 */
export class Leases {
  #lent = new Map<string, Lease>()
  #before: Map<string, Lease> | undefined
  #lentUpTo = start

  /** Every lane up to here is lent: looking for others begins behind it. */
  get lentUpTo(): Place {
    return this.#lentUpTo
  }

  /** When the first lease runs out. */
  get firstEnd(): number {
    let end = Infinity
    for (const { until } of this.#lent.values()) end = Math.min(end, until)
    return end
  }

  begin(): void {
    this.#before = undefined
  }

  rollback(): void {
    this.#lent = this.#before ?? this.#lent
    this.#before = undefined
    this.#lentUpTo = start
  }

  isLent(customerId: string): boolean {
    return this.#lent.has(customerId)
  }

  holds(claim: Claim): claim is Lease {
    return this.#lent.get(claim.entry.customerId) === claim
  }

  lend(lease: Lease): void {
    this.#change().set(lease.entry.customerId, lease)
  }

  /** Lends lanes that stood one behind the other, from the first on that was not lent. */
  lendInLine(leases: readonly Lease[]): void {
    for (const lease of leases) this.lend(lease)
    this.#lentUpTo = leases.at(-1) ?? this.#lentUpTo
  }

  /** The lane has moved to the end of the line, or is gone. */
  end(customerId: string): void {
    this.#change().delete(customerId)
  }

  /** The lane is free where it stood. */
  release(customerId: string): void {
    this.end(customerId)
    this.#lentUpTo = start
  }

  /** Until it is settled, however long that takes. */
  hold(claim: Claim): void {
    if (this.holds(claim)) claim.until = Infinity
  }

  releaseEnded(now: number): void {
    for (const [customerId, { until }] of this.#lent) if (until <= now) this.release(customerId)
  }

  #change(): Map<string, Lease> {
    this.#before ??= new Map(this.#lent)
    return this.#lent
  }
}
