import { Alarm } from './alarm.ts'
import { Attempt, type Outcome } from './attempt.ts'
import type { Time } from './clock.ts'
import { Gate } from './gate.ts'
import type { Settings } from './options.ts'
import type { Claim, Outbox } from './outbox.ts'
import type { OwedEvent } from './owed-event.ts'
import { soon } from './platform.ts'
import { decide } from './retry.ts'
import type { Wire } from './wire.ts'

/** Whom the loop tells. */
export interface LoopListener {
  /** An event has ended: by its last attempt, or because its budget ran out. */
  ended(event: OwedEvent, how: 'delivered' | 'failed' | 'overdue'): void
  /** The gate has closed for `waitMs`: an answer asked for it, or there was none. */
  paused(hasAnswered: boolean, waitMs: number): void
  /** A moment that the listener asked for with `wakeAt` may have come. @returns the next such moment */
  tick(now: number): number
}

interface Flight {
  readonly attempt: Attempt
  readonly claim: Claim
  readonly isProbe: boolean
}

/** Takes what is owed out of the outbox, a lane at a time, and sends it until it has ended. */
export class DeliveryLoop {
  readonly #outbox: Outbox
  readonly #wire: Wire
  readonly #time: Time
  readonly #settings: Settings
  readonly #listener: LoopListener
  readonly #gate: Gate
  readonly #alarm: Alarm
  readonly #flights = new Set<Flight>()
  /** In the order of the calls, so that the first has the earliest end. */
  readonly #owed = new Set<OwedEvent>()
  /** When the API last settled an event, in elapsed milliseconds. */
  #lastProgress = -Infinity
  #pumpIsDue = false
  #hasStopped = false

  constructor(outbox: Outbox, wire: Wire, time: Time, settings: Settings, listener: LoopListener) {
    this.#outbox = outbox
    this.#wire = wire
    this.#time = time
    this.#settings = settings
    this.#listener = listener
    this.#gate = new Gate(settings.backoff)
    this.#alarm = new Alarm(time, () => this.#tick())
  }

  /** How many events are owed. */
  get owed(): number {
    return this.#owed.size
  }

  /** Takes on an event. Nothing is sent before the caller's code has run to its end. */
  accept(event: OwedEvent): void {
    this.#owed.add(event)
    this.#outbox.append(event)
    this.#alarm.by(this.#budgetEnd(event))
    this.#pumpSoon()
  }

  /** Rings at `at` at the latest, and calls the listener's `tick` then. */
  wakeAt(at: number): void {
    this.#alarm.by(at)
  }

  /**
   * Sends nothing more and ends what is in flight; what has been answered by now still counts.
   *
   * @returns what is still owed, in the order of the calls
   */
  async stop(): Promise<OwedEvent[]> {
    this.#hasStopped = true
    for (const { attempt } of this.#flights) attempt.expire()
    while (this.#flights.size > 0) await new Promise<void>(soon)
    const left = [...this.#owed]
    this.#owed.clear()
    this.#alarm.clear()
    return left
  }

  #pumpSoon(): void {
    if (this.#pumpIsDue || this.#owed.size === 0) return
    this.#pumpIsDue = true
    soon(() => {
      this.#pumpIsDue = false
      this.#pump()
    })
  }

  /** Fills the free places, as far as the gate lets it. */
  #pump(): void {
    if (this.#hasStopped || this.#owed.size === 0) return
    const now = this.#time.elapsed()
    const free = this.#gate.admits(this.#settings.concurrency - this.#flights.size, now)
    if (free > 0) {
      const claims = this.#outbox.claim(free, this.#gate.closed ? 'fewest-attempts' : 'oldest')
      for (const claim of claims) this.#send(claim)
    }
    const { opensAt } = this.#gate
    if (opensAt !== undefined && opensAt > now) this.#alarm.by(opensAt)
    else if (this.#gate.admits(1, now) > 0 && this.#flights.size < this.#settings.concurrency) {
      this.#alarm.by(now + this.#outbox.dueInMs())
    }
  }

  #send(claim: Claim): void {
    const event = claim.entry as OwedEvent
    event.attempts = claim.attempts + 1
    const isProbe = this.#gate.enter()
    const { attemptTimeoutMs } = this.#settings
    const ended = (outcome: Outcome) => this.#landed(flight, outcome)
    const attempt = new Attempt(event, this.#wire, () => this.#time.elapsed(), attemptTimeoutMs, ended)
    const flight: Flight = { attempt, claim, isProbe }
    this.#flights.add(flight)
    this.#alarm.by(attempt.deadline)
  }

  #landed(flight: Flight, outcome: Outcome): void {
    this.#flights.delete(flight)
    // Cut by stop(), which hands out what it belongs to.
    if (this.#hasStopped && outcome.kind !== 'answered') return
    const event = flight.claim.entry as OwedEvent
    const now = this.#time.elapsed()
    const nowMs = this.#time.now()
    if (this.#gate.leave(outcome, flight.isProbe, now, nowMs)) {
      this.#listener.paused(outcome.kind === 'answered', Math.max(0, (this.#gate.opensAt ?? now) - now))
    }
    event.lastOutcome = outcome
    const decision = decide(
      event.hadNewToken ? withoutNewToken(outcome) : outcome,
      event.attempts,
      this.#settings,
      nowMs,
    )
    if (outcome.kind === 'answered' && outcome.tokenChanged) event.hadNewToken = true
    if (decision.kind === 'retry') {
      this.#outbox.settle(flight.claim, decision)
      this.#alarm.by(Math.max(now, this.#budgetEnd(event)))
    } else {
      this.#outbox.settle(flight.claim, { kind: 'done' })
      if (!(decision.kind === 'final' && decision.retryable)) this.#lastProgress = now
      this.#end(event, decision.kind === 'delivered' ? 'delivered' : 'failed')
    }
    this.#pumpSoon()
  }

  #end(event: OwedEvent, how: 'delivered' | 'failed' | 'overdue'): void {
    this.#owed.delete(event)
    this.#listener.ended(event, how)
    if (this.#owed.size > 0) return
    // Idle: nothing holds the process open but what the listener still waits for.
    this.#alarm.clear()
    this.#alarm.by(this.#listener.tick(this.#time.elapsed()))
  }

  #tick(): void {
    const now = this.#time.elapsed()
    for (const { attempt } of this.#flights) if (attempt.deadline <= now) attempt.expire()
    // Budgets first: what they end may be all that a flush has waited for.
    const nextBudget = this.#endWhatIsOverdue(now)
    let next = Math.min(nextBudget, this.#listener.tick(now))
    this.#pump()
    for (const { attempt } of this.#flights) if (attempt.deadline > now) next = Math.min(next, attempt.deadline)
    this.#alarm.by(next)
  }

  /** @returns when the next budget ends */
  #endWhatIsOverdue(now: number): number {
    for (const event of this.#owed) {
      const end = this.#budgetEnd(event)
      // The calls after it were made later, so they end later.
      if (end > now) return end
      // One that is in flight is decided by its attempt, which has a deadline of its own.
      if (this.#outbox.remove(event)) this.#end(event, 'overdue')
    }
    return Infinity
  }

  /** While the API settles events, the others only wait their turn: that costs nothing. */
  #budgetEnd(event: OwedEvent): number {
    return Math.max(event.acceptedElapsed, this.#lastProgress) + this.#settings.maxDeliveryMs
  }
}

function withoutNewToken(outcome: Outcome): Outcome {
  return outcome.kind === 'answered' ? { ...outcome, tokenChanged: false } : outcome
}
