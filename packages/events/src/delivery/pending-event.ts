import type { About, Entry, Environment, Operation } from '../event/event.ts'
import type { Outcome } from './attempt.ts'
import { type GivenOptions, noOptions } from '../call/call-options.ts'
import type { Moment } from '../platform/clock.ts'
import { Delivery } from './delivery.ts'
import { digestOf } from './digest.ts'

/** A call that shares the outcome of an event, and may stop waiting for it. */
export interface Repeat {
  readonly delivery: Delivery
  readonly options: GivenOptions
}

/** The keeper of an event: this process alone, the outbox without an answer yet, or the outbox. */
export type Keeping = 'held' | 'handed' | 'stored'

/** An event that was accepted and has not ended. */
export class OwedEvent implements Entry {
  readonly customerId: string
  readonly operation: Operation
  readonly environment: Environment
  /** The JSON text of the request's body; empty once it was dropped. */
  body: string
  /** Of a body that was dropped, where another call may have to be told from this one. */
  #digest: number | undefined
  /** What the call returned. */
  readonly delivery: Delivery
  /** Its place among all calls of the tracker; -1 where it has none: see `displace`. */
  order: number
  /** When the call was made; `elapsed` is running time. */
  readonly accepted: Moment
  /** What the call was given besides its data. */
  readonly options: GivenOptions
  /** Calls that repeated its id meanwhile. */
  repeats: Repeat[] | undefined
  attempts = 0
  /** When its lane began to be tried, with nothing settled since, in running time; -1 before the first attempt. */
  triedAt = -1
  /** How its last attempt ended. */
  lastOutcome: Outcome | undefined
  /** Whether a refused token was replaced for it once. */
  hadNewToken = false
  /** Written by the store alone. */
  keeping: Keeping = 'held'
  /** Whether it has ended, whatever is still on its way. */
  hasEnded = false
  /** Whether an attempt is on its way. */
  isInFlight = false
  /** Whether an attempt ended without an answer. */
  mayHaveArrived = false
  /** Whether OwedEvents has it, and its neighbours there. */
  isAwaited = false
  earlier: OwedEvent | undefined
  later: OwedEvent | undefined

  constructor(
    {
      customerId,
      operation,
      environment = 'test',
      body,
    }: Pick<Entry, 'customerId' | 'operation' | 'environment' | 'body'>,
    delivery: Delivery,
    order: number,
    accepted: Moment,
    options: GivenOptions,
  ) {
    this.customerId = customerId
    this.operation = operation
    this.environment = environment
    this.body = body
    this.delivery = delivery
    this.order = order
    this.accepted = accepted
    this.options = options
  }

  /** An entry of an earlier process, or one that nobody waits for any more. */
  static recalled(entry: Entry, running: number): OwedEvent {
    const accepted = { at: entry.acceptedAt, elapsed: running }
    const event = new OwedEvent(entry, new Delivery(entry.id), -1, accepted, noOptions)
    event.keeping = 'stored'
    return event
  }

  /** An attempt has ended. @returns how it counts */
  landed(outcome: Outcome): Outcome {
    this.mayHaveArrived ||= outcome.kind === 'unreachable' || outcome.kind === 'timeout'
    // A token that is refused once more is no reason to ask for the next one at once.
    const counted = this.hadNewToken && outcome.kind === 'answered' ? { ...outcome, tokenChanged: false } : outcome
    this.hadNewToken ||= outcome.kind === 'answered' && outcome.tokenChanged
    this.lastOutcome = counted
    return counted
  }

  /** It is one of those that a durable outbox has, whoever made them: it may come back as another object. */
  displace(): void {
    this.order = -1
  }

  /** Tells whether it survives the process. */
  get isStored(): boolean {
    return this.keeping === 'stored'
  }

  /** Tells whether a call of this process made it. */
  get isOfThisProcess(): boolean {
    return this.order >= 0
  }

  /** All that wait for it. */
  get deliveries(): Delivery[] {
    return this.repeats === undefined ? [this.delivery] : [this.delivery, ...this.repeats.map((it) => it.delivery)]
  }

  /** A durable outbox has the body, which need not be kept in memory too. */
  dropBody(): void {
    if (this.options.id !== undefined) this.#digest = digestOf(this.body)
    this.body = ''
  }

  /** Tells whether a call with that body is the same again. Who knows a minted id has it from this very event. */
  hasBody(body: string): boolean {
    if (this.#digest !== undefined) return digestOf(body) === this.#digest
    return this.body === '' || body === this.body
  }

  /** The entry that an outbox is given: an object of its own, all of whose fields are its own. */
  get entry(): Entry {
    const { id, customerId, operation, body, acceptedAt, environment, hasMintedId } = this
    return { id, customerId, operation, body, acceptedAt, environment, hasMintedId }
  }

  get id(): string {
    return this.delivery.id
  }

  get hasMintedId(): boolean {
    return this.options.id === undefined
  }

  get acceptedAt(): number {
    return this.accepted.at
  }

  get about(): About {
    const { id, operation, customerId, attempts } = this
    return { id, operation, customerId, attempts }
  }
}
