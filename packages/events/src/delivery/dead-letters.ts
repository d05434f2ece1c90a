import type { DeadLetter, WaitingCustomer } from '../outbox/outbox.ts'
import type { Append } from './append.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import type { DeliveryLine } from './delivery-line.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import { forgotten } from './failure.ts'
import type { Opening } from './opening.ts'
import type { Counts, OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Promises } from './promises.ts'
import { mayPass } from './retry.ts'

/** A customer with pending events, and why they wait. */
export interface WaitingLane extends WaitingCustomer {
  /** The end of the last attempt, in a few words, where this process has made it. */
  readonly lastFailure?: string | undefined
}

/**
 * Serves people who look after an outbox: who waits, dead letters, which may be sent again, and the erasure of a customer.
 */
export class DeadLetters {
  readonly #outbox: OutboxClient
  readonly #awaited: AwaitedEvents
  readonly #outcomes: Outcomes
  readonly #promises: Promises
  readonly #line: DeliveryLine
  readonly #loop: DeliveryLoop
  readonly #append: Append
  readonly #opening: Opening

  constructor(
    outbox: OutboxClient,
    awaited: AwaitedEvents,
    outcomes: Outcomes,
    promises: Promises,
    line: DeliveryLine,
    loop: DeliveryLoop,
    append: Append,
    opening: Opening,
  ) {
    this.#outbox = outbox
    this.#awaited = awaited
    this.#outcomes = outcomes
    this.#promises = promises
    this.#line = line
    this.#loop = loop
    this.#append = append
    this.#opening = opening
  }

  async list(limit: number, afterId: string | undefined): Promise<readonly DeadLetter[]> {
    return this.#opened(() => this.#outbox.dead(limit, afterId))
  }

  async waiting(limit: number): Promise<readonly WaitingLane[]> {
    const customers = await this.#opened(() => this.#outbox.waiting(limit))
    const lanes: WaitingLane[] = []
    for (const customer of customers) {
      // Without an attempt it is of an event that has left by another way.
      const lastFailure = customer.attempts > 0 ? this.#line.failures.get(customer.customerId) : undefined
      lanes.push({ ...customer, lastFailure })
    }
    return lanes
  }

  async replay(ids: readonly string[]): Promise<number> {
    return this.#opened(() => this.#replay(ids))
  }

  async forget(customerId: string): Promise<number> {
    this.#opening.assertNotClosed()
    // What is tracked from now on is none of what is erased.
    const { calls } = this.#awaited
    const forget = () => this.#forget(customerId, calls)
    return this.#opening.isCounted ? this.#opening.bound(forget()) : this.#opened(forget)
  }

  /** Opens the outbox and asks it, both within one deadline: where the first takes too long it is not asked. */
  async #opened<T>(ask: () => Promise<T>): Promise<T> {
    this.#opening.assertNotClosed()
    const asked = this.#opening.open().then(() => {
      this.#opening.assertNotClosed()
      return ask()
    })
    return this.#opening.bound(asked)
  }

  /** Replays what was counted as dead: an outbox may say later than it can be seen there that an event has died. */
  async #replay(ids: readonly string[]): Promise<number> {
    await this.#line.records.erasures.recorded()
    this.#opening.assertNotClosed()
    // A tracker that is not enabled opens nothing, and counts nothing that the outbox holds.
    const ledger = this.#opening.isCounted ? this.#outcomes.ledger : undefined
    ledger?.replays()
    try {
      return await this.#outbox.replay(ids, (replayed) => {
        ledger?.replayed(replayed)
        this.#promises.changed(replayed)
        this.#loop.pumpSoon()
        return replayed
      })
    } catch (thrown) {
      ledger?.replayed(0)
      throw thrown
    }
  }

  /**
   * Erases a customer. Meanwhile no new event of that customer is given to the outbox, so that each is stored either
   * before or after, and none is recorded.
   */
  async #forget(customerId: string, calls: number): Promise<number> {
    const stopped = this.#append.stop(customerId)
    // Of an event that is being stored nobody would know whether it is among what was erased.
    if (this.#outbox.durable) await stopped
    const end = this.#outbox.durable ? await this.#line.records.erasures.erase(customerId) : () => undefined
    try {
      return await this.#outbox.forget(customerId, () => {
        // What is counted only later, it counts without what is erased now.
        const { isCounted } = this.#opening
        this.#outcomes.ledger.erasing(false)
        return (counts) => {
          this.#outcomes.ledger.erasing(true)
          return this.#forgotten(customerId, calls, isCounted, counts)
        }
      })
    } finally {
      end()
      this.#append.go(customerId)
    }
  }

  /** Drops what is known here, in the very turn in which it is gone from the outbox: an answer on its way finds it ended. */
  #forgotten(customerId: string, calls: number, isCounted: boolean, { pending, dead }: Counts): number {
    // What the tracker has left is told and counted, whatever an outbox answers after its end.
    if (this.#opening.hasClosed) return pending + dead
    const unrecorded = this.#line.records.forget(customerId)
    this.#line.failures.delete(customerId)
    const events = this.#eventsOf(customerId, calls)
    const unstored = events.filter(({ storage }) => storage === 'memory').length
    const stored = events.length - unstored
    const gone = Math.max(0, events.filter(({ isStored }) => isStored).length - pending)
    // An event that the API has refused, and that is not pending, had died unheard: it is told, and so counted, as erased.
    const unheard = Math.min(dead, gone, events.filter(isRefused).length)
    for (const event of events) this.#loop.drop(event, forgotten(event))
    // And what nobody here waited for, if it was ever counted; in memory nothing is that has not ended.
    if (this.#outbox.durable && isCounted) {
      const unknown = Math.max(0, pending - stored - unrecorded)
      this.#outcomes.ledger.erased(unknown, dead - unheard)
      this.#promises.changed(-unknown)
    }
    this.#loop.pumpSoon()
    return pending + dead + unstored
  }

  /**
   * Finds what is known here of a customer and was called before the call of number `before`: also what nobody waits for any
   * more, and an outbox that fails has yet to store.
   */
  #eventsOf(customerId: string, before: number): PendingEvent[] {
    const known = new Set([...this.#line.events(), ...this.#append.events()])
    return [...known].filter((event) => event.customerId === customerId && event.call < before && !event.hasEnded)
  }
}

/** Tells whether an event is stored that the API has refused for good: the outbox may have taken it for dead, and not said so. */
function isRefused({ isStored, isInFlight, isDelivered, lastResult, attempts }: PendingEvent): boolean {
  return isStored && !isInFlight && !isDelivered && lastResult !== undefined && !mayPass(lastResult, attempts)
}
