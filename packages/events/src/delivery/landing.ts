import type { Age } from './age.ts'
import type { Alarm } from './timer.ts'
import type { Outcome } from './attempt.ts'
import type { Time } from '../platform/clock.ts'
import { type Decision, decisionOf, isAtFault, isCounted, verdictOf } from './decision.ts'
import type { Flight } from './flights.ts'
import { type Gate, pauseOf } from './gate.ts'
import type { LoopListener, Outwaited } from './loop-listener.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { OwedEvent } from './pending-event.ts'
import type { OwedEvents } from './deadlines.ts'
import type { RunningTime } from './running-time.ts'
import type { Settings } from '../options/settings.ts'
import type { Store } from './outbox-client.ts'

/** The parts of the delivery loop. */
export interface LoopParts {
  readonly store: Store
  readonly owed: OwedEvents
  readonly time: Time
  readonly running: RunningTime
  readonly settings: Settings
  readonly listener: LoopListener
  readonly gate: Gate
  readonly alarm: Alarm
  readonly age: Age
  /** There may be something to send. */
  readonly pumpSoon: () => void
  /** Nothing is owed any more. */
  readonly idle: () => void
}

interface Settling {
  readonly askedAt: number
  /** The entry was lent again meanwhile: the outbox is told once more, by this claim. */
  newer?: Claim
}

/** Says what becomes of an event after an attempt, and tells the gate, the outbox and whoever waits. */
export class Landing {
  readonly #parts: LoopParts
  /** When something was last delivered, in elapsed milliseconds. */
  #deliveredAt = -Infinity
  /** Verdicts that a durable outbox has not answered yet. */
  readonly #settling = new Map<OwedEvent, Settling>()

  constructor(parts: LoopParts) {
    this.#parts = parts
  }

  /** An attempt has ended. */
  landed(flight: Flight, outcome: Outcome): void {
    const { time, running, gate, owed, store, settings, listener, age } = this.#parts
    const { event, claim, isProbe } = flight
    const now = time.elapsed()
    const nowMs = time.now()
    if (store.durable && outcome.kind === 'answered') age.answered(outcome.headers)
    const counted = event.landed(outcome)
    const decided = decisionOf(event, counted, settings, store.durable, nowMs)
    const news = gate.leave({ customerId: event.customerId, outcome: counted, decision: decided, isProbe }, now, nowMs)
    if (decided.kind === 'delivered' || (decided.kind === 'final' && !decided.retryable)) owed.settled(running.now())
    const isRefusal = decided.kind === 'refused' && isCounted(counted, claim, flight.startedAt - this.#deliveredAt)
    if (decided.kind === 'delivered') this.#deliveredAt = now
    this.settle(claim, event, this.#withAge(decided, flight, counted, isRefusal), isRefusal)
    // Told last: whoever is told may use the tracker, and must not find the event on its way to nowhere.
    if (news === 'refused') listener.refused(event)
    if (news === 'closed') listener.paused(pauseOf(outcome, nowMs), Math.max(0, (gate.opensAt ?? now) - now))
  }

  /** An attempt was cut short, by nobody's fault: its event waits again, until whoever cut it ends it. */
  cut({ event, claim, isProbe }: Flight, outcome: Outcome): void {
    this.#parts.gate.cut(isProbe)
    event.landed(outcome)
    this.settle(claim, event, { kind: 'release' })
  }

  /** Gives back what was lent, with what became of it. */
  settle(claim: Claim, event: OwedEvent, decision: Decision, isRefusal = false): void {
    const { store, pumpSoon } = this.#parts
    if (store.durable) this.#settlesBy(event)
    store.settle(claim, verdictOf(decision, event, store.durable, isRefusal), event, (isRecorded) => {
      const newer = this.#settling.get(event)?.newer
      this.#settling.delete(event)
      if (newer !== undefined) return this.settle(newer, event, decision, isRefusal)
      // It has left the outbox by another way, and that way has counted it.
      if (isRecorded === false && !event.isOfThisProcess && !event.isAwaited) this.#lose(event)
      if (!event.hasEnded) this.#conclude(event, isRecorded ? decision : asUnrecorded(decision, store.durable))
      pumpSoon()
    })
  }

  /** An entry was lent again while the outbox was being told what became of it. @returns whether that is so */
  renew(event: OwedEvent, claim: Claim): boolean {
    const settling = this.#settling.get(event)
    if (settling !== undefined) settling.newer = claim
    return settling !== undefined
  }

  /** A verdict that an outbox is being told, or is to be told. */
  events(): Iterable<OwedEvent> {
    return this.#settling.keys()
  }

  /** Nobody waits longer than they have said for an outbox that does not answer. */
  tick(now: number): void {
    const { owed, running, settings } = this.#parts
    for (const [event, { askedAt }] of this.#settling) {
      const isLate = askedAt + settings.attemptTimeoutMs <= now && owed.endOf(event) <= running.now()
      if (isLate) this.#outwait(event, 'overdue')
    }
  }

  /** It has ended elsewhere, and nobody is to find it by its id any more. */
  #lose(event: OwedEvent): void {
    event.hasEnded = true
    this.#parts.listener.parked(event)
  }

  #settlesBy(event: OwedEvent): void {
    const { time, alarm, settings } = this.#parts
    const askedAt = time.elapsed()
    this.#settling.set(event, { askedAt })
    alarm.by(askedAt + settings.attemptTimeoutMs)
  }

