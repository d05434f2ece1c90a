import { OutboxError } from '../errors/errors.ts'
import { isTrackingError, type TrackingError } from '../errors/tracking-error.ts'
import { Fifo } from '../outbox/memory/lane.ts'
import type { AppendResult } from '../outbox/outbox.ts'
import { mayPass } from '../outbox/trouble.ts'
import { soon } from '../platform/platform.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import type { DeliveryLine } from './delivery-line.ts'
import type { DeliveryLoop } from './delivery-loop.ts'
import { takenError } from './failure.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import type { PendingEvent } from './pending-event.ts'

/** Entries that are given to an outbox in one call. */
const mostEntries = 1_000

/**
 * Gives new events to a durable outbox: in the order of their calls, one call of the outbox at a time, so that none gets
 * past another that has to be given again. This alone writes where they are stored:
 *
 * | storage | what happens                                            | next    |
 * |---------|---------------------------------------------------------|---------|
 * | memory  | its turn comes, and the outbox may be given something   | given   |
 * | given   | the outbox has it                                       | outbox  |
 * | given   | the outbox fails in passing, or refuses several at once | memory  |
 * | given   | the outbox does not answer: it may be stored, and is    | given   |
 * |         | taken out at its next turn, before it is given again    |         |
 * | given   | the outbox refuses it, or has its id with other data    | (ended) |
 *
 * An event that is lent before the outbox has answered, or that it had from an earlier process, is stored from then on: see
 * `DeliveryLine`.
 */
export class Append {
  readonly #outbox: OutboxClient
  readonly #awaited: AwaitedEvents
  readonly #line: DeliveryLine
  readonly #loop: DeliveryLoop
  readonly #outcomes: Outcomes
  #queue = new Fifo<PendingEvent>()
  #given: readonly PendingEvent[] = []
  /** Erasures that wait until what was given is answered. */
  readonly #whenAnswered: (() => void)[] = []
  /** The number of next events that are given one by one, since together they were refused. */
  #singles = 0
  #failures = 0
  #isDue = false
  #isPausing = false
  #isOpen = false
  /** Events that wait for the end of their customer's erasure, of which there may be several. */
  readonly #apart = new Map<string, { erasures: number; events: PendingEvent[] }>()

  constructor(
    outbox: OutboxClient,
    awaited: AwaitedEvents,
    line: DeliveryLine,
    loop: DeliveryLoop,
    outcomes: Outcomes,
  ) {
    this.#outbox = outbox
    this.#awaited = awaited
    this.#line = line
    this.#loop = loop
    this.#outcomes = outcomes
  }

  add(event: PendingEvent): void {
    this.#outbox.putOff.wake()
    this.#queue.push(event)
    this.#giveSoon()
  }

  /** The outbox is open. */
  open(): void {
    this.#isOpen = true
    this.#giveSoon()
  }

  /** Nothing of a customer is given to the outbox until `go`. Resolves once what was given is answered. */
  async stop(customerId: string): Promise<void> {
    const apart = this.#apart.get(customerId)
    if (apart === undefined) this.#apart.set(customerId, { erasures: 1, events: [] })
    else apart.erasures++
    const isGiven = this.#given.some((event) => event.customerId === customerId)
    if (isGiven) await new Promise<void>((resolve) => this.#whenAnswered.push(resolve))
  }

  go(customerId: string): void {
    const apart = this.#apart.get(customerId)
    if (apart === undefined || --apart.erasures > 0) return
    this.#apart.delete(customerId)
    this.#putBack(apart.events)
    this.#giveSoon()
  }

  /** Events that are not known to be stored, whether or not anybody waits for them. */
  events(): PendingEvent[] {
    const apart = [...this.#apart.values()].flatMap(({ events }) => events)
    return [...this.#given, ...apart, ...this.#queue]
  }

  /** Gives up all that is not known to be stored. @returns those events */
  abandon(): PendingEvent[] {
    const events = this.events()
    this.#giveNothing()
    for (const apart of this.#apart.values()) apart.events.length = 0
    this.#queue = new Fifo()
    return events.filter(isNew)
  }

  #giveSoon(): void {
    if (this.#isDue || !this.#isOpen) return
    this.#isDue = true
    soon(() => {
      this.#isDue = false
      this.#give()
    })
  }

  #give(): void {
    if (!this.#isOpen || this.#isPausing || this.#given.length > 0) return
    const events = this.#takeNext(this.#singles > 0 ? 1 : mostEntries)
    if (events.length === 0) return
    this.#given = events
    // An outbox need not see that it has an id that was minted.
    const doubtful = events.filter(({ storage, hasMintedId }) => storage === 'given' && hasMintedId)
    for (const event of events) event.give()
    if (doubtful.length === 0) return this.#append(events)
    this.#takeOut(doubtful, (failure) => {
      if (this.#given !== events) return
      if (failure) this.#failed(events, failure, true)
      else this.#append(events.filter(isNew))
    })
  }

  /**
   * Takes events out that may be stored, up to a failure, which `goOn` is given: the last one first, so that what is left
   * of a lane is still in order.
   */
  #takeOut(events: PendingEvent[], goOn: (failure: TrackingError | undefined) => void): void {
    const last = events.pop()
    if (last === undefined) return goOn(undefined)
    this.#outbox.remove(last, () => this.#takeOut(events, goOn), goOn)
  }

  #append(events: readonly PendingEvent[]): void {
    if (events.length === 0) return this.#answered(events)
    this.#given = events
    this.#outbox.append(events, (answer, isUnanswered) => {
      // It has been given up.
      if (this.#given !== events) return
      if (isTrackingError(answer)) this.#failed(events, answer, isUnanswered)
      else this.#took(events, answer)
    })
  }

