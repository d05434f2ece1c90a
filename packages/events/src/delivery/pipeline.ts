import type { CallOptions } from '../call/call-options.ts'
import { type Call, CallReader } from '../call/read-call.ts'
import { CancelledError, ConfigurationError, QueueFullError, ValidationError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import type { GivenEvent } from '../event/event.ts'
import { skippedReceipt } from '../event/receipt.ts'
import { ApiClient } from '../http/send.ts'
import type { TrackerOptions } from '../options/options.ts'
import { decideSettings, missesProduction, type Settings, takeOutbox } from '../options/settings.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { MemoryOutbox, memoryOutbox } from '../outbox/memory/memory-outbox.ts'
import { timeOf } from '../platform/clock.ts'
import { obstacle } from '../platform/obstacle.ts'
import { soon } from '../platform/platform.ts'
import { Handover } from '../page/handover.ts'
import { isPageLeft, PageWatch } from '../page/page-watch.ts'
import { TokenKeeper } from '../token/token-keeper.ts'
import { debugIfAsked } from '../tracing/debug.ts'
import { traceEvent, traceUnsent } from '../tracing/trace.ts'
import { Append } from './append.ts'
import { AwaitedEvents } from './awaited-events.ts'
import { Cancellation, cancelled } from './cancellation.ts'
import { DeadLetters } from './dead-letters.ts'
import { DeliveryLine } from './delivery-line.ts'
import { DeliveryLoop } from './delivery-loop.ts'
import { Delivery, markStored, settle } from './delivery.ts'
import { Diagnosis } from './diagnosis.ts'
import { closedError, takenError } from './failure.ts'
import { Hooks } from './hooks.ts'
import type { TrackerStats } from '../event/report.ts'
import { Lifecycle, type TrackerStatus } from './lifecycle.ts'
import { Opening } from './opening.ts'
import { OutboxClient } from './outbox-client.ts'
import { Outcomes } from './outcomes.ts'
import { PendingEvent } from './pending-event.ts'
import { Promises } from './promises.ts'
import { QueueLimiter } from './queue-limits.ts'
import { Signals } from './signals.ts'
import { Timer, TrackerTime } from '../platform/timer.ts'

/** The way of an event through a tracker: read, accepted, stored, delivered, completed. Here all the parts are put together. */
export class Pipeline {
  readonly #settings: Settings
  readonly #reader: CallReader
  readonly #time: TrackerTime
  readonly #hooks: Hooks
  readonly #awaited: AwaitedEvents
  readonly #limiter: QueueLimiter
  readonly #outcomes: Outcomes
  readonly #line: DeliveryLine
  readonly #loop: DeliveryLoop
  readonly #outbox: OutboxClient
  readonly #append: Append
  readonly #cancellation: Cancellation
  readonly #opening: Opening
  readonly #tokens: TokenKeeper
  readonly lifecycle: Lifecycle
  readonly deadLetters: DeadLetters
  #canSend = false

  constructor(options: TrackerOptions) {
    const settings = decideSettings(options)
    const { seams, backoff, maxDeliveryMs, attemptTimeoutMs, queue } = settings
    const time = new TrackerTime(timeOf(seams.clock))
    const timer = new Timer(time, () => this.#loop.tick())
    const tokens = new TokenKeeper(settings.token, seams.authorization)
    const hooks = new Hooks(seams, time)
    const outbox =
      seams.outbox ??
      memoryOutbox(
        () => time.elapsed(),
        () => time.running(),
      )
    takeOutbox(outbox)
    const client = new OutboxClient(outbox, backoff, time, timer, hooks)
    const awaited = new AwaitedEvents(maxDeliveryMs, queue.overflow === 'drop-oldest')
    const limiter = new QueueLimiter(queue)
    const signals = new Signals()
    // Memory gives up what its budget does not allow; in a durable outbox it may wait for a retry for days.
    const promises = new Promises(maxDeliveryMs, outbox.durable ? 2 * (maxDeliveryMs + attemptTimeoutMs) : Infinity)
    const outcomes = new Outcomes(settings, time, hooks, awaited, limiter, signals, promises)
    const api = new ApiClient(settings, tokens)
    const handover = api.surviving && new Handover(api, api.surviving)
    const diagnosis = new Diagnosis(settings, hooks)
    const line = new DeliveryLine(client, awaited, outcomes, diagnosis, api, handover, timer, time, settings)
    const page = handover && pageOf(handover, awaited, outbox.durable, () => this.#hurry(outbox))
    const loop = new DeliveryLoop(client, awaited, limiter, outcomes, promises, line, page, timer, time, settings)
    const append = new Append(client, awaited, line, loop, outcomes)
    const opening = new Opening(settings, time, client, loop, append, outcomes, promises)
    this.#settings = settings
    this.#reader = new CallReader(tokens, seams.beforeSend, seams.eventNames)
    this.#time = time
    this.#hooks = hooks
    this.#awaited = awaited
    this.#limiter = limiter
    this.#outcomes = outcomes
    this.#line = line
    this.#loop = loop
    this.#outbox = client
    this.#append = append
    this.#opening = opening
    this.#tokens = tokens
    this.#cancellation = new Cancellation(line, loop, signals)
    this.lifecycle = new Lifecycle(time, hooks, awaited, outcomes, promises, client, loop, append, opening)
    this.deadLetters = new DeadLetters(client, awaited, outcomes, promises, line, loop, append, opening)
    SERVER: debugIfAsked()
    if (settings.missesProduction) hooks.misuse(missesProduction)
  }

  /** Never throws: whatever is wrong with a call is its delivery's to tell. */
  call(given: GivenEvent, callOptions?: CallOptions): Delivery {
    const call = this.#reader.read(given, callOptions)
    const { body, options } = call
    const delivery = new Delivery(options.id)
    const pending =
      options.id === undefined ? undefined : this.#awaited.find(call.customerId, options.id, this.#settings.environment)
    const mayRepeat = typeof body === 'string' && !this.#awaited.isClosed
    // Counted when the first one was.
    if (mayRepeat && pending?.isSame(call.operation, body)) return this.#repeat(pending, delivery, call)
    this.#outcomes.ledger.call()
    const refusal = this.#refusal(call, pending)
    if (refusal) return this.#refuse(call, delivery, refusal)
    if (typeof body !== 'string' || !this.#settings.enabled) {
      SERVER: traceUnsent(call, delivery, this.#settings.environment, { outcome: 'skipped' })
      return this.#skip(delivery)
    }
    const unable = this.#canSend ? undefined : this.#obstacle()
    if (unable) return this.#refuse(call, delivery, unable)
    const leaving = this.#limiter.take(body, this.#mayLeave)
    if (leaving instanceof QueueFullError) return this.#refuse(call, delivery, leaving)
    for (const event of leaving) this.#evict(event)
    this.#accept(call, body, delivery)
    return delivery
  }

  report(): TrackerStats {
    return this.#outcomes.ledger.report()
  }

  status(): TrackerStatus {
    const { durable, troubles } = this.#outbox
    return {
      state: this.lifecycle.state,
      environment: this.#settings.environment,
      gate: this.#line.gate.status(this.#time.elapsed()),
      inFlight: this.#line.attempts.size,
      outbox: { durable, state: this.#opening.state, trouble: troubles.latest },
    }
  }

  redact(text: string): string {
    return this.#tokens.redact(text)
  }

  /** Ends a call at once, with nothing sent. */
  #refuse({ operation, customerId }: Call, delivery: Delivery, error: TrackingError): Delivery {
    const how = error instanceof QueueFullError || error instanceof CancelledError ? 'dropped' : 'rejected'
    this.#outcomes.ledger.end(how, true)
    settle(delivery, { outcome: how, error })
    SERVER: traceUnsent({ operation, customerId }, delivery, this.#settings.environment, { outcome: how, error })
    // What a hook itself tracks in vain it hears of from its delivery: told again, it would track again, for ever.
    if (!this.#hooks.isTelling) {
      soon(() => this.#hooks.failed(error, { id: delivery.id, operation, customerId, attempts: 0 }, [delivery]))
    }
    return delivery
  }

  /** Ends a call at once, because nobody wants it sent. */
  #skip(delivery: Delivery): Delivery {
    this.#outcomes.ledger.end('dropped', true)
    const receipt = skippedReceipt(delivery, () => this.#time.now())
    settle(delivery, { outcome: 'skipped', receipt })
    return delivery
  }

  #refusal({ operation, options, body }: Call, pending: PendingEvent | undefined): TrackingError | undefined {
    if (this.#awaited.isClosed) return closedError()
    if (body instanceof ValidationError) return body
    if (pending !== undefined && pending.operation !== operation) {
      return new ValidationError([{ path: 'id', reason: `is on its way with another call, ${pending.operation}` }])
    }
    // A repeat has been told from it.
    if (pending !== undefined && body !== null) return takenError()
    return options.signal?.aborted ? cancelled(options.signal, 'unsent') : undefined
  }

  /** Asked until nothing is in the way: what is missing may be loaded late, and what is refused here be allowed elsewhere. */
  #obstacle(): ConfigurationError | undefined {
    const problem = obstacle(this.#settings.seams)
    this.#canSend = problem === undefined
    return problem === undefined ? undefined : new ConfigurationError(problem)
  }

  /** Takes on an event. Nothing is sent before it is stored, nor before the caller's code has run to its end. */
  #accept({ operation, customerId, options }: Call, body: string, delivery: Delivery): void {
    const event = new PendingEvent(
      operation,
      customerId,
      this.#settings.environment,
      body,
      delivery,
      this.#awaited.nextOrder(),
      this.#time.moment(),
      options,
    )
    this.#loop.await(event)
    if (this.#outbox.durable) this.#store(event)
    else this.#keep(event)
    if (options.signal !== undefined) this.#cancellation.watch(event, options.signal)
    this.#keepAlive()
    // Told last: a listener may use the tracker, or abort the call.
    SERVER: if (!event.hasEnded) traceEvent(event)
  }

  #store(event: PendingEvent): void {
    this.#opening.begin()
    this.#append.add(event)
  }

  #keep(event: PendingEvent): void {
    event.give()
    this.#outbox.appendOne(event, this.#rejected)
  }

  #repeat(event: PendingEvent, delivery: Delivery, { options }: Call): Delivery {
    const repeat = { delivery, options }
    ;(event.repeats ??= []).push(repeat)
    if (event.isStored) markStored(delivery)
    if (!event.isAwaited) {
      this.#loop.awaitAgain(event)
      this.#keepAlive()
    }
    this.#cancellation.watchRepeat(event, repeat)
    return delivery
  }

  /** The network may be back: what failed for want of an answer need not wait any longer. */
  #hurry(outbox: Outbox): void {
    if (outbox instanceof MemoryOutbox) outbox.hurry((entry) => (entry as PendingEvent).isUnanswered)
    this.#loop.hurry()
  }

  /** Asks the run time to wait, once nothing was awaited and something is again. */
  #keepAlive(): void {
    const { waitUntil } = this.#settings.seams
    if (waitUntil !== undefined && this.#awaited.size === 1) this.lifecycle.keepAlive(waitUntil)
  }

  #evict(event: PendingEvent): void {
    this.#line.remove(event, (isRemoved) => {
      if (isRemoved && !event.hasEnded) this.#outcomes.evict(event)
      this.#loop.moveOn()
    })
  }

  readonly #rejected = (event: PendingEvent, error: TrackingError): void => {
    if (event.hasEnded) return
    this.#outcomes.reject(event, error)
    this.#loop.moveOn()
  }

  /** Tells which events may leave. What a hook tracks when it is told of a failure must not cause the next one, and so on. */
  readonly #mayLeave = (): Iterable<PendingEvent> => (this.#hooks.isTelling ? [] : this.#awaited.oldest())
}

/**
 * Watches the page of a tracker. What waits in memory is handed over as soon as the page is hidden, since nothing more may be
 * heard of it. A durable outbox stores it before long, and may hold events of other tabs that must not be passed: only when
 * the page is left it is too late for that.
 */
function pageOf(handover: Handover, awaited: AwaitedEvents, isDurable: boolean, isOnline: () => void): PageWatch {
  const mayHandOver = isDurable ? isPageLeft : () => true
  // It hears of nothing before it is asked first.
  mayHandOver()
  return new PageWatch({
    leaves: () => {
      if (mayHandOver()) handover.handOver(awaited.inOrder())
    },
    returns: () => handover.returns(),
    isOnline,
  })
}
