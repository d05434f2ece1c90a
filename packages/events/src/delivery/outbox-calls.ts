import type { Time } from '../platform/clock.ts'
import { type EventTrackingError, OutboxError, outboxErrorOf } from '../errors/errors.ts'
import type { Answer, Outbox } from '../outbox/outbox.ts'
import type { Check } from './outbox-answers.ts'
import type { Backoff } from '../options/options.ts'
import { backoffMs } from './backoff.ts'

/** An outbox that fails is not asked more often than this, whatever the backoff. */
const shortestPauseMs = 100

export type Method = Exclude<keyof Outbox, 'durable'>

/** Receives what belongs to no single call. */
export interface OutboxCallsListener {
  /** The outbox failed, and no call can be told. */
  troubled(error: EventTrackingError): void
  /** Ends the trouble that was told last. */
  recovered(): void
  /** Wants `tick` to be called at `at`, elapsed time, at the latest. */
  wake(at: number): void
}

type Failed = (error: EventTrackingError) => void

/**
 * The calls of an outbox. Memory answers at once and is heard at once, a disk later. Whatever is answered is checked, since
 * anybody can write an outbox; answers are heard in the order in which they come.
 */
export class OutboxCalls {
  readonly #backoff: Backoff
  readonly #time: Time
  readonly #listener: OutboxCallsListener
  /** Methods that fail, until they work again. */
  readonly #troubles = new Set<Method>()
  #later: { at: number; run: () => void }[] = []
  /** When each call was made that has not been answered, the oldest first. */
  readonly #open = new Set<{ readonly askedAt: number }>()

  constructor(backoff: Backoff, time: Time, listener: OutboxCallsListener) {
    this.#backoff = backoff
    this.#time = time
    this.#listener = listener
  }

  /** Tells whether an answer is still to come. */
  get areOpen(): boolean {
    return this.#open.size > 0
  }

  /** When the oldest call that is not answered was made. */
  get oldestAt(): number {
    for (const { askedAt } of this.#open) return askedAt
    return Infinity
  }

  ask<T>(method: Method, ask: () => Answer<T>, check: Check<T>, then: (answer: T) => void, failed: Failed): void {
    let answer: Answer<T>
    try {
      answer = ask()
      if (!isPromise(answer)) check(answer)
    } catch (thrown) {
      return failed(outboxErrorOf(thrown))
    }
    if (!isPromise(answer)) return then(answer)
    const call = { askedAt: this.#time.elapsed() }
    this.#open.add(call)
    Promise.resolve(answer)
      .then(check)
      .then(
        (value) => {
          this.#open.delete(call)
          if (this.#troubles.size > 0) this.#worked(method)
          then(value)
        },
        (thrown: unknown) => {
          this.#open.delete(call)
          failed(outboxErrorOf(thrown))
        },
      )
  }

  promise<T>(method: Method, ask: () => Answer<T>, check: Check<T>): Promise<T> {
    return new Promise((resolve, reject) => this.ask(method, ask, check, resolve, reject))
  }

  /** Asks again while the outbox is busy, or fails in another way that `passes`; whoever waits bounds it. */
  insist<T>(method: Method, attempt: () => Promise<T>, passes = isBusy): Promise<T> {
    return new Promise((resolve, reject) => {
      let failures = 0
      const again = () =>
        attempt().then(resolve, (error: EventTrackingError) => {
          if (!passes(error)) return reject(error)
          this.troubled(method, error)
          this.later(this.pauseMs(++failures), again)
        })
      void again()
    })
  }

  /** After so many failures in a row. */
  pauseMs(failures: number): number {
    return Math.max(shortestPauseMs, backoffMs(this.#backoff, failures - 1))
  }

  later(afterMs: number, run: () => void): void {
    const at = this.#time.elapsed() + afterMs
    this.#later.push({ at, run })
    this.#listener.wake(at)
  }

  /** When the first of what was put off is due. */
  get nextAt(): number {
    return this.#later.reduce((next, { at }) => Math.min(next, at), Infinity)
  }

  /** Somebody is interested again in what was put off. */
  wake(): void {
    for (const { at } of this.#later) this.#listener.wake(at)
  }

  /** Runs what was put off and is due. */
  tick(now: number): void {
    if (this.#later.length === 0) return
    const due = this.#later.filter(({ at }) => at <= now)
    this.#later = this.#later.filter(({ at }) => at > now)
    for (const { run } of due) run()
    this.wake()
  }

  troubled(method: Method, error: EventTrackingError): void {
    this.#troubles.add(method)
    this.#listener.troubled(error)
  }

  #worked(method: Method): void {
    if (this.#troubles.delete(method) && this.#troubles.size === 0) this.#listener.recovered()
  }
}

/** Tells whether an outbox that failed so may work again by itself. */
export function mayPass(error: EventTrackingError): boolean {
  return error instanceof OutboxError && (error.problem === 'busy' || error.problem === 'io')
}

function isBusy(error: EventTrackingError): boolean {
  return error instanceof OutboxError && error.problem === 'busy'
}

function isPromise<T>(answer: Answer<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}