  #took(events: readonly PendingEvent[], fates: readonly AppendResult[]): void {
    this.#failures = 0
    this.#answered(events)
    for (const [at, event] of events.entries()) {
      const fate = this.#line.records.fateOf(event, fates[at] as AppendResult)
      // It was lent before this answer came.
      if (event.isStored) continue
      // A minted id is nobody else's: an append that failed has stored it all the same.
      const isShared = fate === 'pending' && !event.hasMintedId
      if (event.hasEnded) {
        if (isShared) this.#outcomes.share(1)
      } else if (fate === 'taken') {
        this.refuse(event, takenError())
      } else if (fate === 'done') {
        this.#outcomes.complete(event, 'duplicate')
        this.#loop.moveOn()
      } else {
        this.#outcomes.store(event, isShared)
        if (!event.isAwaited) this.#awaited.delete(event)
        this.#loop.pumpSoon()
      }
    }
    this.#giveSoon()
  }

  #failed(events: readonly PendingEvent[], error: TrackingError, isUnanswered = false): void {
    if (mayPass(error)) {
      this.#takeBack(events, isUnanswered)
      this.#outbox.troubled('append', error)
      this.#isPausing = true
      return this.#outbox.putOff.add(this.#outbox.pauseMs(++this.#failures), () => {
        this.#isPausing = false
        this.#give()
      })
    }
    if (events.length > 1 && isOfOneEntry(error)) {
      this.#takeBack(events)
      this.#singles = events.length
    } else {
      this.#answered(events)
      for (const event of events) this.refuse(event, error)
    }
    this.#giveSoon()
  }

  /** Ends an event that cannot be stored. */
  refuse(event: PendingEvent, error: TrackingError): void {
    if (!isNew(event)) return
    this.#outcomes.reject(event, error)
    this.#loop.moveOn()
  }

  #giveNothing(): void {
    this.#given = []
    for (const goOn of this.#whenAnswered.splice(0)) goOn()
  }

  #answered(events: readonly PendingEvent[]): void {
    this.#giveNothing()
    this.#singles = Math.max(0, this.#singles - events.length)
  }

  #takeNext(most: number): PendingEvent[] {
    const events: PendingEvent[] = []
    let areMixed = false
    while (events.length < most) {
      const event = this.#queue.first
      if (event === undefined) break
      areMixed ||= event.hasMintedId !== (events[0] ?? event).hasMintedId
      if (areMixed && mustWait(event, events)) break
      this.#queue.shift()
      if (!isNew(event)) continue
      const apart = this.#apart.size > 0 ? this.#apart.get(event.customerId) : undefined
      ;(apart?.events ?? events).push(event)
    }
    return events
  }

  #takeBack(events: readonly PendingEvent[], isUnanswered = false): void {
    this.#giveNothing()
    const left = events.filter((event) => !event.isStored)
    if (!isUnanswered) for (const event of left) event.takeBack()
    this.#putBack(left)
  }

  /** Puts events before all that is queued. */
  #putBack(events: readonly PendingEvent[]): void {
    const queued = this.#queue
    this.#queue = new Fifo()
    for (const event of [...events, ...queued]) this.#queue.push(event)
  }
}

/**
 * Tells whether an event waits until those of its lane before it are stored. Where their append is not answered, what has a
 * minted id is taken out and given again, and what has another id may not be: together they would change places.
 */
function mustWait({ customerId, hasMintedId }: PendingEvent, given: readonly PendingEvent[]): boolean {
  return given.some((other) => other.customerId === customerId && other.hasMintedId !== hasMintedId)
}

/** Tells whether an event is still to be stored: it may have been lent, by an outbox that has not said that it has it. */
function isNew({ hasEnded, isStored }: PendingEvent): boolean {
  return !hasEnded && !isStored
}

/** Tells whether the others would be taken without the one it is about: one is too many, or impossible. */
function isOfOneEntry(error: TrackingError): boolean {
  return error instanceof OutboxError && (error.problem === 'entry' || error.problem === 'full')
}
