import { Books, type Ending, type Report } from './books.ts'
import { type Time, timeOf } from './clock.ts'
import { DeliveryLoop } from './delivery-loop.ts'
import { Delivery, type Receipt, settle, type Settlement } from './delivery.ts'
import { ClosedError, type EventTrackingError, ValidationError } from './errors.ts'
import {
  readCallOptions,
  type CallOptions,
  customerFields,
  eventFields,
  type Operation,
  type Traits,
  serialise,
} from './event.ts'
import { dataOf, failureOf, overdue } from './failure.ts'
import { Flushes } from './flushes.ts'
import { mintId, OwedIds } from './ids.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import { Notices } from './notices.ts'
import { decideSettings, type Settings, type TrackerOptions } from './options.ts'
import { OwedEvent } from './owed-event.ts'
import { soon } from './platform.ts'
import { QueueRoom } from './queue-room.ts'
import { TokenKeeper } from './token.ts'
import { timeoutOf, type WaitOptions } from './wait-options.ts'
import { Wire } from './wire.ts'

/** The way of an event through a tracker: accepted, owed, ended; each step is in the books before anybody is told. */
export class Pipeline {
  readonly #settings: Settings
  readonly #time: Time
  readonly #tokens: TokenKeeper
  readonly #books = new Books()
  readonly #flushes = new Flushes()
  readonly #ids = new OwedIds()
  readonly #room: QueueRoom
  readonly #notices: Notices
  readonly #loop: DeliveryLoop
  #calls = 0
  #closing: Promise<Report> | undefined

