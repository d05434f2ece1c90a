import type { EventTracker } from '@obsidianlaunch/events'

/** An event that was tracked on one of several machines. Moments are numbered in the order in which they come. */
export interface Tracked {
  readonly customer: string
  readonly event: string
  readonly tracker: EventTracker
  readonly calledAt: number
  storedAt: number
  arrivals: number
  /** Arrivals that the API has answered with success. */
  taken: number
  outcome?: string
}

/** All that was tracked, with what of it was said to be stored, and what has arrived. */
export class Ledger {
  /** First arrivals that came too late. */
  readonly reordered: string[] = []
  readonly all = new Map<string, Tracked>()
  readonly #arrived = new Map<string, Tracked[]>()
  #moments = 0

  moment(): number {
    return ++this.#moments
  }

  add(tracked: Tracked): void {
    this.all.set(tracked.event, tracked)
  }

  arrived(event: string, isTaken: boolean): void {
    const tracked = this.all.get(event)
    if (tracked === undefined) throw new Error(`Nobody has tracked ${event}`)
    if (isTaken) tracked.taken++
    if (++tracked.arrivals > 1) return
    const before = this.#arrived.get(tracked.customer) ?? []
    this.#arrived.set(tracked.customer, before)
    const early = before.find((other) => isBehind(tracked, other))
    if (early !== undefined) this.reordered.push(`${event} of ${tracked.customer} after ${early.event}`)
    before.push(tracked)
  }

  /** Events that were said to be stored, and have not arrived. */
  get lost(): string[] {
    return [...this.all.values()]
      .filter(({ storedAt, taken }) => storedAt < Infinity && taken === 0)
      .map(({ event }) => event)
  }

  /** Events that were said to be delivered, and have not arrived. */
  get untrue(): string[] {
    return [...this.all.values()]
      .filter(({ outcome, taken }) => outcome === 'delivered' && taken === 0)
      .map(({ event }) => event)
  }
}

/** Tells whether `later` may come only after `tracked`: called on the same machine, or once that was said to be stored. */
function isBehind(tracked: Tracked, later: Tracked): boolean {
  if (later.calledAt < tracked.calledAt) return false
  return later.tracker === tracked.tracker || tracked.storedAt < later.calledAt
}
