import { type GivenOptions, noOptions } from '../call/call-options.ts'
import type { OutboxEntry, Environment, EventInfo, Operation } from '../event/event.ts'
import type { Receipt } from '../event/receipt.ts'
import { type AttemptResult, dataOf, isSuccess } from '../http/answer.ts'
import { fingerprintOf } from '../outbox/fingerprint.ts'
import { Delivery } from './delivery.ts'
import type { Moment } from '../platform/timer.ts'

/** A call that shares the outcome of an event, and may stop waiting for it. */
export interface Repeat {
  readonly delivery: Delivery
  readonly options: GivenOptions
}

interface Past {
  mayHaveArrived: boolean
  /** Tells whether a refused token was replaced for it once. */
  hadNewToken: boolean
}

export type Phase = 'queued' | 'in-flight' | 'ended'
export type Storage = 'memory' | 'given' | 'outbox'

/**
 * An event from its acceptance to its end. Its phase is written by three methods here and by nothing else:
 *
 * | phase             | what happens                                  | next      | method    |
 * |-------------------|-----------------------------------------------|-----------|-----------|
 * | queued            | an attempt starts                             | in-flight | start     |
 * | in-flight         | the attempt has ended, whatever it brought    | queued    | attempted |
 * | queued, in-flight | it is delivered, given up, refused or dropped | ended     | end       |
 *
 * An attempt that is on its way when its event ends changes nothing any more. Two facts stand beside the phase: where it is
 * stored (`storage`, whose table stands over `Append`), and whether somebody waits for it (`isAwaited`).
 */
export class PendingEvent implements OutboxEntry {
  readonly customerId: string
  readonly operation: Operation
  readonly environment: Environment
  /** The JSON text of the request's body; empty once a durable outbox has it. */
  body: string
  /** Tells a body that was dropped from the one of another call. */
  #fingerprint: number | undefined
  /** The delivery that the call returned. */
  readonly delivery: Delivery
  /** Its number among all calls of the tracker; -1 for an event that no call of this tracker made. */
  readonly call: number
  /** The moment of the call; `elapsed` is running time. */
  readonly accepted: Moment
  /** Options that the call was given. */
  readonly options: GivenOptions
  /** Calls that repeated its id meanwhile. */
  repeats: Repeat[] | undefined
  attempts = 0
  /** The moment since which its lane has been tried with nothing settled, in running time; -1 before the first attempt. */
  triedAt = -1
  /** The result of its last attempt. */
  lastResult: AttemptResult | undefined
  #phase: Phase = 'queued'
  #storage: Storage = 'memory'
  #isStranger = false
  /** Written by `AwaitedEvents`, which holds it between these two neighbours. */
  isAwaited = false
  earlier: PendingEvent | undefined
  later: PendingEvent | undefined
  /** Traces of failed attempts. Most events have none, and those that wait are many: one field for all of it. */
  #past: Past | undefined

  constructor(
    operation: Operation,
    customerId: string,
    environment: Environment,
    body: string,
    delivery: Delivery,
    call: number,
    accepted: Moment,
    options: GivenOptions,
  ) {
    this.operation = operation
    this.customerId = customerId
    this.environment = environment
    this.body = body
    this.delivery = delivery
    this.call = call
    this.accepted = accepted
    this.options = options
  }

  /** The event of an entry that an earlier process left, or that nobody waits for any more. */
  static ofEntry(entry: OutboxEntry, running: number): PendingEvent {
    const { operation, customerId, environment = 'test', body } = entry
    const accepted = { at: entry.acceptedAt, elapsed: running }
    const delivery = new Delivery(entry.id)
    const event = new PendingEvent(operation, customerId, environment, body, delivery, -1, accepted, noOptions)
    event.#storage = 'outbox'
    return event
  }

  get phase(): Phase {
    return this.#phase
  }

  get hasEnded(): boolean {
    return this.#phase === 'ended'
  }

  get isInFlight(): boolean {
    return this.#phase === 'in-flight'
  }

