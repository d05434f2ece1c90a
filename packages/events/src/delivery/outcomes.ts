import type { Call } from '../call/read-call.ts'
import { asKept, CancelledError, ClosedError, QueueFullError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import { type Receipt, skippedReceipt } from '../event/receipt.ts'
import { dataOf } from '../http/answer.ts'
import type { Settings } from '../options/settings.ts'
import type { Time } from '../platform/clock.ts'
import { harmlessly, soon } from '../platform/platform.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import { type Delivery, markStored, settle, type Settlement } from './delivery.ts'
import { expired, failureOf, overdue } from './failure.ts'
import type { Pause } from './gate.ts'
import type { Hooks } from './hooks.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Promises } from './promises.ts'
import type { QueueLimiter } from './queue-limits.ts'
import type { Signals } from './signals.ts'

/** The state of every call that was made: accepted is always the sum of the others. */
export interface TrackerStats {
  /** Every tracking call, valid or not, counted when it is made; and, once, what a durable outbox held at the start. */
  accepted: number
  /** The API answered with success. */
  delivered: number
  /** Refused before it was sent, refused by the API, or given up after the last retry. */
  rejected: number
  /** Ended by a decision: a full queue, a signal, a veto, `forget`, a shutdown, `enabled: false`. */
  dropped: number
  /** Among the dead letters of a durable outbox. */
  dead: number
  /** Neither ended nor dead. */
  pending: number
}

/** The ways in which an event can end. */
export type Ending = 'delivered' | 'rejected' | 'dropped' | 'dead'

/** Ends of an event that follow from what was tried. With a durable outbox a final answer is its death; without, a failure. */
export type End = 'delivered' | 'duplicate' | 'failed' | 'overdue' | 'died' | 'expired'

/** Reasons for which nobody should wait for an event any longer, though a durable outbox keeps it. */
type Outwaited = 'failed' | 'overdue' | 'refused'

/** Completes events: whatever waits for one is told here, once, after the ledger is right. */
export class Outcomes {
  readonly ledger = new Ledger()
  readonly #settings: Settings
  readonly #time: Time
  readonly #hooks: Hooks
  readonly #awaited: AwaitedEvents
  readonly #limiter: QueueLimiter
  readonly #signals: Signals
  readonly #promises: Promises

  constructor(
    settings: Settings,
    time: Time,
    hooks: Hooks,
    awaited: AwaitedEvents,
    limiter: QueueLimiter,
    signals: Signals,
    promises: Promises,
  ) {
    this.#settings = settings
    this.#time = time
    this.#hooks = hooks
    this.#awaited = awaited
    this.#limiter = limiter
    this.#signals = signals
    this.#promises = promises
  }

  /** Ends a call at once, with nothing sent. */
  refuse({ operation, customerId }: Call, delivery: Delivery, error: TrackingError): Delivery {
    const how = error instanceof QueueFullError || error instanceof CancelledError ? 'dropped' : 'rejected'
    this.ledger.end(how)
    settle(delivery, { outcome: how, error })
    // What a hook itself tracks in vain it hears of from its delivery: told again, it would track again, for ever.
    if (!this.#hooks.isTelling) {
      soon(() => this.#hooks.failed(error, { id: delivery.id, operation, customerId, attempts: 0 }, [delivery]))
    }
    return delivery
  }

  /** Ends a call at once, because nobody wants it sent. */
  skip(delivery: Delivery): Delivery {
    this.ledger.end('dropped')
    const receipt = skippedReceipt(delivery, () => this.#time.now())
    settle(delivery, { outcome: 'skipped', receipt })
    return delivery
  }

  /** Completes an event by what was tried for it. */
  complete(event: PendingEvent, end: End): void {
    switch (end) {
      case 'delivered':
        return this.#deliver(event, receiptOf(event, this.#time.now()))
      case 'duplicate':
        return this.#deliver(event, duplicateReceipt(event, this.#time.now()))
      case 'failed':
        return this.#fail(event, 'rejected', failureOf(event, this.#settings))
      case 'overdue':
        return this.#fail(event, 'rejected', overdue(event, this.#settings))
      case 'died':
        return this.#fail(event, 'dead', failureOf(event, this.#settings))
      default:
        return this.#fail(event, 'dead', expired(event, this.#settings))
    }
  }

  /** A durable outbox has an event. One that it had before it was called is counted already: it `isShared`. */
  store(event: PendingEvent, isShared: boolean): void {
    this.#limiter.release(event.body)
    event.store()
    for (const delivery of event.deliveries) markStored(delivery)
    if (!isShared) return
    this.share(event.order)
    event.becomeStranger()
  }

  /** A call of that number turns out to be of an event that was counted before. */
  share(order: number): void {
    this.ledger.shared()
    this.#promises.ended(order)
  }

  /** Completes an event that a durable outbox could not store. */
  reject(event: PendingEvent, error: TrackingError): void {
    this.#fail(event, 'rejected', error)
  }

  /** Completes an event that somebody decided not to send. */
  drop(event: PendingEvent, error: TrackingError): void {
    this.#fail(event, 'dropped', error)
  }

  /** Completes an event that has to leave for a newer one, during the call of that one. */
  evict(event: PendingEvent): void {
    const { maxEvents, maxBytes } = this.#settings.queue
    const error = new QueueFullError(
      `The queue was full (queue.maxEvents: ${maxEvents}, queue.maxBytes: ${maxBytes}), and the event had to leave for a newer one.`,
      true,
    )
    this.#finish(event, { outcome: 'dropped', error })
    soon(() => this.#hooks.failed(error, event.info, event.deliveries))
  }

  /** Ends the wait for an event, not the event: a durable outbox keeps it, or has not said yet whether it does. */
  outwait(event: PendingEvent, why: Outwaited): void {
    if (!event.isAwaited) return
    const failure = why === 'overdue' ? overdue(event, this.#settings) : failureOf(event, this.#settings)
    this.#endWait(event, event.isStored ? asKept(failure) : failure)
  }

  /** Ends what a shutdown leaves: the wait for an event that is stored, and otherwise the event. */
  leave(event: PendingEvent): void {
    const error = new ClosedError('The tracker was shut down before the event was delivered.')
    if (event.isStored) this.#endWait(event, asKept(error))
    else if (!event.hasEnded) this.drop(event, error)
  }

  /** Forgets an event that has left the outbox by another way, which has counted it. */
  lose(event: PendingEvent): void {
    event.end()
    this.#awaited.delete(event)
  }

  /** Tells, on occasion of this event, that everybody seems to be refused. */
  refused(event: PendingEvent): void {
    this.#hooks.refused(asKept(failureOf(event, this.#settings)), event.info, event.deliveries)
  }

  /** Tells that the gate has closed. */
  paused(pause: Pause): void {
    this.#hooks.paused(pause, this.ledger.report().pending)
  }

  #deliver(event: PendingEvent, receipt: Receipt): void {
    this.#finish(event, { outcome: 'delivered', receipt })
    const { onDelivered } = this.#settings.seams
    if (onDelivered) harmlessly(onDelivered, receipt, event.info)
  }

  #fail(event: PendingEvent, outcome: Exclude<Ending, 'delivered'>, error: TrackingError): void {
    this.#finish(event, { outcome, error })
    this.#hooks.failed(error, event.info, event.deliveries)
  }

  /** The one place where an event ends. */
  #finish(event: PendingEvent, settlement: Settlement & { outcome: Ending }): void {
    event.end()
    if (!event.isOfThisProcess) this.ledger.hasPending(1)
    this.ledger.end(settlement.outcome)
    if (!event.isStored) this.#limiter.release(event.body)
    this.#awaited.delete(event)
    if (event.hasSignals) this.#signals.forget(event)
    this.#promises.ended(event.order)
    for (const delivery of event.deliveries) settle(delivery, settlement)
    // An event that has waited long is garbage only for the next full collection, and must not keep its answer until then.
    event.lastResult = undefined
  }

  #endWait(event: PendingEvent, error: TrackingError): void {
    this.#awaited.release(event)
    if (event.hasSignals) this.#signals.forget(event)
    this.#promises.lostNumber(event.order)
    event.becomeStranger()
    for (const delivery of event.deliveries) settle(delivery, { outcome: 'pending', error })
  }
}

/** Counts what happens. Nothing is taken back: the report is what these numbers come to. */
class Ledger {
  #calls = 0
  /** Calls that turned out to be of an event that was counted before. */
  #shared = 0
  readonly #ended: Record<Ending, number> = { delivered: 0, rejected: 0, dropped: 0, dead: 0 }
  readonly #found = { pending: 0, dead: 0 }
  readonly #erased = { pending: 0, dead: 0 }
  #replayed = 0

  call(): void {
    this.#calls++
  }

  shared(): void {
    this.#shared++
  }

  end(how: Ending): void {
    this.#ended[how]++
  }

  /** Counts what a durable outbox held when it was opened. */
  found({ pending, dead }: { pending: number; dead: number }): void {
    this.#found.pending += pending
    this.#found.dead += dead
  }

  /** Counts dead letters that are pending again. */
  replayed(letters: number): void {
    this.#hasDead(letters)
    this.#replayed += letters
  }

  /** Counts events that no call of this process waited for, and dead letters, that were erased. */
  erased(pending: number, dead: number): void {
    this.#hasDead(dead)
    this.hasPending(pending)
    this.#erased.pending += pending
    this.#erased.dead += dead
  }

  /** So many are pending. Those that are not known an outbox has stored that had said it could not; or another process has. */
  hasPending(events: number): void {
    this.#found.pending += Math.max(0, events - this.report().pending)
  }

  /** So many are dead. Those that are not known died unheard, when the outbox failed to say so; or another process left them. */
  #hasDead(letters: number): void {
    const { dead, pending } = this.report()
    const unheard = Math.min(Math.max(0, letters - dead), pending)
    this.#ended.dead += unheard
    this.#found.dead += Math.max(0, letters - dead - unheard)
  }

  report(): TrackerStats {
    const { delivered, rejected } = this.#ended
    const accepted = this.#calls - this.#shared + this.#found.pending + this.#found.dead
    const dropped = this.#ended.dropped + this.#erased.pending + this.#erased.dead
    const dead = this.#found.dead + this.#ended.dead - this.#replayed - this.#erased.dead
    return { accepted, delivered, rejected, dropped, dead, pending: accepted - delivered - rejected - dropped - dead }
  }
}

/** The receipt of an event whose last attempt succeeded. */
function receiptOf({ id, attempts, accepted, lastResult }: PendingEvent, nowMs: number): Receipt {
  const answer = lastResult?.kind === 'answered' ? lastResult : undefined
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

/** The receipt of an event that had been delivered before. */
function duplicateReceipt({ id, accepted }: PendingEvent, nowMs: number): Receipt {
  const [acceptedAt, deliveredAt] = [new Date(accepted.at), new Date(nowMs)]
  return { id, status: 0, attempts: 0, data: undefined, acceptedAt, deliveredAt, duplicate: true }
}
