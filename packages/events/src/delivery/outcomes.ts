import { asKept, ClosedError } from '../errors/errors.ts'
import { traceElsewhere, traceEnd } from '../tracing/trace.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import { type Receipt, receiptUnsent } from '../event/receipt.ts'
import type { AttemptResult } from '../http/answer.ts'
import type { Settings } from '../options/settings.ts'
import type { EntryEnd } from '../outbox/outbox.ts'
import type { Time } from '../platform/clock.ts'
import { harmlessly, soon } from '../platform/platform.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import { markStored, settle, type Settlement } from './delivery.ts'
import { evicted, expired, failureOf, overdue, reasonOf, settlementOf } from './failure.ts'
import type { Pause } from './gate.ts'
import type { Hooks } from './hooks.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Promises } from './promises.ts'
import type { QueueLimiter } from './queue-limits.ts'
import type { EventEnd, TrackerStats } from '../event/report.ts'
import type { Signals } from './signals.ts'

/** Ends of an event that follow from what was tried. With a durable outbox a final answer is its death; without, a failure. */
export type End = 'delivered' | 'duplicate' | 'failed' | 'overdue' | 'died' | 'expired'

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
  #pause: AttemptResult | undefined

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

  /** Completes an event by what was tried for it. @param ofLane the last failure of its lane, in words */
  complete(event: PendingEvent, end: End, ofLane?: string): void {
    switch (end) {
      case 'delivered':
        return this.#deliver(event, event.receipt(this.#time.now()))
      case 'duplicate':
        return this.#deliver(event, receiptUnsent(event.id, event.accepted.at, this.#time.now(), 'duplicate'))
      case 'failed':
        return this.#fail(event, 'rejected', failureOf(event, this.#settings))
      case 'overdue':
        return this.#fail(event, 'rejected', overdue(event, this.#settings, this.#pause, ofLane))
      case 'died':
        return this.#fail(event, 'dead', failureOf(event, this.#settings))
      default:
        return this.#fail(event, 'dead', expired(event, this.#settings))
    }
  }

  /** A durable outbox has an event. One that it had before it was called `isShared`, and is no call's own. */
  store(event: PendingEvent, isShared: boolean): void {
    this.#limiter.release(event.body)
    event.store()
    for (const delivery of event.deliveries) markStored(delivery)
    if (!isShared) return
    this.#disown(event)
    this.share(2)
  }

  /** A call turns out to be of an event that the outbox had: of both, so many are pending. They are one from now on. */
  share(pending: number): void {
    if (this.ledger.share(pending)) this.#promises.changed(-1)
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
    const error = evicted(this.#settings)
    this.#finish(event, { outcome: 'dropped', error })
    soon(() => this.#hooks.failed(error, event.info, event.deliveries))
  }

  /** Ends the wait for an event, not the event: a durable outbox keeps it, or has not said yet whether it does. */
  outwait(event: PendingEvent, why: 'failed' | 'overdue' | 'refused', ofLane?: string): void {
    if (!event.isAwaited) return
    const failure =
      why === 'overdue' ? overdue(event, this.#settings, this.#pause, ofLane) : failureOf(event, this.#settings)
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
    SERVER: traceEnd(event, { outcome: 'pending' })
  }

  /** Tells, on occasion of this event, that everybody seems to be refused. */
  refused(event: PendingEvent): void {
    this.#hooks.refused(asKept(failureOf(event, this.#settings)), event.info, event.deliveries)
  }

  /** Tells that the gate has closed by the end of this attempt. */
  paused(pause: Pause, result: AttemptResult): void {
    this.#pause = result
    this.#hooks.paused(pause, this.ledger.report().pending, reasonOf(result, this.#settings))
  }

  /** Completes an event that another owner of its outbox has ended: the hooks are told there. One not awaited is only counted. */
  endElsewhere(end: EntryEnd, event: PendingEvent | undefined): void {
    SERVER: if (event) traceElsewhere(event)
    if (event !== undefined) return this.#finish(event, settlementOf(end, event, this.#settings, this.#time.now()))
    if (this.ledger.end(end.kind === 'forgotten' ? 'dropped' : end.kind, false)) this.#promises.ended(-1)
  }

  #deliver(event: PendingEvent, receipt: Receipt): void {
    this.#pause = undefined
    this.#finish(event, { outcome: 'delivered', receipt })
    const { onDelivered } = this.#settings.seams
    if (onDelivered) harmlessly(onDelivered, receipt, event.info)
  }

  #fail(event: PendingEvent, outcome: Exclude<EventEnd, 'delivered'>, error: TrackingError): void {
    this.#finish(event, { outcome, error })
    this.#hooks.failed(error, event.info, event.deliveries)
  }

  /** The one place where an event ends. */
  #finish(event: PendingEvent, settlement: Settlement & { outcome: EventEnd }): void {
    event.end()
    const wasCounted = this.ledger.end(settlement.outcome, event.isOfThisProcess)
    if (!event.isStored) this.#limiter.release(event.body)
    this.#awaited.delete(event)
    if (event.hasSignals) this.#signals.forget(event)
    if (wasCounted) this.#promises.ended(event.order)
    for (const delivery of event.deliveries) settle(delivery, settlement)
    SERVER: traceEnd(event, settlement)
    // An event that has waited long is garbage only for the next full collection, and must not keep its answer until then.
    event.lastResult = undefined
  }

  #endWait(event: PendingEvent, error: TrackingError): void {
    this.#awaited.release(event)
    if (event.hasSignals) this.#signals.forget(event)
    this.#disown(event)
    for (const delivery of event.deliveries) settle(delivery, { outcome: 'pending', error })
    SERVER: traceEnd(event, { outcome: 'pending', error })
  }

  #disown(event: PendingEvent): void {
    this.#promises.lostNumber(event.order)
    if (event.isOfThisProcess) this.ledger.release()
    event.becomeStranger()
  }
}

