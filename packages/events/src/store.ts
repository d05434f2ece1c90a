import { type EventTrackingError, outboxErrorOf } from './errors.ts'
import { keyOf } from './owed-ids.ts'
import type { Answer, Claim, DeadLetter, First, Outbox, Verdict } from './outbox.ts'
import type { OwedEvent } from './owed-event.ts'
import type { Backoff } from './options.ts'
import { backoffMs } from './wait.ts'

/** An outbox that fails is not asked more often than this, whatever the backoff. */
const shortestPauseMs = 100

/** Whom a store tells of what no call is answered with. */
export interface StoreListener {
  /** What a durable outbox held when it was opened. */
  found(counts: { pending: number; dead: number }): void
  /** The outbox failed, and no call can be told. */
  troubled(error: EventTrackingError): void
}

/** How an append ended: by its fate, or with why it failed. */
export interface Appended {
  readonly stored: (event: OwedEvent, wasPending: boolean) => void
  readonly done: (event: OwedEvent) => void
  readonly failed: (event: OwedEvent, error: EventTrackingError) => void
}

/** The outbox as the delivery loop sees it: memory answers at once and is heard at once, a disk later, and may fail. */
export class Store {
  readonly durable: boolean
  readonly #outbox: Outbox
  readonly #backoff: Backoff
  readonly #listener: StoreListener
  /** What the API has, though the outbox could not take note of it. */
  readonly #unrecorded = new Set<string>()
  #open = 0
  #isOpened = false
  #opening: Promise<void> | undefined
  #failures = 0

  constructor(outbox: Outbox, backoff: Backoff, listener: StoreListener) {
    this.durable = outbox.durable
    this.#outbox = outbox
    this.#backoff = backoff
    this.#listener = listener
  }

  /** Whether an answer is still to come. */
  get isBusy(): boolean {
    return this.#open > 0
  }

  /** Whether it may hold what no call of this process has given it. */
  get isOpened(): boolean {
    return this.#isOpened
  }

  /** Opens a durable outbox, if that has not been done. Resolves also where it cannot: then the next call tries again. */
  open(opened: () => void): Promise<void> {
    if (!this.durable) return Promise.resolve()
    this.#opening ??= this.counts().then(
      (counts) => {
        this.#isOpened = true
        this.#listener.found(counts)
        opened()
      },
      (error: EventTrackingError) => {
        this.#opening = undefined
        this.#listener.troubled(error)
      },
    )
    return this.#opening
  }

  append(event: OwedEvent, appended: Appended): void {
    this.#ask(
      () => this.#outbox.append([event]),
      ([fate]) => (fate === 'done' ? appended.done(event) : appended.stored(event, fate === 'pending')),
      (error) => appended.failed(event, error),
    )
  }

  /** A claim that fails is told and finds nothing; the next one is due after a while. */
  claim(max: number, leaseMs: number, first: First, claimed: (claims: readonly Claim[]) => void): void {
    this.#ask(
      () => this.#outbox.claim(max, leaseMs, first),
      (claims) => {
        this.#failures = 0
        claimed(this.#unrecorded.size === 0 ? claims : claims.filter((claim) => !this.#isDelivered(claim)))
      },
      (error) => {
        this.#failures++
        this.#listener.troubled(error)
        claimed([])
      },
    )
  }

  settle(claim: Claim, verdict: Verdict, settled: () => void): void {
    const record = (isRecorded: boolean | undefined) => {
      if (!isRecorded && verdict.kind === 'delivered') this.#unrecorded.add(keyOf(claim.entry))
      settled()
    }
    this.#ask(
      () => this.#outbox.settle([[claim, verdict]]),
      ([isRecorded]) => record(isRecorded),
      (error) => {
        this.#listener.troubled(error)
        record(false)
      },
    )
  }

  /** In how many milliseconds there will be something to claim; after a failure, when to try again. */
  due(then: (dueInMs: number) => void): void {
    if (this.#failures > 0) return then(this.#pauseMs())
    this.#ask(
      () => this.#outbox.dueInMs(),
      then,
      (error) => {
        this.#failures++
        this.#listener.troubled(error)
        then(this.#pauseMs())
      },
    )
  }

  #pauseMs(): number {
    return Math.max(shortestPauseMs, backoffMs(this.#backoff, this.#failures - 1))
  }

  /** Takes out what is not lent. */
  remove(event: OwedEvent, then: (isRemoved: boolean) => void): void {
    this.#ask(
      () => this.#outbox.remove(event),
      then,
      (error) => {
        this.#listener.troubled(error)
        then(false)
      },
    )
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.#promise(() => this.#outbox.dead(limit, afterId))
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#promise(() => this.#outbox.replay(ids))
  }

  forget(customerId: string): Promise<number> {
    return this.#promise(() => this.#outbox.forget(customerId))
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#promise(() => this.#outbox.counts())
  }

  /** Ends a durable outbox. */
  async close(): Promise<void> {
    await this.#promise(() => this.#outbox.close()).catch((error: EventTrackingError) => this.#listener.troubled(error))
  }

  /** Lent again because its delivery could not be recorded: it is recorded now, and not sent again. */
  #isDelivered(claim: Claim): boolean {
    const isDelivered = this.#unrecorded.delete(keyOf(claim.entry))
    if (isDelivered) this.settle(claim, { kind: 'delivered' }, () => undefined)
    return isDelivered
  }

  #promise<T>(ask: () => Answer<T>): Promise<T> {
    return new Promise((resolve, reject) => this.#ask(ask, resolve, reject))
  }

  #ask<T>(ask: () => Answer<T>, then: (answer: T) => void, failed: (error: EventTrackingError) => void): void {
    let answer: Answer<T>
    try {
      answer = ask()
    } catch (thrown) {
      return failed(outboxErrorOf(thrown))
    }
    if (!isPromise(answer)) return then(answer)
    this.#open++
    Promise.resolve(answer).then(
      (value) => {
        this.#open--
        then(value)
      },
      (thrown: unknown) => {
        this.#open--
        failed(outboxErrorOf(thrown))
      },
    )
  }
}

function isPromise<T>(answer: Answer<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}
