import type { TrackingError } from '../errors/tracking-error.ts'
import type { Settings } from '../options/settings.ts'
import type { Claim, EntryEnd } from '../outbox/outbox.ts'
import type { PageWatch } from '../page/page-watch.ts'
import { soon } from '../platform/platform.ts'
import type { AwaitedEvents } from './awaited-events.ts'
import type { DeliveryLine } from './delivery-line.ts'
import type { Gate } from './gate.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { Outcomes } from './outcomes.ts'
import type { PendingEvent } from './pending-event.ts'
import type { Promises } from './promises.ts'
import type { QueueLimiter } from './queue-limits.ts'
import type { Timer, TrackerTime } from '../platform/timer.ts'
import { traceEnd } from '../tracing/trace.ts'

/**
 * Takes what is pending out of the outbox, a lane at a time, and puts it on the line that sends it; where there is nothing
 * to do, finds out when there will be.
 *
 * | state    | what happens                                                | next     |
 * |----------|-------------------------------------------------------------|----------|
 * | resting  | an event was added, has ended or is due; somebody waits     | due      |
 * | due      | the turn comes, and places are free                         | claiming |
 * | due      | the turn comes, and no place is free, or the gate is closed | resting  |
 * | claiming | the outbox answers                                          | resting  |
 * | any      | `stop`                                                      | stopped  |
 */
export class DeliveryLoop {
  readonly #outbox: OutboxClient
  readonly #awaited: AwaitedEvents
  readonly #limiter: QueueLimiter
  readonly #outcomes: Outcomes
  readonly #promises: Promises
  readonly #line: DeliveryLine
  readonly #gate: Gate
  readonly #page: PageWatch | undefined
  readonly #timer: Timer
  readonly #time: TrackerTime
  readonly #settings: Settings
  #isOpen: boolean
  #isPumpDue = false
  #isClaiming = false
  /** Told when a claim is answered that was on its way as the tracker stopped. */
  #claimed: () => void = () => undefined
  #hasStopped = false
  readonly #moveOn = (): void => this.moveOn()
  /** Claims in a row that found nothing, while nothing else happened. */
  #vainClaims = 0
  /** The moment when there will be something to do, found out when there was nothing; what happens meanwhile makes it unknown. */
  #restsUntil = -Infinity

  constructor(
    outbox: OutboxClient,
    awaited: AwaitedEvents,
    limiter: QueueLimiter,
    outcomes: Outcomes,
    promises: Promises,
    line: DeliveryLine,
    page: PageWatch | undefined,
    timer: Timer,
    time: TrackerTime,
    settings: Settings,
  ) {
    this.#outbox = outbox
    this.#awaited = awaited
    this.#limiter = limiter
    this.#outcomes = outcomes
    this.#promises = promises
    this.#line = line
    this.#gate = line.gate
    this.#page = page
    this.#timer = timer
    this.#time = time
    this.#settings = settings
    // A durable outbox has to be opened first.
    this.#isOpen = !outbox.durable
  }

  /** A durable outbox is open: it may hold what no call of this process has given it. */
  open(): void {
    this.#isOpen = true
    // It may be all that a flush has waited for.
    this.#hold()
    this.pumpSoon()
  }

  /** Somebody waits for an event. */
  await(event: PendingEvent): void {
    this.#awaited.add(event)
    this.#page?.watch()
    this.#wake(this.#time.elapsedAt(this.#awaited.endOf(event)))
  }

