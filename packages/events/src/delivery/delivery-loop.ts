import { Age } from './age.ts'
import { Alarm } from './timer.ts'
import type { Time } from '../platform/clock.ts'
import { Flights } from './flights.ts'
import { Gate } from './gate.ts'
import { Landing } from './landing.ts'
import type { LoopListener } from './loop-listener.ts'
import type { Claim } from '../outbox/outbox.ts'
import { OwedEvent } from './pending-event.ts'
import type { OwedEvents } from './deadlines.ts'
import { soon } from '../platform/platform.ts'
import type { RunningTime } from './running-time.ts'
import type { Settings } from '../options/settings.ts'
import { StoreClosing } from './store-closing.ts'
import type { Store } from './outbox-client.ts'
import type { Wire } from '../http/send.ts'

/** Takes what is owed out of the outbox, a lane at a time, and sends it until it has ended. */
export class DeliveryLoop {
  readonly #store: Store
  readonly #owed: OwedEvents
  readonly #time: Time
  readonly #running: RunningTime
  readonly #settings: Settings
  readonly #listener: LoopListener
  readonly #gate: Gate
  readonly #age: Age
  readonly #alarm: Alarm
  readonly #flights: Flights
  readonly #landing: Landing
  readonly #closing: StoreClosing
  #pumpIsDue = false
  #isClaiming = false
  #hasStopped = false
  /** Claims in a row that found nothing. */
  #vainClaims = 0
  /** When there will be something to do, found out when there was nothing; what happens meanwhile makes it unknown. */
  #restsUntil = -Infinity

