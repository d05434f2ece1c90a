import type { ApiClient } from '../http/send.ts'
import type { Settings } from '../options/settings.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { Handover } from '../page/handover.ts'
import { soon } from '../platform/platform.ts'
import { Attempts } from './attempt.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import type { Diagnosis } from './diagnosis.ts'
import { attemptEnd, noteFailure, takenError } from './failure.ts'
import { Gate, pauseOf } from './gate.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import { PendingEvent } from './pending-event.ts'
import { Records } from './records.ts'
import { Decider, type Decision, isSettled, verdictOf } from './retry.ts'
import type { Timer, TrackerTime } from '../platform/timer.ts'
import { traceEnd, traceResult } from '../tracing/trace.ts'

/** The way of a claimed event. It stands in `deliver`, from top to bottom: attempt, decide, record, complete. */
export class DeliveryLine {
  readonly attempts: Attempts
  readonly records: Records
  /** The last failures of lanes, in words, each until its event leaves: see {@link noteFailure}. */
  readonly failures = new Map<string, string>()
  readonly #outbox: OutboxClient
  readonly #awaited: AwaitedEvents
  readonly #outcomes: Outcomes
  readonly #diagnosis: Diagnosis
  readonly gate: Gate
  readonly #timer: Timer
  readonly #time: TrackerTime
  readonly #settings: Settings
  readonly #decider: Decider
  #hasStopped = false

  constructor(
    outbox: OutboxClient,
    awaited: AwaitedEvents,
    outcomes: Outcomes,
    diagnosis: Diagnosis,
    api: ApiClient,
    handover: Handover | undefined,
    timer: Timer,
    time: TrackerTime,
    settings: Settings,
  ) {
    this.attempts = new Attempts(api, handover, time, settings)
    this.records = new Records(outbox, time)
    this.#settings = settings
    this.#outbox = outbox
    this.#awaited = awaited
    this.#outcomes = outcomes
    this.#diagnosis = diagnosis
    this.gate = new Gate(settings.backoff, settings.maxRetryAfterMs, typeof settings.seams.authorization === 'function')
    this.#timer = timer
    this.#time = time
    this.#decider = new Decider(outbox.durable, time, settings)
  }

