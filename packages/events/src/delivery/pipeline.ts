import type { Entry, GivenEvent } from '../event/event.ts'
import type { Report } from './report.ts'
import type { CallOptions } from '../call/call-options.ts'
import { CallOrder } from './call-order.ts'
import { cancelled, Cancellations } from './cancellation.ts'
import { Moments, type Time, timeOf } from '../platform/clock.ts'
import { DeliveryLoop } from './delivery-loop.ts'
import { Delivery, markStored } from './delivery.ts'
import { Endings } from './outcomes.ts'
import { ClosedError, type EventTrackingError, QueueFullError, ValidationError } from '../errors/errors.ts'
import { Flushes } from './flush.ts'
import { type Call, CallReader } from '../call/read-call.ts'
import type { LoopListener } from './loop-listener.ts'
import { MemoryOutbox } from '../outbox/memory/memory-outbox.ts'
import { Notices } from './hooks.ts'
import type { TrackerOptions } from '../options/options.ts'
import { OwedEvent } from './pending-event.ts'
import { OwedEvents } from './deadlines.ts'
import { OwedIds } from './event-index.ts'
import { QueueRoom } from './queue-limits.ts'
import { RunningTime } from './running-time.ts'
import { decideSettings, missesProduction, type Settings, takeOutbox } from '../options/settings.ts'
import { Store, type StoreListener } from './outbox-client.ts'
import { TokenKeeper } from '../token/token-keeper.ts'
import { Upkeep } from './dead-letters.ts'
import { Waits } from './lifecycle.ts'
import { Wire } from '../http/send.ts'

/** The way of an event through a tracker: in, owed, stored, sent, ended. */
export class Pipeline {
  readonly #settings: Settings
  readonly #time: Time
  readonly #running: RunningTime
  readonly #moments: Moments
  readonly #reader: CallReader
  readonly #owed: OwedEvents
  readonly #ids: OwedIds
  readonly #room: QueueRoom
  readonly #flushes: Flushes
  readonly #notices: Notices
  readonly #endings: Endings
  readonly #store: Store
  readonly #loop: DeliveryLoop
  readonly #cancellations: Cancellations
  /** What a hook tracks when it is told of a failure must not cause the next one, and so on. */
  readonly #mayLeave = () => (this.#notices.isTelling ? [] : this.#callOrder.waiting())
  readonly #callOrder = new CallOrder()
  readonly waits: Waits
  readonly upkeep: Upkeep

  constructor(options: TrackerOptions) {
    const settings = decideSettings(options)
    const tokens = new TokenKeeper(settings.token)
    this.#settings = settings
    this.#time = timeOf(settings.seams.clock)
    this.#running = new RunningTime(this.#time)
    this.#moments = new Moments(this.#time, this.#running)
    this.#reader = new CallReader(tokens, settings.seams.beforeSend, settings.seams.eventNames)
    const dropsOldest = settings.queue.overflow === 'drop-oldest'
    this.#owed = new OwedEvents(settings.maxDeliveryMs, dropsOldest ? this.#callOrder : undefined)
    this.#ids = new OwedIds(this.#owed)
    this.#room = new QueueRoom(settings.queue)
    // Memory gives up what its budget does not allow; in a durable outbox it may wait for a retry for days.
    const isKept = settings.seams.outbox?.durable ?? false
    this.#flushes = new Flushes(isKept ? 2 * (settings.maxDeliveryMs + settings.attemptTimeoutMs) : Infinity)
    this.#notices = new Notices(settings.seams, this.#time)
    this.#endings = new Endings(settings, this.#time, this.#notices, (event) => this.#forget(event))
    const {
      outbox = new MemoryOutbox(
        () => this.#time.elapsed(),
        () => this.#running.now(),
      ),
    } = settings.seams
    takeOutbox(outbox)
    this.#store = new Store(outbox, settings.backoff, this.#time, this.#storeListener())
    const wire = new Wire(settings, tokens)
    this.#loop = new DeliveryLoop(
      this.#store,
      this.#owed,
      wire,
      this.#time,
      this.#running,
      settings,
      this.#loopListener(),
    )
    this.#cancellations = new Cancellations(this.#loop, this.#endings)
    this.waits = new Waits({
      settings,
      time: this.#time,
      owed: this.#owed,
      flushes: this.#flushes,
      notices: this.#notices,
      endings: this.#endings,
      store: this.#store,
      loop: this.#loop,
    })
    if (settings.missesProduction) this.#notices.misuse(missesProduction)
    this.upkeep = new Upkeep(this.#store, this.#owed, this.#loop, this.#endings, this.#flushes, this.waits)
  }