  constructor(
    store: Store,
    owed: OwedEvents,
    wire: Wire,
    time: Time,
    running: RunningTime,
    settings: Settings,
    listener: LoopListener,
  ) {
    this.#store = store
    this.#closing = new StoreClosing(store, time)
    this.#owed = owed
    this.#time = time
    this.#running = running
    this.#settings = settings
    this.#listener = listener
    this.#gate = new Gate(settings.backoff, settings.maxRetryAfterMs)
    this.#age = new Age(settings.maxAgeMs, time, running)
    this.#alarm = new Alarm(time, running, () => this.#tick())
    const parts = {
      store,
      owed,
      time,
      running,
      settings,
      listener,
      gate: this.#gate,
      age: this.#age,
      alarm: this.#alarm,
    }
    this.#landing = new Landing({ ...parts, pumpSoon: () => this.pumpSoon(), idle: () => this.#idle() })
    this.#flights = new Flights(wire, time, settings.attemptTimeoutMs, (flight, outcome) => {
      const isCut = this.#hasStopped && outcome.kind !== 'answered'
      this.#landing[isCut ? 'cut' : 'landed'](flight, outcome)
    })
  }

  /** Takes on an event. Nothing is sent before it is stored, nor before the caller's code has run to its end. */
  accept(event: OwedEvent): void {
    this.await(event)
    this.#store.append(event)
  }

  /** Somebody waits for an event. */
  await(event: OwedEvent): void {
    this.#owed.add(event)
    this.#wake(this.#running.elapsedAt(this.#owed.endOf(event)))
  }

  /** Somebody waits for an event that nobody waited for any more: as long as for a new one. */
  awaitAgain(event: OwedEvent): void {
    event.triedAt = Math.floor(this.#running.now())
    this.await(event)
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

  /** @returns what is known here of a customer and was there before the event of place `before` */
  knownOf(customerId: string, before: number): OwedEvent[] {
    const known = new Set([...this.#owed, ...this.#flights.events(), ...this.#landing.events()])
    return [...known].filter((event) => event.customerId === customerId && event.order < before && !event.hasEnded)
  }

  /**
   * Somebody waits: looks for what can be sent, and calls the listener's `tick` at `at` at the latest. Without a deadline
   * it looks now and then whether the outbox still answers.
   */
  wakeAt(at: number): void {
    this.#wake(Math.min(at, this.#nextLook(this.#time.elapsed())))
  }

  /** Calls the store's and the listener's `tick` at `at` at the latest. */
  tickBy(at: number): void {
    this.#alarm.by(at)
  }

  /** Somebody has stopped waiting. */
  relax(): void {
    if (this.#owed.size === 0 && !this.#hasStopped) this.#idle()
  }

  /** Tells whether there is nothing to do now, and nothing has happened since that was found out. */
  get isAtRest(): boolean {
    return !this.#pumpIsDue && !this.#isClaiming && this.#time.elapsed() < this.#restsUntil
  }

  /**
   * Sends nothing more and ends what is in flight; what has been answered by now still counts.
   *
   * @param deadline when an outbox must have closed, in elapsed milliseconds
   * @returns what is still owed, in the order of the calls
   */
  async stop(deadline: number): Promise<OwedEvent[]> {
    this.#hasStopped = true
    this.#closing.endBy(deadline)
    this.#flights.expire(Infinity)
    while (this.#flights.size > 0) await new Promise<void>(soon)
    if (this.#store.durable) {
      await this.#closing.close()
      // What was asked before is carried out, and has been answered when this turn is over.
      await new Promise<void>(soon)
    }
    this.#alarm.end()
    const abandoned = this.#store.abandon().filter((event) => !event.isAwaited)
    return [...this.#owed.inOrder(), ...abandoned]
  }

  /** Brings the end of `stop` forward to that moment. */
  stopBy(deadline: number): void {
    this.#closing.endBy(deadline)
    this.wakeAt(deadline)
  }

  /** Ends an event that is not in flight, unless it has ended already: `end` tells so. */
  end(event: OwedEvent, end: () => void): void {
    this.#landing.leave(event, end)
  }

  pumpSoon(): void {
    this.#restsUntil = -Infinity
    if (this.#pumpIsDue || !this.#hasWork) return
    this.#pumpIsDue = true
    soon(() => {
      this.#pumpIsDue = false
      this.#pump()
    })
  }

  #wake(at: number): void {
    this.#alarm.holds = true
    this.#alarm.by(at)
    this.pumpSoon()
  }

  /** Memory holds nothing but what is owed here; a disk has to be asked. */
  get #hasWork(): boolean {
    return !this.#hasStopped && (this.#store.durable ? this.#store.isOpened : this.#owed.size > 0)
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
      this.#vainClaims = claims.length === 0 ? this.#vainClaims + 1 : 0
      this.#settleDown()
    })
  }

  #take(claim: Claim): void {
    const event = claim.entry instanceof OwedEvent ? claim.entry : this.#listener.recall(claim.entry)
    const now = this.#time.elapsed()
    // The process slept until the lease had run out.
    if (event.isInFlight) return this.#flights.renew(event, claim)
    if (this.#landing.renew(event, claim)) return
    // The answer to the claim took its time.
    const mayGo = !this.#hasStopped && this.#gate.admits(1, now) > 0
    if (!mayGo) return this.#landing.settle(claim, event, { kind: 'release' })
    // A request that the connection below repeated was an attempt too.
    event.attempts = Math.max(event.attempts, claim.attempts)
    if (this.#store.durable && this.#age.isOver(event, claim)) {
      return this.#landing.settle(claim, event, { kind: 'expired' })
    }
    event.attempts++
    const ranAt = this.#running.now()
    this.#owed.tried(event, ranAt - (claim.failingForMs ?? 0))
    this.#alarm.holds = true
    this.#alarm.by(this.#flights.start({ event, claim, isProbe: this.#gate.enter(), startedAt: now, ranAt }))
  }

  /** When there is nothing more to do now: asks when there will be. */
  #settleDown(): void {
    const now = this.#time.elapsed()
    const { opensAt } = this.#gate
    if (opensAt !== undefined && opensAt > now) {
      this.#alarm.by(opensAt)
      this.#rest(opensAt)
    } else if (this.#gate.admits(1, now) > 0 && this.#flights.size < this.#settings.concurrency) {
      this.#store.due((dueInMs) => {
        // An outbox that has something, and does not give it, is not asked again at once.
        const afterMs = dueInMs === 0 && this.#vainClaims > 1 ? this.#store.pauseMs(this.#vainClaims) : dueInMs
        this.#alarm.by(now + afterMs)
        if (afterMs > 0) this.#rest(now + afterMs)
      })
    }
  }

  /** What waits in a durable outbox holds neither a flush nor the process: it goes on at the next start. */
  #rest(until: number): void {
    if (!this.#store.durable || this.#flights.size > 0 || this.#store.isBusy || this.#pumpIsDue) return
    this.#restsUntil = until
    this.#listener.rested()
    this.#alarm.holds = this.#owed.size > 0 || this.#listener.isAwaited()
  }

  /** Nothing is owed: nothing holds the process open but what is still on its way, or waited for. */
  #idle(): void {
    if (this.#store.isOpened) return this.pumpSoon()
    this.#alarm.clear()
    this.#alarm.by(this.#next(this.#time.elapsed()))
  }

  #tick(): void {
    const now = this.#time.elapsed()
    this.#flights.stoodUntil(this.#running.stoodUntil, this.#running.now())
    this.#flights.expire(now)
    this.#store.tick(now)
    // Budgets first: what they end may be all that a flush has waited for.
    // One that is in flight is decided by its attempt, which has a deadline of its own.
    for (const event of this.#owed.overdue(this.#running.now())) if (!event.isInFlight) this.#landing.overdue(event)
    this.#landing.tick(now)
    this.#pump()
    this.#alarm.by(this.#next(now))
  }

  /** Asked anew each time: whoever was told may have tracked or cancelled others. */
  #next(now: number): number {
    const { maxDeliveryMs } = this.#settings
    // Nobody can wait for what an outbox does not answer.
    const isIdle = this.#owed.size === 0 && this.#flights.size === 0
    if (isIdle && this.#store.oldestAt + maxDeliveryMs <= now) this.#listener.rested()
    return Math.min(
      this.#running.elapsedAt(this.#owed.nextEnd),
      this.#listener.tick(now),
      this.#flights.nextDeadline(now),
      this.#listener.isAwaited() ? this.#nextLook(now) : Infinity,
    )
  }

  /** While somebody waits: what was put off is of interest, and now and then whether the outbox still answers. */
  #nextLook(now: number): number {
    return Math.min(this.#store.nextAt, now + this.#settings.maxDeliveryMs)
  }
}
