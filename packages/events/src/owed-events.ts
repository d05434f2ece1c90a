import type { OwedEvent } from './owed-event.ts'

/** The events with one budget, in the order of their calls. */
interface Chain {
  readonly budgetMs: number
  first: OwedEvent | undefined
  last: OwedEvent | undefined
}

/**
 * All that is owed, and how long yet. Events of one budget end in the order of their calls, so only the first of each
 * budget has to be looked at.
 */
export class OwedEvents {
  readonly #defaultBudgetMs: number
  readonly #chains = new Map<number, Chain>()
  #size = 0
  #places = 0
  /** When the API last settled an event, in elapsed milliseconds. */
  #lastProgress = -Infinity

  constructor(defaultBudgetMs: number) {
    this.#defaultBudgetMs = defaultBudgetMs
  }

  get size(): number {
    return this.#size
  }

  /** How many places were given. */
  get places(): number {
    return this.#places
  }

  /** The place of a new event among all of the tracker. */
  place(): number {
    return this.#places++
  }

  add(event: OwedEvent): void {
    const budgetMs = this.#budgetOf(event)
    let chain = this.#chains.get(budgetMs)
    if (chain === undefined) {
      chain = { budgetMs, first: undefined, last: undefined }
      this.#chains.set(budgetMs, chain)
    }
    event.isAwaited = true
    event.earlier = chain.last
    if (chain.last === undefined) chain.first = event
    else chain.last.later = event
    chain.last = event
    this.#size++
  }

  delete(event: OwedEvent): void {
    const chain = this.#chains.get(this.#budgetOf(event))
    if (chain === undefined || !event.isAwaited) return
    event.isAwaited = false
    const { earlier, later } = event
    if (earlier === undefined) chain.first = later
    else earlier.later = later
    if (later === undefined) chain.last = earlier
    else later.earlier = earlier
    event.earlier = event.later = undefined
    if (chain.first === undefined) this.#chains.delete(chain.budgetMs)
    this.#size--
  }

  /** In the order of the calls. */
  *[Symbol.iterator](): Generator<OwedEvent, void, undefined> {
    const heads = [...this.#chains.values()].map(({ first }) => first)
    for (;;) {
      let at = -1
      for (const [index, head] of heads.entries()) {
        if (head !== undefined && head.order < (heads[at]?.order ?? Infinity)) at = index
      }
      const next = heads[at]
      if (next === undefined) return
      heads[at] = next.later
      yield next
    }
  }

  /** What waits its turn or its retry, in the order of the calls. */
  *waiting(): Generator<OwedEvent, void, undefined> {
    for (const event of this) if (!event.isInFlight) yield event
  }

  /** The API has settled an event: the budgets of all others start anew. */
  progressed(now: number): void {
    this.#lastProgress = now
  }

  /** When the event's budget ends. While the API settles others it only waits its turn, and that costs nothing. */
  endOf(event: OwedEvent): number {
    return Math.max(event.accepted.elapsed, this.#lastProgress) + this.#budgetOf(event)
  }

  /** Those whose budget has ended, and when the next one ends. */
  overdue(now: number): { events: OwedEvent[]; next: number } {
    const events: OwedEvent[] = []
    let next = Infinity
    for (const { first } of this.#chains.values()) {
      let event = first
      for (; event !== undefined && this.endOf(event) <= now; event = event.later) events.push(event)
      if (event !== undefined) next = Math.min(next, this.endOf(event))
    }
    return { events, next }
  }

  #budgetOf({ options }: OwedEvent): number {
    return options.maxDeliveryMs ?? this.#defaultBudgetMs
  }
}
