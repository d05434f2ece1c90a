import type { Time } from '../platform/clock.ts'
import type { EventTrackingError } from '../errors/errors.ts'
import { Erasures } from './erasures.ts'
import {
  isBoolean,
  isBooleans,
  isClaims,
  isCounts,
  isDeadLetters,
  isDueInMs,
  isFates,
  isReplayed,
} from './outbox-answers.ts'
import { mayPass, OutboxCalls, type OutboxCallsListener } from './outbox-calls.ts'
import type { Claim, DeadLetter, Fate, First, Outbox, Verdict } from '../outbox/outbox.ts'
import type { OwedEvent } from './pending-event.ts'
import type { Backoff } from '../options/options.ts'
import { Storing } from './append.ts'
import { Unrecorded } from './unrecorded.ts'

const isOneFate = isFates(1)
const isOneBoolean = isBooleans(1)
const nothing = () => undefined

/** The counts of what an erasure took out of an outbox. */
export interface Erased {
  readonly pending: number
  readonly dead: number
  /** Those of the pending that were delivered, which could not be recorded. */
  readonly unrecorded: number
}

/** Is told by the store. */
export interface StoreListener extends OutboxCallsListener {
  /** A durable outbox was opened, and held so much; undefined where it could not be opened. */
  opened(counts: { pending: number; dead: number } | undefined): void
  /** An event is in a durable outbox; with `wasPending` it was there before the call. */
  stored(event: OwedEvent, wasPending: boolean): void
  /** An event that has ended meanwhile was one that a durable outbox had already, and was counted twice. */
  wasRepeated(): void
  /** A durable outbox knows that the event was delivered before. */
  done(event: OwedEvent): void
  notStored(event: OwedEvent, error: EventTrackingError): void
}

/** The outbox as the delivery loop sees it. */
export class Store {
  readonly durable: boolean
  readonly #outbox: Outbox
  readonly #listener: StoreListener
  readonly #calls: OutboxCalls
  readonly #storing: Storing
  readonly #unrecorded = new Unrecorded()
  readonly #erasures = new Erasures()
  #isOpened = false
  #cannotOpen = false
  #opening: Promise<void> | undefined
  #failures = 0