  /** Starts one more attempt. */
  start(): void {
    CHECK: if (this.#phase !== 'queued') throw new Error(`An attempt starts at an event that is ${this.#phase}`)
    if (this.#phase === 'queued') this.#phase = 'in-flight'
    this.attempts++
  }

  /** Ends an attempt. @returns how its result counts */
  attempted(result: AttemptResult): AttemptResult {
    CHECK: if (this.#phase === 'queued') throw new Error('An attempt ends at an event that is not in flight')
    if (this.#phase === 'in-flight') this.#phase = 'queued'
    const isForNewToken = result.kind === 'answered' && result.newToken === 'ready'
    // A token that is refused once more is no reason to ask for the next one at once.
    const counted: AttemptResult = isForNewToken && this.#past?.hadNewToken ? { ...result, newToken: 'none' } : result
    const isSilent = result.kind === 'unreachable' || result.kind === 'timeout'
    if (isSilent || isForNewToken) {
      this.#past ??= { mayHaveArrived: false, hadNewToken: false }
      this.#past.mayHaveArrived ||= isSilent
      this.#past.hadNewToken ||= isForNewToken
    }
    this.lastResult = counted
    return counted
  }

  /** Tells whether an attempt ended without an answer, or with success that is being recorded. */
  get mayHaveArrived(): boolean {
    return (this.#past?.mayHaveArrived ?? false) || this.isDelivered
  }

  /** Tells whether its last attempt succeeded. */
  get isDelivered(): boolean {
    return this.lastResult?.kind === 'answered' && isSuccess(this.lastResult.status)
  }

  /** Tells whether its last attempt got no answer. */
  get isUnanswered(): boolean {
    return this.lastResult?.kind === 'unreachable' || this.lastResult?.kind === 'timeout'
  }

  /** The receipt of one whose last attempt succeeded. */
  receipt(nowMs: number): Receipt {
    const { id, attempts, accepted, lastResult } = this
    const answer = lastResult?.kind === 'answered' ? lastResult : undefined
    const requestId = answer?.headers['x-request-id']
    return {
      id,
      status: answer?.status ?? 0,
      attempts,
      data: dataOf(answer?.text ?? ''),
      acceptedAt: new Date(accepted.at),
      deliveredAt: new Date(nowMs),
      ...(requestId !== undefined && { requestId }),
    }
  }

  /** Ends it, once. */
  end(): void {
    CHECK: if (this.#phase === 'ended') throw new Error('An event ends twice')
    this.#phase = 'ended'
  }

  /** The place where it is kept: in memory, given to an outbox that has not answered, or in a durable outbox. */
  get storage(): Storage {
    return this.#storage
  }

  /** Tells whether it survives the process. */
  get isStored(): boolean {
    return this.#storage === 'outbox'
  }

  give(): void {
    CHECK: if (this.isStored) throw new Error(`An event is given that is in ${this.#storage}`)
    this.#storage = 'given'
  }

  takeBack(): void {
    CHECK: if (this.#storage !== 'given') throw new Error(`An event is taken back that is in ${this.#storage}`)
    this.#storage = 'memory'
  }

  /** A durable outbox has it: its body need not be kept in memory too. */
  store(): void {
    CHECK: if (this.#storage === 'outbox') throw new Error('An event is stored twice')
    this.#storage = 'outbox'
    if (this.options.id !== undefined) this.#fingerprint = fingerprintOf(this)
    this.body = ''
  }

  /** It is one of those that a durable outbox has, whoever made them: it may come back as another object. */
  becomeStranger(): void {
    this.#isStranger = true
  }

  /** Tells whether it still is the event of a call of this process. */
  get isOfThisProcess(): boolean {
    return this.order >= 0
  }

  /** Its number among all calls by which a flush tells what it waits for; -1 where it has none: see `becomeStranger`. */
  get order(): number {
    return this.#isStranger ? -1 : this.call
  }

  get hasSignals(): boolean {
    return this.options.signal !== undefined || this.repeats !== undefined
  }

  /** All that wait for it. */
  get deliveries(): Delivery[] {
    return this.repeats === undefined ? [this.delivery] : [this.delivery, ...this.repeats.map((it) => it.delivery)]
  }

  /** Tells whether a call with these data is the same again. Who knows a minted id has it from this very event. */
  isSame(operation: Operation, body: string): boolean {
    if (operation !== this.operation) return false
    if (this.#fingerprint !== undefined) return fingerprintOf({ operation, body }) === this.#fingerprint
    return this.body === '' || body === this.body
  }

  /** The entry that an outbox is given: an object of its own, all of whose fields are its own. */
  get entry(): OutboxEntry {
    const { id, customerId, operation, body, acceptedAt, environment, hasMintedId } = this
    return { id, customerId, operation, body, acceptedAt, environment, hasMintedId }
  }

  get id(): string {
    return this.delivery.id
  }

  get hasMintedId(): boolean {
    return this.options.id === undefined
  }

  get acceptedAt(): number {
    return this.accepted.at
  }

  /** The event as a hook is told of it. */
  get info(): EventInfo {
    const { id, operation, customerId, attempts } = this
    return { id, operation, customerId, attempts }
  }
}