  /** An event ends, once: `end` tells so. */
  leave(event: OwedEvent, end: () => void): void {
    const { owed, idle } = this.#parts
    if (event.hasEnded) return
    event.hasEnded = true
    owed.delete(event)
    end()
    if (owed.size === 0) idle()
  }

  /** The budget of an event that is not in flight has ended: so does the event, or where it is stored the wait for it. */
  overdue(event: OwedEvent): void {
    const { store, listener, pumpSoon } = this.#parts
    // Given to a durable outbox without an answer, it may be stored or not.
    if (event.isStored || (store.durable && event.keeping === 'handed')) return this.#outwait(event, 'overdue')
    store.remove(event, (isRemoved) => {
      if (isRemoved) this.leave(event, () => listener.ended(event, 'overdue'))
      pumpSoon()
    })
  }

  /** An event that failed for good is kept as long as it has not become too old, or proved to be at fault itself. */
  #withAge(decided: Decision, { event, claim }: Flight, outcome: Outcome, isRefusal: boolean): Decision {
    const { store, age } = this.#parts
    if (!store.durable || (decided.kind !== 'retry' && decided.kind !== 'refused')) return decided
    if (isRefusal && isAtFault(claim.refusals)) return { kind: 'final', retryable: false }
    return age.isOver(event, claim, outcome) ? { kind: 'expired' } : decided
  }

  /** Whoever waits for an event is told that it goes on without them. */
  #outwait(event: OwedEvent, why: Outwaited): void {
    if (!event.isAwaited) return
    this.#parts.owed.delete(event)
    this.#parts.listener.outwaited(event, why)
  }

  #conclude(event: OwedEvent, decision: Decision): void {
    const { store, alarm, owed, listener, running } = this.#parts
    switch (decision.kind) {
      case 'delivered':
      case 'expired':
        return this.leave(event, () => listener.ended(event, decision.kind))
      case 'final':
        return this.leave(event, () => listener.ended(event, store.durable ? 'died' : 'failed'))
      case 'refused':
        this.#outwait(event, 'refused')
        break
      case 'retry':
        if (decision.outwaited) this.#outwait(event, 'failed')
        else if (owed.endOf(event) <= running.now()) this.overdue(event)
        else alarm.by(running.elapsedAt(owed.endOf(event)))
        break
      case 'release':
        // What could not be recorded may have ended its budget in flight, where that was not looked at.
        if (event.isStored && owed.endOf(event) <= running.now()) this.#outwait(event, 'overdue')
        break
      default:
    }
    listener.parked(event)
  }
}

/** A delivery is one whether or not the outbox took note; what it was to keep in another way is where it was. */
function asUnrecorded(decision: Decision, durable: boolean): Decision {
  return decision.kind === 'delivered' || !durable ? decision : { kind: 'release' }
}
