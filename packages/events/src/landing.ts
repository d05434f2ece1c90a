import type { Alarm } from './alarm.ts'
import type { Outcome } from './attempt.ts'
import type { Time } from './clock.ts'
import { type Decision, decisionOf, verdictOf } from './decision.ts'
import type { Flight } from './flights.ts'
import type { Gate } from './gate.ts'
import type { LoopListener, Outwaited } from './loop-listener.ts'
import type { Claim } from './outbox.ts'
import type { OwedEvent } from './owed-event.ts'
import type { OwedEvents } from './owed-events.ts'
import type { Settings } from './settings.ts'
import type { Store } from './store.ts'

/** What the delivery loop is made of. */
export interface LoopParts {
  readonly store: Store
  readonly owed: OwedEvents
  readonly time: Time
  readonly settings: Settings
  readonly listener: LoopListener
  readonly gate: Gate
  readonly alarm: Alarm
  /** There may be something to send. */
  readonly pumpSoon: () => void
}

/** What becomes of an event after an attempt: the gate, the outbox and whoever waits are told. */
export class Landing {
  readonly #parts: LoopParts

  constructor(parts: LoopParts) {
    this.#parts = parts
  }

  /** An attempt has ended. */
  landed({ event, claim, isProbe }: Flight, outcome: Outcome): void {
    const { time, gate, owed, store, settings, listener } = this.#parts
    const now = time.elapsed()
    const nowMs = time.now()
    const hasClosed = gate.leave(outcome, isProbe, now, nowMs)
    const counted = event.landed(outcome, isProbe && gate.spares(now))
    const decision = decisionOf(event, counted, settings, store.durable, nowMs)
    const hasAnswer = decision.kind === 'delivered' || (decision.kind === 'final' && !decision.retryable)
    if (hasAnswer) owed.progressed(now)
    const isHeld = decision.kind === 'hold' && gate.hold(now)
    this.settle(claim, event, decision)
    // Told last: whoever is told may use the tracker, and must not find the event on its way to nowhere.
    if (isHeld) listener.held(event)
    if (hasClosed) listener.paused(outcome.kind === 'answered', Math.max(0, (gate.opensAt ?? now) - now))
  }

  /** An attempt was cut short, by nobody's fault: its event waits again, until whoever cut it ends it. */
  cut({ event, claim }: Flight, outcome: Outcome): void {
    event.landed(outcome, false)
    this.settle(claim, event, { kind: 'release' })
  }

  /** Gives back what was lent, with what became of it. */
  settle(claim: Claim, event: OwedEvent, decision: Decision): void {
    const { store, pumpSoon } = this.#parts
    store.settle(claim, verdictOf(decision, event, store.durable), () => {
      if (!event.hasEnded) this.#conclude(event, decision)
      pumpSoon()
    })
  }

  /** An event ends, once: `end` tells so. */
  leave(event: OwedEvent, end: () => void): void {
    const { owed, store, alarm, listener, time, pumpSoon } = this.#parts
    if (event.hasEnded) return
    event.hasEnded = true
    owed.delete(event)
    end()
    if (owed.size > 0) return
    if (store.isOpened) return pumpSoon()
    // Idle: nothing holds the process open but what the listener still waits for.
    alarm.clear()
    alarm.by(listener.tick(time.elapsed()))
  }

  /** The budget of an event that is not in flight has ended: so does the event, or where it is stored the wait for it. */
  overdue(event: OwedEvent): void {
    const { store, listener, pumpSoon } = this.#parts
    if (event.isStored) return this.#outwait(event, 'overdue')
    // Not stored yet: the outbox will tell.
    if (store.durable) return
    store.remove(event, (isRemoved) => {
      if (isRemoved) this.leave(event, () => listener.ended(event, 'overdue'))
      pumpSoon()
    })
  }

  /** Whoever waits for an event is told that it goes on without them. */
  #outwait(event: OwedEvent, why: Outwaited): void {
    if (!event.isAwaited) return
    this.#parts.owed.delete(event)
    this.#parts.listener.outwaited(event, why)
  }

  #conclude(event: OwedEvent, decision: Decision): void {
    const { store, alarm, owed, listener, time } = this.#parts
    switch (decision.kind) {
      case 'delivered':
      case 'expired':
        return this.leave(event, () => listener.ended(event, decision.kind))
      case 'final':
        return this.leave(event, () => listener.ended(event, store.durable ? 'died' : 'failed'))
      case 'hold':
        this.#outwait(event, 'refused')
        break
      case 'retry':
        if (decision.outwaited) this.#outwait(event, 'failed')
        else if (owed.endOf(event) <= time.elapsed()) this.overdue(event)
        else alarm.by(owed.endOf(event))
        break
      default:
    }
    listener.parked(event)
  }
}