  /** Somebody waits for an event that nobody waited for any more: as long as for a new one. */
  awaitAgain(event: PendingEvent): void {
    event.triedAt = Math.floor(this.#time.running())
    this.await(event)
  }

  /** Ends an event that somebody decided not to send. */
  drop(event: PendingEvent, error: TrackingError): void {
    if (!event.hasEnded) this.#outcomes.drop(event, error)
    this.#line.attempts.cut(event)
    this.moveOn()
  }

  /** Another owner of the outbox has brought entries of this one to their end. */
  hear(ends: readonly EntryEnd[]): void {
    for (const end of ends) {
      const event = this.#awaited.find(end.customerId, end.id, end.environment)
      if (end.kind !== 'forgotten') this.#awaited.settled(this.#time.running())
      this.#line.failures.delete(end.customerId)
      this.#outcomes.endElsewhere(end, event)
      if (event) this.#line.attempts.cut(event)
    }
    this.moveOn()
  }

  /** An event has ended, or a wait: the next of its customer may go, and where nothing is awaited any more, nothing holds. */
  moveOn(): void {
    if (this.#awaited.size === 0) this.#idle()
    this.pumpSoon()
  }

  /** The network may be back: a gate that is closed for want of answers lets a probe through. */
  hurry(): void {
    this.#gate.hurry(this.#time.elapsed())
    this.pumpSoon()
  }

  /** Looks for what can be sent, and what is late, at `at` at the latest, since somebody waits for it. */
  wakeAt(at: number): void {
    this.#wake(Math.min(at, this.#nextLook(this.#time.elapsed())))
  }

  /** Tells whether there is nothing to do now, and nothing has happened since that was found out. */
  get isAtRest(): boolean {
    return !this.#isPumpDue && !this.#isClaiming && this.#time.elapsed() < this.#restsUntil
  }

  /** Sends nothing more and ends what is in flight; what has been answered by now still counts. */
  stop(): Promise<void> {
    this.#hasStopped = true
    return this.#line.stop()
  }

  /** Resolves once nothing is being lent any more; what was is given back by then. */
  async claimed(): Promise<void> {
    if (this.#isClaiming) await new Promise<void>((resolve) => (this.#claimed = resolve))
  }

  /** The tracker has closed: its timer rings no more. */
  end(): void {
    this.#page?.rest()
    this.#timer.end()
    // Nobody leaves what was found; and the outbox may say only later, or never, that it has it back.
    SERVER: for (const event of this.#line.records.events())
      if (!event.isAwaited) traceEnd(event, { outcome: 'pending' })
  }

  pumpSoon(): void {
    this.#restsUntil = -Infinity
    this.#vainClaims = 0
    if (this.#isPumpDue || !this.#hasWork) return
    this.#isPumpDue = true
    soon(() => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  /** Does what is due, when the timer rings. */
  tick(): void {
    const now = this.#time.elapsed()
    this.#line.attempts.stoodUntil(this.#time.stoodUntil, this.#time.running())
    this.#line.attempts.expire(now)
    this.#outbox.putOff.tick(now)
    // Budgets first: what they end may be all that a flush has waited for.
    // One that is in flight, or whose end is being recorded, is decided by that, which has a deadline of its own. And a hook
    // that was told of one of them may have ended another and tracked its id anew, which is not to be taken out in its place.
    for (const event of this.#awaited.overdue(this.#time.running())) {
      if (event.isInFlight || event.hasEnded || this.#line.records.has(event)) continue
      this.#line.overdue(event)
      this.moveOn()
    }
    this.#outbox.open?.tick()
    // Nobody waits longer than they have said for an outbox that does not answer.
    for (const event of this.#line.records.late(this.#settings.attemptTimeoutMs, now)) {
      if (this.#awaited.isOverdue(event, this.#time.running())) this.#outcomes.outwait(event, 'overdue')
    }
    if (this.isAtRest) this.#timer.by(this.#restsUntil)
    else this.#pump()
    this.#timer.by(this.#next(now))
    this.#hold()
  }

  #wake(at: number): void {
    this.#timer.holds = true
    this.#timer.by(at)
    this.pumpSoon()
  }

  /** Memory holds nothing but what is awaited here; a disk has to be asked. */
  get #hasWork(): boolean {
    return !this.#hasStopped && (this.#outbox.durable ? this.#isOpen : this.#awaited.size > 0)
  }

  /** Fills the free places, as far as the gate lets it. */
  #pump(): void {
    if (this.#isClaiming || !this.#hasWork) return
    const free = this.#gate.admits(this.#settings.concurrency - this.#line.attempts.size, this.#time.elapsed())
    // An outbox of somebody else's may have lent more than it was asked for.
    if (free <= 0) return this.#settleDown()
    this.#isClaiming = true
    if (this.#outbox.durable) this.#line.records.erasures.claim()
    // So long no attempt lasts: what is claimed again was given up by a process that died.
    const leaseMs = 2 * this.#settings.attemptTimeoutMs + 1_000
    const first = this.#gate.closed ? 'fewest-attempts' : 'oldest'
    const lent = (claims: readonly Claim[]): void => {
      this.#isClaiming = false
      const sifted = this.#outbox.durable ? this.#line.records.sift(claims, this.#moveOn) : claims
      for (const claim of sifted) this.#line.take(claim, this.#moveOn)
      this.#vainClaims = sifted.length === 0 ? this.#vainClaims + 1 : 0
      this.#settleDown()
      this.#claimed()
    }
    const late = (claims: readonly Claim[]) => this.#line.records.giveBack(claims, this.#moveOn)
    this.#outbox.claim(free, leaseMs, first, lent, late)
  }

  /** Asks when there will be something to do, where there is nothing more now. */
  #settleDown(): void {
    const now = this.#time.elapsed()
    const { opensAt } = this.#gate
    if (opensAt !== undefined && opensAt > now) {
      this.#timer.by(opensAt)
      this.#rest(opensAt)
    } else if (this.#gate.admits(1, now) > 0 && this.#line.attempts.size < this.#settings.concurrency) {
      this.#outbox.due((dueInMs) => {
        // An outbox that has something, and does not give it, is not asked again at once.
        const afterMs = dueInMs === 0 && this.#vainClaims > 1 ? this.#outbox.pauseMs(this.#vainClaims) : dueInMs
        this.#timer.by(now + afterMs)
        if (dueInMs > 0) this.#rest(now + afterMs)
      })
    }
  }

  /** Rests: what waits in a durable outbox holds neither a flush nor the process: it goes on at the next start. */
  #rest(until: number): void {
    const isBusy = (this.#outbox.open?.size ?? 0) > 0 || !this.#limiter.isEmpty
    if (!this.#outbox.durable || this.#line.attempts.size > 0 || isBusy || this.#isPumpDue) return
    this.#restsUntil = until
    if (until === Infinity) this.#outcomes.ledger.emptied(this.#awaited.size)
    this.#promises.rested()
    this.#hold()
  }

  /** Holds the process while somebody waits, or something is in flight: not for an outbox that is asked for nobody. */
  #hold(): void {
    this.#timer.holds = this.#awaited.size > 0 || this.#promises.areWaiting || this.#line.attempts.size > 0
  }

  /** Nothing is awaited: nothing holds the process open but what is still on its way, or waited for. */
  #idle(): void {
    this.#page?.rest()
    this.#hold()
    if (this.#outbox.durable && this.#isOpen) return this.pumpSoon()
    this.#timer.clear()
    this.#timer.by(this.#next(this.#time.elapsed()))
  }

  /** Asked anew each time: whoever was told may have tracked or cancelled others. */
  #next(now: number): number {
    const { attemptTimeoutMs, maxDeliveryMs } = this.#settings
    // Nobody can wait for what an outbox does not answer.
    const isIdle = this.#awaited.size === 0 && this.#line.attempts.size === 0
    const running = this.#time.running()
    const oldestAt = this.#outbox.open?.oldestAt ?? Infinity
    if (isIdle && oldestAt + maxDeliveryMs <= running) this.#promises.rested()
    return Math.min(
      this.#time.elapsedAt(this.#awaited.nextEnd),
      this.#promises.tick(now, running),
      this.#line.attempts.nextDeadline(now),
      this.#outbox.open?.nextEnd ?? Infinity,
      this.#outbox.durable ? this.#line.records.nextDeadline(attemptTimeoutMs, now) : Infinity,
      this.#promises.areWaiting ? this.#nextLook(now) : Infinity,
    )
  }

  /** The next look while somebody waits: what was put off is of interest, and now and then whether the outbox still answers. */
  #nextLook(now: number): number {
    return Math.min(this.#outbox.putOff.nextAt, now + this.#settings.maxDeliveryMs)
  }
}
