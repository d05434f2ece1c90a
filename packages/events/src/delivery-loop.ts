import { Alarm } from './alarm.ts'
import type { Time } from './clock.ts'
import { Flights } from './flights.ts'
import { Gate } from './gate.ts'
import { Landing } from './landing.ts'
import type { LoopListener } from './loop-listener.ts'
import type { Claim } from './outbox.ts'
import { OwedEvent } from './owed-event.ts'
import type { OwedEvents } from './owed-events.ts'
import { soon } from './platform.ts'
import type { Settings } from './settings.ts'
import type { Appended, Store } from './store.ts'
import type { Wire } from './wire.ts'

/** Takes what is owed out of the outbox, a lane at a time, and sends it until it has ended. */
export class DeliveryLoop {
  readonly #store: Store
  readonly #owed: OwedEvents
  readonly #time: Time
  readonly #settings: Settings
  readonly #listener: LoopListener
  readonly #gate: Gate
  readonly #alarm: Alarm
  readonly #flights: Flights
  readonly #landing: Landing
  readonly #appended: Appended = {
    stored: (event, wasPending) => {
      if (!this.#store.durable) return
      this.#listener.stored(event, wasPending)
      this.pumpSoon()
    },
    done: (event) => this.#landing.leave(event, () => this.#listener.ended(event, 'duplicate')),
    failed: (event, error) => this.#landing.leave(event, () => this.#listener.notStored(event, error)),
  }
  #pumpIsDue = false
  #isClaiming = false
  #hasStopped = false

