import type { Outcome } from './attempt.ts'
import { type GivenOptions, noOptions } from './call-options.ts'
import type { Moment } from './clock.ts'
import { Delivery } from './delivery.ts'
import type { Entry, Environment, Operation } from './event.ts'
import type { About } from './options.ts'

/** A call that shares the outcome of an event, and may stop waiting for it. */
export interface Repeat {
  readonly delivery: Delivery
  readonly options: GivenOptions
}

/** An event that was accepted and has not ended. */
export class OwedEvent implements Entry {
  readonly customerId: string
  readonly operation: Operation
  readonly environment: Environment
  /** The JSON text of the request's body; empty once an outbox has it. */
  body: string
  /** What the call returned. */
  readonly delivery: Delivery
  /** Its place among all calls of the tracker. */
  readonly order: number
  /** When the call was made. */
  readonly accepted: Moment
  /** What the call was given besides its data. */
  readonly options: GivenOptions
  /** Calls that repeated its id meanwhile. */
  repeats: Repeat[] | undefined
  attempts = 0
  /** Those among them that only found out that an outage goes on. */
  sparedAttempts = 0
  /** How its last attempt ended. */
  lastOutcome: Outcome | undefined
  /** Whether a refused token was replaced for it once. */
  hadNewToken = false
  /** Whether it survives the process. */
  isStored = false
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
  static recalled(entry: Entry, elapsed: number): OwedEvent {
    const accepted = { at: entry.acceptedAt, elapsed }
    const event = new OwedEvent(entry, new Delivery(entry.id), -1, accepted, noOptions)
    event.isStored = true
    return event
  }

  /** An attempt has ended. One without an answer costs no retry where it `isSpared`. @returns how it counts */
  landed(outcome: Outcome, isSpared: boolean): Outcome {
    const isSilence = outcome.kind === 'unreachable' || outcome.kind === 'timeout'
    if (isSpared && isSilence) this.sparedAttempts++
    this.mayHaveArrived ||= isSilence
    // A token that is refused once more is no reason to ask for the next one at once.
    const counted = this.hadNewToken && outcome.kind === 'answered' ? { ...outcome, tokenChanged: false } : outcome
    this.hadNewToken ||= outcome.kind === 'answered' && outcome.tokenChanged
    this.lastOutcome = counted
    return counted
  }

  /** All that wait for it. */
  get deliveries(): Delivery[] {
    return this.repeats === undefined ? [this.delivery] : [this.delivery, ...this.repeats.map((it) => it.delivery)]
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