/** Counts what happens: the report is what these numbers come to. */
class Ledger {
  /** Other owners share the outbox. */
  isShared = false
  #calls = 0
  /** Calls whose events are pending, and known to be theirs. */
  #own = 0
  readonly #ended: Record<EventEnd, number> = { delivered: 0, rejected: 0, dropped: 0, dead: 0 }
  readonly #found = { pending: 0, dead: 0 }
  readonly #erased = { pending: 0, dead: 0 }
  #unheardErasures = 0
  #replayed = 0
  /** Replays that the outbox has not answered, and dead letters that were seen to be pending again meanwhile. */
  readonly #replays = { open: 0, early: 0, unknown: 0 }

  call(): void {
    this.#calls++
    this.#own++
  }

  /** The event of a call is one of those that its outbox has, whoever made them. */
  release(): void {
    this.#own--
  }

  /** Counts an end, of a call or of an event that no call is known of. @returns whether it was known to be pending */
  end(how: EventEnd, isOwn: boolean): boolean {
    const isKnown = isOwn || this.#hasPending(1) > 0
    if (isOwn) this.#own--
    this.#ended[how]++
    return isKnown
  }

  /** Counts one less of so many that are pending, since two of them are one. @returns whether all of them were known */
  share(pending: number): boolean {
    const areKnown = this.#hasPending(pending) === pending
    this.#found.pending--
    return areKnown
  }

  /** Counts what a durable outbox held when it was opened. */
  found({ pending, dead }: { pending: number; dead: number }): void {
    this.#found.pending += pending
    this.#found.dead += dead
  }

  /** The outbox is asked to replay dead letters. What it lends before it answers is one of them, unless it is known. */
  replays(): void {
    this.#replays.open++
  }

  /** Counts dead letters that are pending again, as the outbox answers to one replay. */
  replayed(letters: number): void {
    const replays = this.#replays
    const early = Math.min(letters, replays.early)
    replays.early -= early
    this.#hasDead(letters - early)
    this.#replayed += letters - early
    if (--replays.open > 0) return
    // The others were lent unknown, and are still dead letters, where they ever were.
    this.#found.pending += replays.early
    this.#replayed -= replays.early
    this.#found.dead -= Math.min(replays.early, replays.unknown)
    replays.early = replays.unknown = 0
  }

  /** Counts events that no call of this process waited for, and dead letters, that were erased. */
  erased(pending: number, dead: number): void {
    this.#hasDead(dead)
    // At once, so that none of these passes for a dead letter that is pending again.
    this.#erased.dead += dead
    this.#hasPending(pending)
    this.#erased.pending += pending
  }

  /** An erasure is asked for, or was heard. One that fails may have been carried out, and nobody hears how much was erased. */
  erasing(isHeard: boolean): void {
    this.#unheardErasures += isHeard ? -1 : 1
  }

  /** The outbox holds nothing more: what is pending here and awaited by nobody was taken by an erasure that failed, or by another owner. */
  emptied(awaited: number): void {
    if (this.#unheardErasures > 0 && !this.isShared)
      this.#erased.pending += Math.max(0, this.report().pending - awaited)
  }

  /** So many are pending of no known call. Those that are not known another process stored, or an outbox that failed to say so. */
  #hasPending(events: number): number {
    const { pending, dead } = this.report()
    const unknown = Math.max(0, events - Math.max(0, pending - this.#own))
    // Dead letters that others have left are not known of.
    const early = this.#replays.open === 0 ? 0 : this.isShared ? unknown : Math.min(unknown, dead)
    this.#replays.unknown += Math.max(0, early - dead)
    this.#hasDead(early)
    this.#replays.early += early
    this.#replayed += early
    this.#found.pending += unknown - early
    return events - unknown
  }

  /** So many are dead. Those that are not known died unheard, when the outbox failed to say so; or another process left them. */
  #hasDead(letters: number): void {
    const { dead, pending } = this.report()
    const unheard = this.isShared ? 0 : Math.min(Math.max(0, letters - dead), pending)
    this.#ended.dead += unheard
    this.#found.dead += Math.max(0, letters - dead - unheard)
  }

  report(): TrackerStats {
    const { delivered, rejected } = this.#ended
    const accepted = this.#calls + this.#found.pending + this.#found.dead
    const dropped = this.#ended.dropped + this.#erased.pending + this.#erased.dead
    const dead = this.#found.dead + this.#ended.dead - this.#replayed - this.#erased.dead
    return { accepted, delivered, rejected, dropped, dead, pending: accepted - delivered - rejected - dropped - dead }
  }
}