  constructor(store: Store, owed: OwedEvents, wire: Wire, time: Time, settings: Settings, listener: LoopListener) {
    this.#store = store
    this.#owed = owed
    this.#time = time
    this.#settings = settings
    this.#listener = listener
    this.#gate = new Gate(settings.backoff)
    this.#alarm = new Alarm(time, () => this.#tick())
    const parts = { store, owed, time, settings, listener, gate: this.#gate, alarm: this.#alarm }
    this.#landing = new Landing({ ...parts, pumpSoon: () => this.pumpSoon() })
    this.#flights = new Flights(wire, time, settings.attemptTimeoutMs, (flight, outcome) => {
      const isCut = this.#hasStopped && outcome.kind !== 'answered'
      this.#landing[isCut ? 'cut' : 'landed'](flight, outcome)
    })
  }

  /** Takes on an event. Nothing is sent before it is stored, nor before the caller's code has run to its end. */
  accept(event: OwedEvent): void {
    this.await(event)
    this.#store.append(event, this.#appended)
  }

  /** Somebody waits for an event. */
  await(event: OwedEvent): void {
    this.#owed.add(event)
    this.wakeAt(this.#owed.endOf(event))
  }

  /** Takes out an event that is neither in flight nor stored and calls `end` to end it, or else calls `otherwise`. */
  remove(event: OwedEvent, end: () => void, otherwise: () => void = () => undefined): void {
    if (event.isStored) return otherwise()
    this.#store.remove(event, (isRemoved) => {
      if (!isRemoved) return otherwise()
      this.#landing.leave(event, end)
      // The next of its customer need not wait any more.
      this.pumpSoon()
    })
  }

  /** A customer's events were erased from the outbox; each that is known here is given to `end`. */
  forget(customerId: string, end: (event: OwedEvent) => void): void {
    const known = new Set([...this.#owed, ...this.#flights.events()])
    for (const event of known) if (event.customerId === customerId) this.#landing.leave(event, () => end(event))
    this.pumpSoon()
  }

  /** Somebody waits: looks for what can be sent, and calls the listener's `tick` at `at` at the latest. */
  wakeAt(at: number): void {
    this.#alarm.holds = true
    this.#alarm.by(at)
    this.pumpSoon()
  }

  /**
   * Sends nothing more and ends what is in flight; what has been answered by now still counts.
   *
   * @returns what is still owed, in the order of the calls
   */
  async stop(): Promise<OwedEvent[]> {
    this.#hasStopped = true
    this.#flights.expire(Infinity)
    while (this.#flights.size > 0) await new Promise<void>(soon)
    if (this.#store.durable) {
      await this.#store.close()
      // What was asked before is carried out, and has been answered when this turn is over.
      await new Promise<void>(soon)
    }
    this.#alarm.clear()
    return [...this.#owed]
  }

  /** Ends an event that is not in flight, unless it has ended already: `end` tells so. */
  end(event: OwedEvent, end: () => void): void {
    this.#landing.leave(event, end)
  }

  pumpSoon(): void {
    if (this.#pumpIsDue || !this.#hasWork) return
    this.#pumpIsDue = true
    soon(() => {
      this.#pumpIsDue = false
      this.#pump()
    })
  }

  /** Memory holds nothing but what is owed here; a disk has to be asked. */
  get #hasWork(): boolean {
    return !this.#hasStopped && (this.#owed.size > 0 || this.#store.isOpened)
  }

  /** Fills the free places, as far as the gate lets it. */
  #pump(): void {
    if (this.#isClaiming || !this.#hasWork) return
    const free = this.#gate.admits(this.#settings.concurrency - this.#flights.size, this.#time.elapsed())
    if (free === 0) return this.#settleDown()
    this.#isClaiming = true
    // So long no attempt lasts: what is claimed again was given up by a process that died.
    const leaseMs = 2 * this.#settings.attemptTimeoutMs + 1_000
    this.#store.claim(free, leaseMs, this.#gate.closed ? 'fewest-attempts' : 'oldest', (claims) => {
      this.#isClaiming = false
      for (const claim of claims) this.#take(claim)
      this.#settleDown()
    })
  }

  #take(claim: Claim): void {
    const event = claim.entry instanceof OwedEvent ? claim.entry : this.#listener.recall(claim.entry)
    const now = this.#time.elapsed()
    // The process slept until the lease had run out. The attempt that is on its way will tell.
    if (event.isInFlight) return
    // The answer to the claim took its time.
    const mayGo = !this.#hasStopped && this.#gate.admits(1, now) > 0
    if (!mayGo) return this.#landing.settle(claim, event, { kind: 'release' })
    event.attempts = claim.attempts
    if (this.#store.durable && event.acceptedAt + this.#settings.maxAgeMs <= this.#time.now()) {
      return this.#landing.settle(claim, event, { kind: 'expired' })
    }
    event.attempts++
    this.#alarm.holds = true
    this.#alarm.by(this.#flights.start({ event, claim, isProbe: this.#gate.enter() }))
  }

  /** When there is nothing more to do now: asks when there will be. */
  #settleDown(): void {
    const now = this.#time.elapsed()
    const { opensAt } = this.#gate
    if (opensAt !== undefined && opensAt > now) {
      this.#alarm.by(opensAt)
      this.#rest()
    } else if (this.#gate.admits(1, now) > 0 && this.#flights.size < this.#settings.concurrency) {
      this.#store.due((dueInMs) => {
        this.#alarm.by(now + dueInMs)
        if (dueInMs > 0) this.#rest()
      })
    }
  }

  /** What waits in a durable outbox holds neither a flush nor the process: it goes on at the next start. */
  #rest(): void {
    if (!this.#store.durable || this.#flights.size > 0 || this.#store.isBusy || this.#pumpIsDue) return
    this.#listener.rested()
    this.#alarm.holds = this.#owed.size > 0 || this.#listener.isAwaited()
  }

  #tick(): void {
    const now = this.#time.elapsed()
    this.#flights.expire(now)
    // Budgets first: what they end may be all that a flush has waited for.
    const { events } = this.#owed.overdue(now)
    // One that is in flight is decided by its attempt, which has a deadline of its own.
    for (const event of events) if (!event.isInFlight) this.#landing.overdue(event)
    // Asked anew: whoever was told may have tracked or cancelled others.
    const nextAt = Math.min(this.#owed.overdue(now).next, this.#listener.tick(now))
    this.#pump()
    this.#alarm.by(Math.min(nextAt, this.#flights.nextDeadline(now)))
  }
}
