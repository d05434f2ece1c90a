import { Attempt, type Outcome } from './attempt.ts'
import type { Time } from '../platform/clock.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { OwedEvent } from './pending-event.ts'
import type { Wire } from '../http/send.ts'

/** One attempt at one event, while it lasts. */
export interface Flight {
  readonly event: OwedEvent
  /** A newer one takes its place where the lease ran out and the entry was lent again. */
  claim: Claim
  readonly isProbe: boolean
  /** When it began, in elapsed milliseconds. */
  readonly startedAt: number
  /** The same in running time. */
  readonly ranAt: number
}

/** However often the process stands still, an attempt takes no more than this many times its time. */
const mostTimes = 3

/** The attempts that are on their way. */
export class Flights {
  readonly #wire: Wire
  readonly #elapsed: () => number
  readonly #timeoutMs: number
  readonly #ended: (attempt: Attempt, outcome: Outcome) => void
  /** Not a map by event: one that is as busy as this leaves tables behind that keep what has ended alive for long. */
  readonly #attempts: Attempt[] = []

  constructor(wire: Wire, time: Time, timeoutMs: number, landed: (flight: Flight, outcome: Outcome) => void) {
    this.#wire = wire
    this.#elapsed = () => time.elapsed()
    this.#timeoutMs = timeoutMs
    this.#ended = (attempt, outcome) => {
      this.#attempts.splice(this.#attempts.indexOf(attempt), 1)
      attempt.flight.event.isInFlight = false
      landed(attempt.flight, outcome)
    }
  }

  get size(): number {
    return this.#attempts.length
  }

  events(): OwedEvent[] {
    return this.#attempts.map(({ flight }) => flight.event)
  }

  /** An entry that is in flight was lent again: its attempt is settled by the newer claim. */
  renew(event: OwedEvent, claim: Claim): void {
    for (const { flight } of this.#attempts) if (flight.event === event) flight.claim = claim
  }

  /** @returns when its time is up */
  start(flight: Flight): number {
    flight.event.isInFlight = true
    const attempt = new Attempt(flight, this.#wire, this.#elapsed, this.#timeoutMs, this.#ended)
    this.#attempts.push(attempt)
    return attempt.deadline
  }

  /**
   * The process stood still until then: nobody knows how much of their time was lost, so they have all of it again. `ran`
   * is running time: in a process that stalls again and again what hangs would never end.
   */
  stoodUntil(moment: number, ran: number): void {
    for (const attempt of this.#attempts) {
      const { startedAt, ranAt } = attempt.flight
      const hasMore = startedAt <= moment && ran - ranAt < mostTimes * this.#timeoutMs
      if (hasMore) attempt.deadline = Math.max(attempt.deadline, moment + this.#timeoutMs)
    }
  }

  /** Ends those whose time is up at `now`. */
  expire(now: number): void {
    for (const attempt of this.#attempts) if (attempt.deadline <= now) attempt.expire()
  }

  /** When the next one's time is up, after `now`. */
  nextDeadline(now: number): number {
    let next = Infinity
    for (const { deadline } of this.#attempts) if (deadline > now) next = Math.min(next, deadline)
    return next
  }
}