  /** Takes a claimed entry to its end, or gives it back. `goOn` is called when that is done. */
  take(claim: Claim, goOn: () => void): void {
    const event = claim.entry instanceof PendingEvent ? claim.entry : this.#recall(claim)
    // The process slept until the lease had run out.
    if (event.isInFlight) {
      this.attempts.renew(event, claim)
      return goOn()
    }
    if (this.#outbox.durable && this.records.renew(event, claim)) return goOn()
    if (!this.#outbox.durable && !event.isAwaited) {
      // It has ended, and an outbox in memory should not have it any more.
      this.#awaited.delete(event)
      return this.#outbox.settle(claim, { kind: 'delivered' }, goOn)
    }
    // The answer to the claim took its time.
    const mayGo = !this.#hasStopped && this.gate.admits(1, this.#time.elapsed()) > 0
    if (!mayGo) return this.#record(claim, event, { kind: 'release' }, goOn)
    // A request that the connection below repeated was an attempt too.
    event.attempts = Math.max(event.attempts, claim.attempts)
    if (this.#decider.isTooOld(event, claim)) return this.#record(claim, event, { kind: 'expired' }, goOn)
    void this.#deliver(claim, event, goOn)
  }

  /** The event of an entry: one that is awaited, or one of an earlier process. */
  #recall(claim: Claim): PendingEvent {
    const { entry } = claim
    const known = this.#awaited.find(entry.customerId, entry.id, entry.environment)
    if (known !== undefined && this.#isLent(known, claim)) return known
    const event = PendingEvent.ofEntry(entry, this.#time.running())
    this.#awaited.know(event)
    // An earlier process has used the id for something else, and the outbox would say so. Told last: the hook may use the id.
    if (known !== undefined) this.#outcomes.reject(known, takenError())
    return event
  }

  /** Notes that a durable outbox has an event, since it lends it. @returns false where it lends something else by that id */
  #isLent(known: PendingEvent, claim: Claim): boolean {
    // What is not durable stores nothing, even where it lends a copy.
    if (known.isStored || !this.#outbox.durable) return true
    const isOfCall = isOwn(known, claim)
    if (!isOfCall && !known.isSame(claim.entry.operation, claim.entry.body)) return false
    this.#outcomes.store(known, !isOfCall)
    return true
  }

  /** The way of a claimed event. */
  async #deliver(claim: Claim, event: PendingEvent, goOn: () => void): Promise<void> {
    // Attempt.
    const ranAt = this.#time.running()
    this.#awaited.tried(event, ranAt - (claim.failingForMs ?? 0))
    const isProbe = this.gate.enter()
    const attempt = this.attempts.start(event, claim, ranAt)
    this.#timer.holds = true
    this.#timer.by(attempt.deadline)
    const result = await attempt.result
    this.attempts.delete(attempt)
    const counted = event.attempted(result)
    if (result.kind !== 'answered' && (this.#hasStopped || event.hasEnded)) {
      // Cut short by the shutdown or an erasure, by nobody's fault.
      this.gate.cut(isProbe)
      return this.#record(attempt.claim, event, { kind: 'release' }, goOn)
    }
    // Decide.
    const [now, nowMs] = [this.#time.elapsed(), this.#time.now()]
    const decision = this.#decider.decide(attempt, counted, now, nowMs)
    const news = this.gate.leave({ customerId: event.customerId, result: counted, decision, isProbe }, now, nowMs)
    if (isSettled(decision)) this.#awaited.settled(this.#time.running())
    const mayStay = decision.kind === 'retry' || decision.kind === 'refused'
    if (mayStay && !event.hasEnded) noteFailure(this.failures, event, this.#settings)
    else this.failures.delete(event.customerId)
    // Record and complete.
    this.#record(attempt.claim, event, this.#decider.bound(decision, attempt, counted), goOn)
    // Told last: the hook may use the tracker, and must not find the event on its way to nowhere.
    if (news === 'refused') this.#outcomes.refused(event)
    if (result.kind !== 'answered') this.#diagnosis.failed(result, this.#outcomes.ledger.report().delivered)
    if (news === 'closed') this.#outcomes.paused({ why: pauseOf(result, nowMs), forMs: this.gate.waitMs(now) }, result)
  }

  /** Gives back what was lent, with what becomes of it, and completes the event accordingly. */
  #record(claim: Claim, event: PendingEvent, decision: Decision, goOn: () => void): void {
    SERVER: traceResult(event, this.#time.elapsed(), () =>
      attemptEnd(event, decision, this.#awaited.isOverdue(event, this.#time.running()), this.#settings),
    )
    const recorded = (isRecorded: boolean | undefined): void => {
      // It has left the outbox by another way, and that way has counted it; or it was lent again, and so is still there.
      const isElsewhere = isRecorded === false && decision.kind !== 'delivered'
      if (isElsewhere && !event.isOfThisProcess && !event.isAwaited && !event.hasEnded) this.#outcomes.lose(event)
      if (!event.hasEnded) this.#complete(event, isRecorded ? decision : asUnrecorded(decision, this.#outbox.durable))
      goOn()
    }
    if (!this.#outbox.durable) return this.#outbox.settle(claim, verdictOf(decision, event, false), recorded)
    this.#timer.by(this.#time.elapsed() + this.#settings.attemptTimeoutMs)
    this.records.record(claim, event, decision, recorded)
  }

  #complete(event: PendingEvent, decision: Decision): void {
    switch (decision.kind) {
      case 'delivered':
      case 'expired':
        return this.#outcomes.complete(event, decision.kind)
      case 'final':
        return this.#outcomes.complete(event, this.#outbox.durable ? 'died' : 'failed')
      case 'refused':
        this.#outcomes.outwait(event, 'refused')
        break
      case 'retry':
        if (decision.outwaited) this.#outcomes.outwait(event, 'failed')
        else if (this.#awaited.isOverdue(event, this.#time.running())) this.overdue(event)
        else this.#timer.by(this.#time.elapsedAt(this.#awaited.endOf(event)))
        break
      default:
        // What could not be recorded may have ended its budget in flight, where that was not looked at.
        if (event.isStored && this.#awaited.isOverdue(event, this.#time.running()))
          this.#outcomes.outwait(event, 'overdue')
    }
    // It waits in the outbox, and comes back as another object.
    if (!event.isAwaited) this.#awaited.delete(event)
    SERVER: if (!event.isAwaited) traceEnd(event, { outcome: 'pending' })
  }

  /** The budget of an event that is not in flight has ended: so does the event, or where it is stored the wait for it. */
  overdue(event: PendingEvent): void {
    // Given to a durable outbox without an answer, it may be stored or not.
    const isKept = event.isStored || (this.#outbox.durable && event.storage === 'given')
    const failure = this.failures.get(event.customerId)
    if (isKept) {
      this.#outcomes.outwait(event, 'overdue', failure)
      // By its id it is known until the outbox says that it has it.
      return event.isStored ? this.#awaited.delete(event) : this.#awaited.know(event)
    }
    // An outbox of somebody else's may fail to take it out, or never answer: what it lends of it then is not sent.
    this.remove(event, () => undefined)
    this.#outcomes.complete(event, 'overdue', failure)
  }

  /** Takes an event out that is neither in flight nor stored. `goOn` is given whether it was taken out. */
  remove(event: PendingEvent, goOn: (isRemoved: boolean) => void): void {
    if (event.isStored) return goOn(false)
    if (event.storage === 'memory') return goOn(true)
    // By an id that it was given an earlier process may have stored one, which must not be lost with a call that repeats it.
    if (this.#outbox.durable && !event.hasMintedId) return goOn(false)
    // The outbox may have failed to store it meanwhile.
    this.#outbox.remove(event, (isRemoved) => goOn(isRemoved || event.storage === 'memory'))
  }

  /** Events that somebody waits for, that are in flight or whose end is being recorded. */
  events(): PendingEvent[] {
    return [...this.#awaited, ...this.attempts.events(), ...this.records.events()]
  }

  /** Sends nothing more and ends what is in flight; what has been answered by now still counts. */
  async stop(): Promise<void> {
    this.#hasStopped = true
    this.attempts.expire(Infinity)
    while (this.attempts.size > 0) await new Promise<void>(soon)
  }
}

/** Tells whether what is lent is what a call gave, and not what the outbox had under its id before. */
function isOwn({ hasMintedId, acceptedAt }: PendingEvent, { entry, storedForMs }: Claim): boolean {
  return hasMintedId || (storedForMs !== undefined && entry.acceptedAt === acceptedAt)
}

/** A delivery is one whether or not the outbox took note; what it was to keep in another way is where it was. */
function asUnrecorded(decision: Decision, durable: boolean): Decision {
  return decision.kind === 'delivered' || !durable ? decision : { kind: 'release' }
}
