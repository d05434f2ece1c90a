import type { Outbox } from '@obsidianlaunch/events'
import type { Claim, LaneOrder, OutboxEntry, OutboxNews, Verdict } from '@obsidianlaunch/events/outbox-kit'
import type { Pace } from './pace.ts'

type Key = Pick<OutboxEntry, 'customerId' | 'id' | 'environment'>

/**
 * Stands before the outbox of a tracker, and lends as much as the rate allows; once it is shut, nothing. What waits there waits
 * for no budget: the tracker has not begun with it.
 */
export class Valve implements Outbox {
  readonly durable: boolean
  watch?: (news: OutboxNews) => void
  waiting?: NonNullable<Outbox['waiting']>
  readonly #outbox: Outbox
  readonly #pace: Pace | undefined
  readonly #now: () => number
  #isShut = false
  #inFlight = 0
  #onIdle: (() => void) | undefined

  constructor(outbox: Outbox, pace: Pace | undefined, now: () => number) {
    this.durable = outbox.durable
    this.#outbox = outbox
    this.#pace = pace
    this.#now = now
    if (outbox.watch !== undefined) this.watch = (news) => outbox.watch?.(news)
    if (outbox.waiting !== undefined) this.waiting = (limit) => outbox.waiting?.(limit) ?? []
  }

  /** Lends nothing more. Resolves once nothing is in flight any more. */
  async shut(): Promise<void> {
    this.#isShut = true
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  async claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    const most = this.#isShut ? 0 : (this.#pace?.free(max, this.#now()) ?? max)
    if (most === 0) return []
    this.#inFlight += most
    let lent = 0
    try {
      const claims = await this.#outbox.claim(most, leaseMs, first)
      lent = claims.length
      this.#pace?.start(lent, this.#now())
      return claims
    } finally {
      this.#gaveBack(most - lent)
    }
  }

  async settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    try {
      return await this.#outbox.settle(verdicts)
    } finally {
      this.#gaveBack(verdicts.length)
    }
  }

  async dueInMs(): Promise<number> {
    if (this.#isShut) return Infinity
    const dueInMs = await this.#outbox.dueInMs()
    return Math.max(dueInMs, this.#pace?.waitMs(this.#now()) ?? 0)
  }

  append(entries: readonly OutboxEntry[]) {
    return this.#outbox.append(entries)
  }

  dead(limit: number, afterId?: string) {
    return this.#outbox.dead(limit, afterId)
  }

  replay(ids: readonly string[]) {
    return this.#outbox.replay(ids)
  }

  remove(key: Key) {
    return this.#outbox.remove(key)
  }

  forget(customerId: string) {
    return this.#outbox.forget(customerId)
  }

  counts() {
    return this.#outbox.counts()
  }

  close() {
    return this.#outbox.close()
  }

  #gaveBack(claims: number): void {
    this.#inFlight -= claims
    // The tracker is told first.
    if (this.#inFlight <= 0) setImmediate(() => this.#onIdle?.())
  }
}
