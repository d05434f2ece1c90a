import type { Environment } from '../event/event.ts'
import { Heap } from '../outbox/memory/heap.ts'
import type { PendingEvent } from './pending-event.ts'
import { EventIndex } from './event-index.ts'

/** Events with one budget, in the order in which it ends: of those not tried yet, or of those that were. */
interface Chain {
  readonly budgetMs: number
  readonly isTried: boolean
  first: PendingEvent | undefined
  last: PendingEvent | undefined
  /** The moment when it is looked at next. */
  lookAt: number
}

/** A time to look at a chain; it counts while the chain agrees. */
interface Look {
  readonly chain: Chain
  readonly at: number
}

/**
 * All events that somebody waits for, and how long yet. Of each chain only the first has to be looked at, since events of
 * one budget end in the order of their calls, or once they were tried, of their first attempts. Times are running time.
 */
export class AwaitedEvents {
  readonly #defaultBudgetMs: number
  readonly #order: CallOrder | undefined
  /** Made when an id is first looked for: who never gives one never pays for it. */
  #ids: EventIndex | undefined
  readonly #untried = new Map<number, Chain>()
  readonly #tried = new Map<number, Chain>()
  readonly #looks = new Heap<Look>(({ at }) => at)
  #isClosed = false
  #size = 0
  #calls = 0
  /** The moment when the API last settled an event. */
  #lastSettled = -Infinity

  /** @param dropsOldest tells that the oldest may have to leave, so that their order is kept */
  constructor(defaultBudgetMs: number, dropsOldest = false) {
    this.#defaultBudgetMs = defaultBudgetMs
    this.#order = dropsOldest ? new CallOrder() : undefined
  }

  /** Events that wait their turn or their retry, the oldest first. */
  oldest(): Iterable<PendingEvent> {
    return this.#order?.waiting() ?? []
  }

  get size(): number {
    return this.#size
  }

  /** The number of calls so far. */
  get calls(): number {
    return this.#calls
  }

  /** The number of a new event among all calls of the tracker. */
  nextOrder(): number {
    return this.#calls++
  }

  add(event: PendingEvent): void {
    this.#ids?.add(event)
    event.isAwaited = true
    this.#size++
    this.#order?.add(event, this.#size)
    this.#link(event, this.#chainOf(event))
  }

