import type { Outcome } from './attempt.ts'
import type { Delivery } from './delivery.ts'
import type { Entry, Operation } from './event.ts'
import type { About } from './options.ts'

/** An event that was accepted and has not ended. */
export class OwedEvent implements Entry {
  readonly id: string
  readonly customerId: string
  readonly operation: Operation
  readonly body: string
  /** What the call returned. */
  readonly delivery: Delivery
  /** What calls returned that repeated its id meanwhile. */
  repeats: Delivery[] | undefined
  /** Its place among all calls of the tracker. */
  readonly order: number
  /** When the call was made, as time of day. */
  readonly acceptedAt: number
  /** The same moment in elapsed milliseconds. */
  readonly acceptedElapsed: number
  attempts = 0
  /** How its last attempt ended. */
  lastOutcome: Outcome | undefined
  /** Whether a refused token was replaced for it once. */
  hadNewToken = false

  constructor(entry: Entry, delivery: Delivery, order: number, acceptedAt: number, acceptedElapsed: number) {
    this.id = entry.id
    this.customerId = entry.customerId
    this.operation = entry.operation
    this.body = entry.body
    this.delivery = delivery
    this.order = order
    this.acceptedAt = acceptedAt
    this.acceptedElapsed = acceptedElapsed
  }

  get about(): About {
    const { id, operation, customerId, attempts } = this
    return { id, operation, customerId, attempts }
  }
}