  constructor(outbox: Outbox, backoff: Backoff, time: Time, listener: StoreListener) {
    this.durable = outbox.durable
    this.#outbox = outbox
    this.#listener = listener
    this.#calls = new OutboxCalls(backoff, time, listener)
    this.#storing = new Storing(outbox, this.#calls, {
      took: (event, fate) => this.#took(event, fate),
      wasRepeated: () => listener.wasRepeated(),
      refused: (event, error) => listener.notStored(event, error),
    })
  }

  /** Tells whether an answer is still to come, or an event to be stored. */
  get isBusy(): boolean {
    return this.#calls.areOpen || this.#storing.isBusy
  }

  /** Whether it may hold what no call of this process has given it. */
  get isOpened(): boolean {
    return this.#isOpened
  }

  /** Tells whether the last try to open it has failed. */
  get cannotOpen(): boolean {
    return this.#cannotOpen
  }

  /** When the oldest call that the outbox has not answered was made. */
  get oldestAt(): number {
    return this.#calls.oldestAt
  }

  /** When the first of what was put off is due. */
  get nextAt(): number {
    return this.#calls.nextAt
  }

  /** Runs what was put off and is due. */
  tick(now: number): void {
    this.#calls.tick(now)
  }

  /** Opens a durable outbox, if that has not been done. Resolves also where it cannot: then the next call tries again. */
  open(): Promise<void> {
    if (!this.durable) return Promise.resolve()
    // The first call of all, so that what was found is none of what this process adds.
    this.#opening ??= this.#calls
      .insist('counts', () => this.#counts(), mayPass)
      .then(
        (counts) => {
          this.#isOpened = true
          this.#cannotOpen = false
          this.#listener.opened(counts)
          this.#storing.open()
        },
        (error: EventTrackingError) => {
          this.#opening = undefined
          this.#cannotOpen = true
          this.#listener.opened(undefined)
          this.#calls.troubled('counts', error)
          for (const event of this.#storing.abandon()) this.#listener.notStored(event, error)
        },
      )
    return this.#opening
  }

  append(event: OwedEvent): void {
    if (this.durable) {
      this.#calls.wake()
      return this.#storing.add(event)
    }
    event.keeping = 'handed'
    this.#calls.ask(
      'append',
      () => this.#outbox.append([event]),
      isOneFate,
      nothing,
      (error) => this.#listener.notStored(event, error),
    )
  }

  /** A claim that fails is told and finds nothing; the next one is due after a while. */
  claim(max: number, leaseMs: number, first: First, claimed: (claims: readonly Claim[]) => void): void {
    this.#calls.ask(
      'claim',
      () => this.#outbox.claim(max, leaseMs, first),
      isClaims,
      (claims) => {
        this.#failures = 0
        claimed(this.#unrecorded.isEmpty ? claims : claims.filter((claim) => !this.#isDelivered(claim)))
      },
      (error) => {
        this.#failures++
        this.#calls.troubled('claim', error)
        claimed([])
      },
    )
  }

  /** @param settled is told whether the outbox took note, or undefined where it failed */
  settle(claim: Claim, verdict: Verdict, event: OwedEvent, settled: (isRecorded: boolean | undefined) => void): void {
    if (!this.durable) return this.#settle(claim, verdict, settled)
    this.#erasures.settle(event.customerId, (end) =>
      this.#settle(claim, verdict, (isRecorded) => {
        if (!isRecorded && verdict.kind === 'delivered' && !event.hasEnded) this.#unrecorded.add(claim)
        end()
        settled(isRecorded)
      }),
    )
  }

  /** In how many milliseconds there will be something to claim; after a failure, when to try again. */
  due(then: (dueInMs: number) => void): void {
    if (this.#failures > 0) return then(this.#calls.pauseMs(this.#failures))
    this.#calls.ask(
      'dueInMs',
      () => this.#outbox.dueInMs(),
      isDueInMs,
      then,
      (error) => {
        this.#failures++
        this.#calls.troubled('dueInMs', error)
        then(this.#calls.pauseMs(this.#failures))
      },
    )
  }

  /** The time for which an outbox is left alone that has failed so often in a row. */
  pauseMs(failures: number): number {
    return this.#calls.pauseMs(failures)
  }

  /** Takes out what is not lent. */
  remove(event: OwedEvent, then: (isRemoved: boolean) => void): void {
    if (event.keeping === 'held') return then(true)
    this.#calls.ask(
      'remove',
      () => this.#outbox.remove(event.entry),
      isBoolean,
      then,
      (error) => {
        this.#calls.troubled('remove', error)
        then(false)
      },
    )
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.#calls.insist('dead', () =>
      this.#calls.promise('dead', () => this.#outbox.dead(limit, afterId), isDeadLetters),
    )
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#calls.insist('replay', () => this.#calls.promise('replay', () => this.#outbox.replay(ids), isReplayed))
  }

  /**
   * Erases a customer. Meanwhile no new event of that customer is given to the outbox, so that each is stored
   * either before or after, and none is settled.
   *
   * @param gone is called in the turn in which the outbox says so
   */
  async forget(customerId: string, gone: () => void): Promise<Erased> {
    this.#storing.stop(customerId)
    const end = this.durable ? await this.#erasures.begin(customerId) : nothing
    try {
      return await this.#calls.insist('forget', () => this.#erase(customerId, gone))
    } finally {
      end()
      this.#storing.go(customerId)
    }
  }

  /** Ends a durable outbox. */
  async close(): Promise<void> {
    const closing = this.#calls.promise('close', () => this.#outbox.close(), nothing)
    await closing.catch((error: EventTrackingError) => this.#listener.troubled(error))
  }

  /** Gives up what is not known to be stored. @returns those events */
  abandon(): OwedEvent[] {
    return this.#storing.abandon()
  }

  #took(event: OwedEvent, fate: Fate): void {
    // Of this customer and id nothing was pending, so what is remembered of them is of another event.
    if (fate === 'stored') this.#unrecorded.delete(event)
    if (fate === 'done' || this.#unrecorded.has(event)) this.#listener.done(event)
    else this.#listener.stored(event, fate === 'pending')
  }

  #settle(claim: Claim, verdict: Verdict, settled: (isRecorded: boolean | undefined) => void): void {
    this.#calls.ask(
      'settle',
      () => this.#outbox.settle([[claim, verdict]]),
      isOneBoolean,
      ([isRecorded]) => settled(isRecorded),
      (error) => {
        this.#calls.troubled('settle', error)
        settled(undefined)
      },
    )
  }

  #erase(customerId: string, gone: () => void): Promise<Erased> {
    return new Promise((resolve, reject) => {
      const erased = ({ pending, dead }: { pending: number; dead: number }) => {
        const unrecorded = this.#unrecorded.forget(customerId)
        gone()
        resolve({ pending, dead, unrecorded })
      }
      this.#calls.ask('forget', () => this.#outbox.forget(customerId), isCounts('forget'), erased, reject)
    })
  }

  #counts(): Promise<{ pending: number; dead: number }> {
    return this.#calls.promise('counts', () => this.#outbox.counts(), isCounts('counts'))
  }

  /** Lent again because its delivery could not be recorded: it is recorded now, and not sent again. */
  #isDelivered(claim: Claim): boolean {
    if (!this.#unrecorded.has(claim.entry)) return false
    this.#settle(claim, { kind: 'delivered' }, (isRecorded) => {
      if (isRecorded !== undefined) this.#unrecorded.delete(claim.entry)
    })
    return true
  }
}
