import { Books, type Ending } from './report.ts'
import type { Time } from '../platform/clock.ts'
import { type Delivery, settle, type Settlement } from './delivery.ts'
import { asKept, CancelledError, type EventTrackingError, QueueFullError } from '../errors/errors.ts'
import { dataOf, expired, failureOf, overdue } from './failure.ts'
import type { Call } from '../call/read-call.ts'
import type { Outwaited } from './loop-listener.ts'
import type { Notices } from './hooks.ts'
import type { Settings } from '../options/settings.ts'
import type { OwedEvent } from './pending-event.ts'
import { soon } from '../platform/platform.ts'
import type { Receipt } from '../event/receipt.ts'

/** Every way in which a call can end. The books are right before anybody is told. */
export class Endings {
  readonly books = new Books()
  readonly #settings: Settings
  readonly #time: Time
  readonly #notices: Notices
  readonly #forget: (event: OwedEvent) => void

  /** @param forget called when an event has ended, before anybody is told */
  constructor(settings: Settings, time: Time, notices: Notices, forget: (event: OwedEvent) => void) {
    this.#settings = settings
    this.#time = time
    this.#notices = notices
    this.#forget = forget
  }

  /** A call ends at once, with nothing sent. */
  refuse({ operation, customerId }: Call, delivery: Delivery, error: EventTrackingError): Delivery {
    const how = error instanceof QueueFullError || error instanceof CancelledError ? 'dropped' : 'rejected'
    this.books.end(how)
    settle(delivery, { outcome: how, error })
    // What a hook itself tracks in vain it hears of from its delivery: told again, it would track again, for ever.
    if (!this.#notices.isTelling) {
      this.#failSoon(error, { id: delivery.id, operation, customerId, attempts: 0 }, [delivery])
    }
    return delivery
  }

  /** A call ends at once, because nobody wants it sent. */
  skip(delivery: Delivery): Delivery {
    this.books.end('dropped')
    settle(delivery, { outcome: 'dropped', receipt: skippedReceipt(delivery.id, this.#time.now()) })
    return delivery
  }

  delivered(event: OwedEvent): void {
    this.#deliver(event, receiptOf(event, this.#time.now()))
  }

  /** A durable outbox knows that it was delivered before. */
  duplicate(event: OwedEvent): void {
    this.#deliver(event, duplicateReceipt(event, this.#time.now()))
  }

  /** Its last attempt failed. */
  failed(event: OwedEvent): void {
    this.#fail(event, 'rejected', failureOf(event, this.#settings))
  }

  /** Its budget ran out. */
  overdue(event: OwedEvent): void {
    this.#fail(event, 'rejected', overdue(event, this.#settings))
  }

  /** The API refused it for good: a durable outbox keeps it among the dead letters. */
  died(event: OwedEvent): void {
    this.#fail(event, 'dead', failureOf(event, this.#settings))
  }

  /** It has become too old to be sent. */
  expired(event: OwedEvent): void {
    this.#fail(event, 'dead', expired(event, this.#settings))
  }

  /** A durable outbox could not store it. */
  notStored(event: OwedEvent, error: EventTrackingError): void {
    this.#fail(event, 'rejected', error)
  }

  /** The wait for it ends, not the event: a durable outbox keeps it, or has not said yet whether it does. */
  outwaited(event: OwedEvent, why: Outwaited): void {
    const failure = why === 'overdue' ? overdue(event, this.#settings) : failureOf(event, this.#settings)
    this.endWait(event, event.isStored ? asKept(failure) : failure)
  }

  endWait(event: OwedEvent, error: EventTrackingError): void {
    for (const delivery of event.deliveries) settle(delivery, { outcome: 'pending', error })
  }

  /** Everybody seems to be refused: it is told once. */
  refused(event: OwedEvent): void {
    this.#notices.refused(asKept(failureOf(event, this.#settings)), event.about, event.deliveries)
  }

  /** Somebody decided that it is not to be sent. */
  dropped(event: OwedEvent, error: EventTrackingError): void {
    this.#fail(event, 'dropped', error)
  }

  /** It has to leave for a newer one, during the call of that one. */
  evicted(event: OwedEvent, error: QueueFullError): void {
    this.#finish(event, { outcome: 'dropped', error })
    this.#failSoon(error, event.about, event.deliveries)
  }

  #deliver(event: OwedEvent, receipt: Receipt): void {
    this.#finish(event, { outcome: 'delivered', receipt })
    this.#notices.delivered(receipt, event)
  }

  #fail(event: OwedEvent, outcome: Exclude<Ending, 'delivered'>, error: EventTrackingError): void {
    this.#finish(event, { outcome, error })
    this.#notices.failed(error, event.about, event.deliveries)
  }

  /** In a turn of its own, after the call has returned. */
  #failSoon(...told: Parameters<Notices['failed']>): void {
    soon(() => this.#notices.failed(...told))
  }

  #finish(event: OwedEvent, settlement: Settlement & { outcome: Ending }): void {
    this.books.end(settlement.outcome)
    this.#forget(event)
    for (const delivery of event.deliveries) settle(delivery, settlement)
    // An event that has waited long is garbage only for the next full collection, and must not keep its answer until then.
    event.lastOutcome = undefined
  }
}

/** The receipt of an event whose last attempt succeeded. */
function receiptOf({ id, attempts, accepted, lastOutcome }: OwedEvent, nowMs: number): Receipt {
  const answer = lastOutcome?.kind === 'answered' ? lastOutcome : undefined
  const requestId = answer?.headers['x-request-id']
  return {
    id,
    status: answer?.status ?? 0,
    attempts,
    data: dataOf(answer?.text ?? ''),
    acceptedAt: new Date(accepted.at),
    deliveredAt: new Date(nowMs),
    ...(requestId !== undefined && { requestId }),
  }
}

/** The receipt of an event that nobody wanted sent. */
function skippedReceipt(id: string, nowMs: number): Receipt {
  const now = new Date(nowMs)
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt: now, deliveredAt: now, skipped: true }
}

/** The receipt of an event that had been delivered before. */
function duplicateReceipt({ id, accepted }: OwedEvent, nowMs: number): Receipt {
  const [acceptedAt, deliveredAt] = [new Date(accepted.at), new Date(nowMs)]
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt, deliveredAt, duplicate: true }
}