  /** Never throws: whatever is wrong with a call is its delivery's to tell. */
  call(given: GivenEvent, callOptions?: CallOptions): Delivery {
    const call = this.#reader.read(given, callOptions)
    const delivery = new Delivery(call.options.id)
    const owed = this.#ids.find(call.customerId, call.options.id, this.#settings.environment)
    const isRepeat = typeof call.body === 'string' && owed?.operation === call.operation && owed.hasBody(call.body)
    const mayShare = isRepeat && !this.waits.isClosing
    // Counted when the first one was.
    if (owed !== undefined && mayShare) return this.#repeat(owed, delivery, call)
    this.#endings.books.accept()
    const refusal = this.#refusal(call, owed)
    if (refusal) return this.#endings.refuse(call, delivery, refusal)
    if (typeof call.body !== 'string' || !this.#settings.enabled) return this.#endings.skip(delivery)
    const leaving = this.#room.take(call.body, this.#mayLeave)
    if (leaving instanceof QueueFullError) return this.#endings.refuse(call, delivery, leaving)
    for (const event of leaving) this.#evict(event)
    this.#accept(call, call.body, delivery)
    return delivery
  }

  report(): Report {
    return this.#endings.books.report()
  }

  #refusal(
    { operation, options: { signal }, body }: Call,
    owed: OwedEvent | undefined,
  ): EventTrackingError | undefined {
    if (this.waits.isClosing) return new ClosedError('The tracker was shut down: make a new one.')
    if (body instanceof ValidationError) return body
    if (owed !== undefined && owed.operation !== operation) {
      return new ValidationError([{ path: 'id', reason: `is on its way with another call, ${owed.operation}` }])
    }
    // A repeat has been told from it.
    if (owed !== undefined && body !== null) {
      return new ValidationError([{ path: 'id', reason: 'is on its way with other data' }])
    }
    return signal?.aborted ? cancelled(signal, 'unsent') : undefined
  }

  #accept({ operation, customerId, options }: Call, body: string, delivery: Delivery): void {
    const event = new OwedEvent(
      { operation, customerId, environment: this.#settings.environment, body },
      delivery,
      this.#owed.place(),
      this.#moments.now(),
      options,
    )
    if (this.#store.durable && !this.#store.isOpened) void this.waits.start()
    this.#ids.add(event)
    this.#loop.accept(event)
    this.#cancellations.watch(event)
    if (this.#owed.size === 1) this.waits.keepAlive()
  }

  #repeat(event: OwedEvent, delivery: Delivery, { options }: Call): Delivery {
    const repeat = { delivery, options }
    ;(event.repeats ??= []).push(repeat)
    if (event.isStored) markStored(delivery)
    if (!event.isAwaited) this.#loop.awaitAgain(event)
    this.#cancellations.watchRepeat(event, repeat)
    return delivery
  }

  #evict(event: OwedEvent): void {
    const { maxEvents, maxBytes } = this.#settings.queue
    const why = `The queue was full (queue.maxEvents: ${maxEvents}, queue.maxBytes: ${maxBytes}), and the event had to leave for a newer one.`
    this.#loop.remove(event, () => this.#endings.evicted(event, new QueueFullError(why, true)))
  }

  #loopListener(): LoopListener {
    const endings = this.#endings
    return {
      ended: (event, why) => endings[why](event),
      outwaited: (event, why) => {
        this.#release(event)
        this.#flushes.displaced(event.order)
        event.displace()
        endings.outwaited(event, why)
      },
      refused: (event) => endings.refused(event),
      recall: (entry) => this.#recall(entry),
      parked: (event) => {
        if (!event.isAwaited) this.#ids.delete(event)
      },
      paused: (why, waitMs) => this.#notices.paused(why, waitMs, this.report().pending),
      rested: () => this.#flushes.rested(),
      isAwaited: () => this.waits.areWaiting,
      tick: (now) => this.waits.tick(now),
    }
  }

  #storeListener(): StoreListener {
    const endings = this.#endings
    return {
      opened: (counts) => {
        if (counts) endings.books.found(counts)
        this.#flushes.opened(counts?.pending ?? 0)
        this.#loop.pumpSoon()
      },
      stored: (event, wasPending) => this.#stored(event, wasPending),
      wasRepeated: () => {
        endings.books.countOnce()
        this.#flushes.ended(-1)
      },
      done: (event) => this.#loop.end(event, () => endings.duplicate(event)),
      notStored: (event, error) => this.#loop.end(event, () => endings.notStored(event, error)),
      troubled: (error) => this.#notices.troubled(error),
      recovered: () => this.#notices.recovered(),
      wake: (at) => this.#loop.tickBy(at),
    }
  }

  #stored(event: OwedEvent, wasPending: boolean): void {
    this.#room.give(event.body)
    event.dropBody()
    for (const delivery of event.deliveries) markStored(delivery)
    this.#loop.pumpSoon()
    if (!wasPending) return
    this.#endings.books.countOnce()
    this.#flushes.ended(event.order)
    event.displace()
  }

  /** The event of an entry: one that is waited for, or one of an earlier process. */
  #recall(entry: Entry): OwedEvent {
    const known = this.#ids.find(entry.customerId, entry.id, entry.environment)
    if (known !== undefined) return known
    const event = OwedEvent.recalled(entry, this.#running.now())
    this.#ids.add(event)
    return event
  }

  /** The event has ended. */
  #forget(event: OwedEvent): void {
    if (!event.isStored) this.#room.give(event.body)
    this.#release(event)
    this.#flushes.ended(event.order)
  }

  /** Nobody waits for it any more. */
  #release(event: OwedEvent): void {
    this.#ids.delete(event)
    this.#cancellations.forget(event)
  }
}