  constructor(options: TrackerOptions) {
    this.#settings = decideSettings(options)
    this.#time = timeOf(this.#settings.seams.clock)
    this.#tokens = new TokenKeeper(this.#settings.token)
    this.#room = new QueueRoom(this.#settings.queue)
    this.#notices = new Notices(this.#settings.seams, this.#time)
    const outbox = new MemoryOutbox(() => this.#time.elapsed())
    this.#loop = new DeliveryLoop(outbox, new Wire(this.#settings, this.#tokens), this.#time, this.#settings, {
      ended: (event, how) => this.#ended(event, how),
      paused: (hasAnswered, waitMs) => this.#paused(hasAnswered, waitMs),
      tick: (now) => this.#flushes.tick(now),
    })
  }

  identify(customerId: string, traits: Traits<object>, options: CallOptions): Delivery {
    return this.#call('identifyCustomer', customerId, options, () => customerFields(customerId, traits))
  }

  track(customerId: string, event: string, options: CallOptions): Delivery {
    return this.#call('trackEvent', customerId, options, () => eventFields(customerId, event))
  }

  report(): Report {
    return this.#books.report()
  }

  async flush(options: WaitOptions): Promise<Report> {
    await this.#settled(options)
    return this.report()
  }

  shutdown(options: WaitOptions): Promise<Report> {
    // A later call may have an earlier deadline: whichever comes first ends the wait of both.
    const closed = this.#settled(options).then(() => this.#close())
    this.#closing ??= closed
    return this.#closing
  }

  #call(operation: Operation, customerId: string, options: CallOptions, fields: () => object): Delivery {
    const { id: ownId, issues } = readCallOptions(options)
    const owed = ownId === undefined ? undefined : this.#ids.find(customerId, ownId)
    const delivery = new Delivery(ownId ?? mintId())
    if (owed !== undefined && owed.operation !== operation) {
      issues.push({ path: 'id', reason: `is on its way with another call, ${owed.operation}` })
    } else if (owed !== undefined) {
      // Counted when the first one was.
      ;(owed.repeats ??= []).push(delivery)
      return delivery
    }
    this.#books.accept()
    const body = issues.length > 0 ? new ValidationError(issues) : serialise(operation, fields)
    const refusal = this.#closing ? new ClosedError('The tracker was shut down: make a new one.') : body
    if (typeof refusal !== 'string') return this.#refuse(delivery, operation, customerId, 'rejected', refusal)
    if (!this.#settings.enabled) return this.#skip(delivery)
    const overflow = this.#room.take(refusal)
    if (overflow) return this.#refuse(delivery, operation, customerId, 'dropped', overflow)
    const entry = { id: delivery.id, customerId, operation, body: refusal }
    const event = new OwedEvent(entry, delivery, this.#calls++, this.#time.now(), this.#time.elapsed())
    this.#ids.add(event, ownId === undefined)
    this.#loop.accept(event)
    return delivery
  }

  #refuse(
    delivery: Delivery,
    operation: Operation,
    customerId: string,
    how: 'rejected' | 'dropped',
    error: EventTrackingError,
  ) {
    this.#books.end(how)
    settle(delivery, { outcome: how, error })
    const about = { id: delivery.id, operation, customerId, attempts: 0 }
    // In a turn of its own, after the call has returned. What a hook itself tracks in vain it hears of from its delivery:
    // told again, it would track again, for ever.
    if (!this.#notices.isTelling) soon(() => this.#notices.failed(error, about, delivery))
    return delivery
  }

  #skip(delivery: Delivery): Delivery {
    this.#books.end('dropped')
    const now = new Date(this.#time.now())
    const receipt: Receipt = {
      id: delivery.id,
      status: 0,
      attempts: 0,
      data: undefined,
      acceptedAt: now,
      deliveredAt: now,
      skipped: true,
    }
    settle(delivery, { outcome: 'dropped', receipt })
    return delivery
  }

  #ended(event: OwedEvent, how: 'delivered' | 'failed' | 'overdue'): void {
    if (how === 'delivered') return this.#deliver(event)
    const failure = how === 'failed' ? failureOf : overdue
    this.#fail(event, 'rejected', failure(event, this.#settings))
  }

  #deliver(event: OwedEvent): void {
    const receipt = this.#receipt(event)
    this.#finish(event, 'delivered', { outcome: 'delivered', receipt })
    this.#notices.delivered(receipt, event.about)
  }

  #fail(event: OwedEvent, outcome: 'rejected' | 'dropped', error: EventTrackingError): void {
    this.#finish(event, outcome, { outcome, error })
    this.#notices.failed(error, event.about, event.delivery, ...(event.repeats ?? []))
  }

  #finish(event: OwedEvent, how: Ending, settlement: Settlement): void {
    this.#books.end(how)
    this.#room.give(event.body)
    this.#ids.delete(event)
    settle(event.delivery, settlement)
    for (const repeat of event.repeats ?? []) settle(repeat, settlement)
    this.#flushes.ended(event.order)
  }

  #receipt({ id, attempts, acceptedAt, lastOutcome }: OwedEvent): Receipt {
    const answer = lastOutcome?.kind === 'answered' ? lastOutcome : undefined
    const requestId = answer?.headers['x-request-id']
    return {
      id,
      status: answer?.status ?? 0,
      attempts,
      data: dataOf(answer?.text ?? ''),
      acceptedAt: new Date(acceptedAt),
      deliveredAt: new Date(this.#time.now()),
      ...(requestId !== undefined && { requestId }),
    }
  }

  #settled(options: WaitOptions): Promise<void> {
    const { owed } = this.#loop
    const timeoutMs = timeoutOf(options, (problem) => this.#notices.misuse(problem))
    if (owed === 0) return Promise.resolve()
    const deadline = this.#time.elapsed() + timeoutMs
    this.#loop.wakeAt(deadline)
    return this.#flushes.wait(this.#calls, owed, deadline)
  }

  async #close(): Promise<Report> {
    for (const event of await this.#loop.stop()) {
      this.#fail(event, 'dropped', new ClosedError('The tracker was shut down before the event was delivered.'))
    }
    return this.report()
  }

  #paused(hasAnswered: boolean, waitMs: number): void {
    const why = hasAnswered ? 'The API asked to wait' : 'The API does not answer'
    const seconds = (waitMs / 1_000).toFixed(1)
    this.#notices.paused(`${why}: sending pauses for ${seconds} s. Events pending: ${this.report().pending}.`)
  }
}
