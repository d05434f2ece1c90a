import { type EventTrackingError, OutboxError } from '../errors/errors.ts'
import { isFates } from './outbox-answers.ts'
import { mayPass, type OutboxCalls } from './outbox-calls.ts'
import type { Fate, Outbox } from '../outbox/outbox.ts'
import type { OwedEvent } from './pending-event.ts'
import { soon } from '../platform/platform.ts'
import { Queue } from '../outbox/memory/fifo.ts'

/** Entries that are given to an outbox in one call. */
const mostEntries = 1_000

/** Is told what became of each event. */
export interface StoringListener {
  took(event: OwedEvent, fate: Fate): void
  /** An event has ended before the outbox said that it had it already: its end was that of the one before. */
  wasRepeated(): void
  refused(event: OwedEvent, error: EventTrackingError): void
}

/**
 * Gives new events to a durable outbox: in the order of their calls, one call of the outbox at a time, so that none gets
 * past another that has to be given again. This alone writes `keeping`:
 *
 * | keeping | what happens                                            | next   |
 * |---------|---------------------------------------------------------|--------|
 * | held    | its turn comes, and the outbox may be given something   | handed |
 * | handed  | the outbox answers                                      | stored |
 * | handed  | the outbox fails in passing, or refuses several at once | held   |
 * | handed  | the outbox refuses it                                   | ended  |
 */
export class Storing {
  readonly #outbox: Outbox
  readonly #calls: OutboxCalls
  readonly #listener: StoringListener
  readonly #held = new Queue<OwedEvent>()
  #handed: readonly OwedEvent[] = []
  /** The number of next events that are given one by one, since together they were refused. */
  #singles = 0
  #failures = 0
  #isDue = false
  #isPausing = false
  #isOpen = false
  /** Events that wait for the end of their customer's erasure, of which there may be several. */
  readonly #apart = new Map<string, { erasures: number; events: OwedEvent[] }>()

  constructor(outbox: Outbox, calls: OutboxCalls, listener: StoringListener) {
    this.#outbox = outbox
    this.#calls = calls
    this.#listener = listener
  }

  /** Tells whether an event is still to be stored. */
  get isBusy(): boolean {
    return this.#held.length > 0 || this.#handed.length > 0 || this.#apart.size > 0
  }

  add(event: OwedEvent): void {
    this.#held.push(event)
    this.#handSoon()
  }

  /** The outbox is open. */
  open(): void {
    this.#isOpen = true
    this.#handSoon()
  }

  /** Nothing of a customer is given to the outbox until `go`. */
  stop(customerId: string): void {
    const apart = this.#apart.get(customerId)
    if (apart === undefined) this.#apart.set(customerId, { erasures: 1, events: [] })
    else apart.erasures++
  }

  go(customerId: string): void {
    const apart = this.#apart.get(customerId)
    if (apart === undefined || --apart.erasures > 0) return
    this.#apart.delete(customerId)
    this.#putBack(apart.events)
    this.#handSoon()
  }

  /** Gives up all that is not stored. @returns those events */
  abandon(): OwedEvent[] {
    const apart = [...this.#apart.values()].flatMap(({ events }) => events.splice(0))
    const events = [...this.#handed, ...apart, ...this.#takeAll()].filter((event) => !event.hasEnded)
    this.#handed = []
    return events
  }

  #handSoon(): void {
    if (this.#isDue || !this.#isOpen) return
    this.#isDue = true
    soon(() => {
      this.#isDue = false
      this.#hand()
    })
  }

  #hand(): void {
    if (!this.#isOpen || this.#isPausing || this.#handed.length > 0) return
    const events = this.#takeHeld(this.#singles > 0 ? 1 : mostEntries)
    if (events.length === 0) return
    this.#handed = events
    for (const event of events) event.keeping = 'handed'
    this.#calls.ask(
      'append',
      () => this.#outbox.append(events.map(({ entry }) => entry)),
      isFates(events.length),
      (fates) => this.#took(events, fates),
      (error) => this.#failed(events, error),
    )
  }

  #took(events: readonly OwedEvent[], fates: readonly Fate[]): void {
    this.#failures = 0
    this.#answered(events)
    for (const [index, event] of events.entries()) {
      const fate = fates[index] as Fate
      if (event.hasEnded) {
        if (fate !== 'stored') this.#hasEnded(event)
        continue
      }
      if (fate !== 'done') event.keeping = 'stored'
      this.#listener.took(event, fate)
    }
    this.#handSoon()
  }

  #failed(events: readonly OwedEvent[], error: EventTrackingError): void {
    if (mayPass(error)) {
      this.#takeBack(events)
      this.#calls.troubled('append', error)
      this.#isPausing = true
      return this.#calls.later(this.#calls.pauseMs(++this.#failures), () => {
        this.#isPausing = false
        this.#hand()
      })
    }
    if (events.length > 1 && isOfOneEntry(error)) {
      this.#takeBack(events)
      this.#singles = events.length
    } else {
      this.#answered(events)
      for (const event of events) this.#listener.refused(event, error)
    }
    this.#handSoon()
  }

  /** Without having been stored. What was lent by its id was another one, that the outbox had before. */
  #hasEnded(event: OwedEvent): void {
    if (event.attempts > 0) this.#listener.wasRepeated()
  }

  #answered(events: readonly OwedEvent[]): void {
    this.#handed = []
    this.#singles = Math.max(0, this.#singles - events.length)
  }

  #takeHeld(most: number): OwedEvent[] {
    const events: OwedEvent[] = []
    while (events.length < most) {
      const event = this.#held.shift()
      if (event === undefined) break
      if (event.hasEnded) {
        this.#hasEnded(event)
        continue
      }
      const apart = this.#apart.size > 0 ? this.#apart.get(event.customerId) : undefined
      ;(apart?.events ?? events).push(event)
    }
    return events
  }

  #takeAll(): OwedEvent[] {
    const events: OwedEvent[] = []
    for (let event = this.#held.shift(); event !== undefined; event = this.#held.shift()) events.push(event)
    return events
  }

  #takeBack(events: readonly OwedEvent[]): void {
    this.#handed = []
    this.#putBack(events)
  }

  /** Before all that is held. */
  #putBack(events: readonly OwedEvent[]): void {
    for (const event of events) event.keeping = 'held'
    for (const event of [...events, ...this.#takeAll()]) this.#held.push(event)
  }
}

/** Tells whether the others would be taken without the one it is about: one is too many, or impossible. */
function isOfOneEntry(error: EventTrackingError): boolean {
  return error instanceof OutboxError && (error.problem === 'entry' || error.problem === 'full')
}