  /** Takes no more events: the tracker shuts down. */
  close(): void {
    this.#isClosed = true
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Forgets an event: nobody waits for it, and by its id it is found no more. */
  delete(event: PendingEvent): void {
    this.#ids?.delete(event)
    this.release(event)
  }

  /** Nobody waits for an event any more. By its id it is still found, for as long as an outbox has lent it. */
  release(event: PendingEvent): void {
    if (!event.isAwaited) return
    event.isAwaited = false
    this.#size--
    this.#unlink(event)
  }

  /** Finds an event by its id. */
  find(customerId: unknown, id: string, environment?: Environment): PendingEvent | undefined {
    this.#ids ??= new EventIndex(this)
    return this.#ids.find(customerId, id, environment)
  }

  /** Knows an event by its id though nobody waits for it: an outbox has lent it, or may have it. */
  know(event: PendingEvent): void {
    this.#ids ??= new EventIndex(this)
    this.#ids.add(event)
  }

  /** The first attempt at an event begins: its lane has been tried in vain since `since`. */
  tried(event: PendingEvent, since: number): void {
    if (event.triedAt >= 0) return
    if (event.isAwaited) this.#unlink(event)
    event.triedAt = Math.floor(since)
    if (event.isAwaited) this.#link(event, this.#chainOf(event))
  }

  /** In no order. */
  *[Symbol.iterator](): Generator<PendingEvent, void, undefined> {
    for (const chains of [this.#untried, this.#tried]) {
      for (const { first } of chains.values()) for (let event = first; event; event = event.later) yield event
    }
  }

  inOrder(): PendingEvent[] {
    return [...this].toSorted((a, b) => a.order - b.order)
  }

  /** The API has settled an event: those that wait for their first attempt have their whole budget again. */
  settled(now: number): void {
    // A standstill that is noticed only now may have put the last one later than this one.
    this.#lastSettled = Math.max(this.#lastSettled, now)
  }

  /**
   * The moment at which the event's budget ends: counted from its first attempt, and before that from its call or from the last event
   * that was settled. While the API settles others it only waits its turn, and that costs nothing.
   */
  endOf(event: PendingEvent): number {
    const budgetMs = this.#budgetOf(event)
    if (event.triedAt >= 0) return event.triedAt + budgetMs
    return Math.max(event.accepted.elapsed, this.#lastSettled) + budgetMs
  }

  isOverdue(event: PendingEvent, now: number): boolean {
    return this.endOf(event) <= now
  }

  /** The moment when the next budget ends, at the earliest. */
  get nextEnd(): number {
    return this.#size > 0 ? (this.#looks.least?.at ?? Infinity) : Infinity
  }

  /** Those whose budget has ended, each told once. */
  overdue(now: number): PendingEvent[] {
    const events: PendingEvent[] = []
    for (let look = this.#looks.least; look !== undefined && look.at <= now; look = this.#looks.least) {
      this.#looks.pop()
      const { chain, at } = look
      if (chain.lookAt !== at) continue
      chain.lookAt = Infinity
      let event = chain.first
      // Only now: one that is filled and emptied again and again is to be looked at once.
      if (event === undefined) (chain.isTried ? this.#tried : this.#untried).delete(chain.budgetMs)
      for (; event !== undefined && this.endOf(event) <= now; event = event.later) events.push(event)
      if (event !== undefined) this.#lookAt(chain, this.endOf(event))
    }
    return events
  }

  #budgetOf({ options }: PendingEvent): number {
    return options.maxDeliveryMs ?? this.#defaultBudgetMs
  }

  #chainOf(event: PendingEvent): Chain {
    const budgetMs = this.#budgetOf(event)
    const isTried = event.triedAt >= 0
    const chains = isTried ? this.#tried : this.#untried
    let chain = chains.get(budgetMs)
    if (chain === undefined) {
      chain = { budgetMs, isTried, first: undefined, last: undefined, lookAt: Infinity }
      chains.set(budgetMs, chain)
    }
    return chain
  }

  /**
   * Almost always the last: only who comes behind others in a lane that fails has been tried for longer, and a call that
   * was made before a standstill was noticed counts as a later one.
   */
  #link(event: PendingEvent, chain: Chain): void {
    let before = chain.last
    while (before !== undefined && sinceOf(before) > sinceOf(event)) before = before.earlier
    const after = before === undefined ? chain.first : before.later
    event.earlier = before
    event.later = after
    if (before === undefined) chain.first = event
    else before.later = event
    if (after === undefined) chain.last = event
    else after.earlier = event
    // Whatever stands before it: those that were told to be overdue may leave only later, and are not looked at again.
    this.#lookAt(chain, this.endOf(event))
  }

  #unlink(event: PendingEvent): void {
    const chain = this.#chainOf(event)
    const { earlier, later } = event
    if (earlier === undefined) chain.first = later
    else earlier.later = later
    if (later === undefined) chain.last = earlier
    else later.earlier = earlier
    event.earlier = event.later = undefined
  }

  /** Never later than it was. */
  #lookAt(chain: Chain, at: number): void {
    if (at >= chain.lookAt) return
    chain.lookAt = at
    this.#looks.push({ chain, at })
  }
}

/** From when its budget counts, as far as that is its own. */
function sinceOf({ triedAt, accepted }: PendingEvent): number {
  return triedAt >= 0 ? triedAt : accepted.elapsed
}

/** Ended events that may stand among the others before they are let go of. */
const mostEnded = 64

/** The pending events in the order of their calls, for a queue that drops the oldest. */
class CallOrder {
  #events: PendingEvent[] = []
  /** Those before it have ended. */
  #start = 0

  /** @param pending how many of all are pending */
  add(event: PendingEvent, pending: number): void {
    this.#events.push(event)
    if (this.#events.length - pending <= Math.max(mostEnded, pending)) return
    this.#events = this.#events.filter(({ isAwaited }) => isAwaited)
    this.#start = 0
  }

  /** Events that wait their turn or their retry, the oldest first. */
  *waiting(): Generator<PendingEvent, void, undefined> {
    for (let at = this.#firstWaiting(); at < this.#events.length; at++) {
      const event = this.#events[at] as PendingEvent
      if (event.isAwaited && !event.isInFlight) yield event
    }
  }

  /** The place of the first that waits. What is in flight moves up to it: nobody passes the ended ones again. */
  #firstWaiting(): number {
    const inFlight: PendingEvent[] = []
    let at = this.#start
    for (; at < this.#events.length; at++) {
      const event = this.#events[at] as PendingEvent
      if (!event.isAwaited) continue
      if (!event.isInFlight) break
      inFlight.push(event)
    }
    this.#start = at - inFlight.length
    for (const [index, event] of inFlight.entries()) this.#events[this.#start + index] = event
    return at
  }
}
