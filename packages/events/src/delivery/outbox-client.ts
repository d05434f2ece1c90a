import { ClosedError, ConfigurationError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import type { Backoff } from '../options/options.ts'
import type { Claim, DeadLetter, AppendResult, LaneOrder, Outbox, Verdict, WaitingCustomer } from '../outbox/outbox.ts'
import { MemoryOutbox } from '../outbox/memory/memory-outbox.ts'
import { isPromise, type MaybePromise } from '../platform/platform.ts'
import { backoffMs } from '../platform/backoff.ts'
import { closedError } from './failure.ts'
import type { Hooks } from './hooks.ts'
import { OpenCalls, patienceMs } from './open-calls.ts'
import {
  type Check,
  isBoolean,
  isClaims,
  isCounts,
  isDeadLetters,
  isDueInMs,
  isFates,
  isOneBoolean,
  isReplayed,
  isWaiting,
} from '../outbox/answers.ts'
import { isBusy, mayPass, OutboxTroubles } from '../outbox/trouble.ts'
import type { PendingEvent } from './pending-event.ts'
import { PutOff, type Timer, type TrackerTime } from '../platform/timer.ts'

type Method = Exclude<keyof Outbox, 'durable'>
export type Counts = { pending: number; dead: number }
type Lent = (claims: readonly Claim[]) => void
/** Hears an answer, or an error. Where there was no answer in time, the outbox may have done what it was asked. */
type Answered<T> = (answer: T | TrackingError, isUnanswered?: boolean) => void

/** An outbox that fails is not asked more often than this, whatever the backoff. */
const shortestPauseMs = 100
const isOneFate = isFates(1)

/**
 * The outbox as the delivery sees it. Anybody can write one: whatever it answers is checked, what it throws becomes an
 * TrackingError, and what it is asked in vain is asked again after a while. Memory answers at once, a disk later.
 * Whoever asks goes on, by `goOn`, in the very turn in which the answer is heard: answers are heard in the order in which
 * they come, and between two of them nothing is half done.
 */
export class OutboxClient {
  readonly durable: boolean
  /** Questions that are asked again later. */
  readonly putOff: PutOff
  /** Methods that fail, until they work again. */
  readonly troubles = new OutboxTroubles()
  readonly #outbox: Outbox
  /** Ours: it answers at once and never fails, so that an event costs no more than a call. */
  readonly #memory: MemoryOutbox | undefined
  readonly #backoff: Backoff
  readonly #time: TrackerTime
  readonly #hooks: Hooks
  /** Calls that have not been answered: memory has none. */
  readonly open: OpenCalls | undefined
  /** Claims, and questions when there will be one, that failed in a row. */
  #failures = 0
  #hasClosed = false

  constructor(outbox: Outbox, backoff: Backoff, time: TrackerTime, timer: Timer, hooks: Hooks) {
    this.durable = outbox.durable
    this.#outbox = outbox
    this.#memory = outbox instanceof MemoryOutbox ? outbox : undefined
    this.#backoff = backoff
    this.#time = time
    this.putOff = new PutOff(time, timer)
    this.open = this.#memory === undefined ? new OpenCalls(time, timer) : undefined
    this.#hooks = hooks
  }

  /** Keeps a new event in memory. `failed` is given the error that refuses it, if any. */
  appendOne(event: PendingEvent, failed: (event: PendingEvent, error: TrackingError) => void): void {
    if (this.#memory !== undefined) return this.#memory.appendOne(event)
    const refused = (error: TrackingError) => failed(event, error)
    this.#ask('append', () => this.#outbox.append([event]), isOneFate, nothing, refused)
  }

  /** Gives new events to a durable outbox. `goOn` is given the fate of each, or the error that refuses all of them. */
  append(events: readonly PendingEvent[], goOn: Answered<readonly AppendResult[]>): void {
    const entries = events.map(({ entry }) => entry)
    this.#ask('append', () => this.#outbox.append(entries), isFates(events.length), goOn, goOn, patienceMs)
  }

  /**
   * Borrows what is due. A claim that fails is told and finds nothing; the next one is due after a while. What comes when its
   * lease is over is `late`: it may have been lent to another meanwhile.
   */
  claim(max: number, leaseMs: number, first: LaneOrder, goOn: Lent, late: Lent): void {
    const leaseEnd = this.durable ? this.#time.elapsed() + leaseMs : Infinity
    this.#ask(
      'claim',
      () => this.#outbox.claim(max, leaseMs, first),
      isClaims,
      (claims) => {
        this.#failures = 0
        if (this.#time.elapsed() < leaseEnd) return goOn(claims)
        late(claims)
        goOn([])
      },
      (error) => {
        this.#failures++
        this.troubled('claim', error)
        goOn([])
      },
      leaseMs,
      late,
    )
  }

  /** Gives back what was lent. `goOn` is given whether the outbox took note, or undefined where it failed. */
  settle(claim: Claim, verdict: Verdict, goOn: (isRecorded: boolean | undefined) => void): void {
    if (this.#memory !== undefined) return goOn(this.#memory.settleOne(claim, verdict))
    this.#ask(
      'settle',
      () => this.#outbox.settle([[claim, verdict]]),
      isOneBoolean,
      ([isRecorded]) => goOn(isRecorded),
      (error) => {
        this.troubled('settle', error)
        goOn(undefined)
      },
      patienceMs,
    )
  }

  /** Asks in how many milliseconds there will be something to claim; after a failure, when to try again. */
  due(goOn: (dueInMs: number) => void): void {
    if (this.#failures > 0) return goOn(this.pauseMs(this.#failures))
    this.#ask(
      'dueInMs',
      () => this.#outbox.dueInMs(),
      isDueInMs,
      goOn,
      (error) => {
        this.#failures++
        this.troubled('dueInMs', error)
        goOn(this.pauseMs(this.#failures))
      },
      patienceMs,
    )
  }

  /** Takes out what is not lent. `goOn` is given whether it was there, or `failed` why that is not known. */
  remove(event: PendingEvent, goOn: (isRemoved: boolean) => void, failed?: (error: TrackingError) => void): void {
    const told = (error: TrackingError) => {
      this.troubled('remove', error)
      goOn(false)
    }
    this.#ask('remove', () => this.#outbox.remove(event.entry), isBoolean, goOn, failed ?? told, patienceMs)
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.insist('dead', () =>
      this.#ask('dead', () => this.#outbox.dead(limit, afterId), isDeadLetters, same, raise),
    )
  }

  /** Lists who waits. @throws ConfigurationError (as the promise's rejection) where the outbox cannot tell */
  async waiting(limit: number): Promise<readonly WaitingCustomer[]> {
    if (this.#outbox.waiting === undefined) throw new ConfigurationError('waiting: the outbox does not tell who waits')
    return this.insist('waiting', () =>
      this.#ask('waiting', () => this.#outbox.waiting?.(limit) ?? [], isWaiting, same, raise),
    )
  }

  replay(ids: readonly string[], goOn: (replayed: number) => number): Promise<number> {
    return this.insist('replay', () => this.#ask('replay', () => this.#outbox.replay(ids), isReplayed, goOn, raise))
  }

  /**
   * Erases a customer.
   *
   * @param asked is called whenever it is asked for, and gives what is to hear the answer
   */
  forget<R>(customerId: string, asked: () => (counts: Counts) => R): Promise<R> {
    const forget = () => this.#outbox.forget(customerId)
    return this.insist('forget', () => this.#bounded('forget', forget, isCounts('forget'), asked()))
  }

  /** Counts what it holds, the first call of all, so that none of it was added by this process. */
  counts(): Promise<Counts> {
    const counts = () => this.#outbox.counts()
    return this.insist('counts', () => this.#bounded('counts', counts, isCounts('counts'), same), mayPass)
  }

  /** Ends a durable outbox: it is asked nothing more. */
  async close(): Promise<void> {
    this.#hasClosed = true
    const tell = (error: TrackingError) => this.#hooks.troubled(error)
    await this.#ask('close', () => this.#outbox.close(), nothing, nothing, tell)
  }

  /** Lets go of what is kept in memory, since a program may keep a tracker that was shut down. */
  emptyMemory(): void {
    this.#memory?.close()
  }

  /** Tells a durable outbox that has not closed yet that nobody waits for it any more, which is to close it again. */
  giveUp(): void {
    if (!this.#hasClosed) void this.close()
    void this.#ask('close', () => this.#outbox.close(), nothing, nothing, nothing)
  }

  /** The time for which an outbox is left alone that has failed so often in a row. */
  pauseMs(failures: number): number {
    return Math.max(shortestPauseMs, backoffMs(this.#backoff, failures - 1))
  }

  /** Tells that a method fails, where no call can be told. */
  troubled(method: Method, error: TrackingError): void {
    // That it has been closed is no trouble of it.
    if (this.#hasClosed && error instanceof ClosedError) return
    this.troubles.told(method)
    this.#hooks.troubled(error)
  }

  /** Asks again while the outbox is busy, or fails in another way that `passes`; whoever waits bounds it. */
  insist<T>(method: Method, attempt: () => MaybePromise<T>, passes = isBusy): Promise<T> {
    return new Promise((resolve, reject) => {
      let failures = 0
      const failed = (error: TrackingError) => {
        if (!passes(error)) {
          // Whoever asked is told, and is the one to ask again; only an outbox that cannot be opened goes on failing.
          if (method !== 'counts') this.#works(method)
          return reject(error)
        }
        this.troubled(method, error)
        this.putOff.add(this.pauseMs(++failures), again)
      }
      const again = () => {
        try {
          const answer = attempt()
          if (isPromise(answer)) answer.then(resolve, failed)
          else resolve(answer)
        } catch (thrown) {
          failed(thrown as TrackingError)
        }
      }
      again()
    })
  }

  #works(method: Method): void {
    if (this.troubles.size > 0 && this.troubles.works(method)) this.#hooks.recovered()
  }

  /** Asks for what others wait for besides the caller: delivery, or a customer's lane. */
  #bounded<T, R>(method: Method, ask: () => MaybePromise<T>, check: Check<T>, heard: (answer: T) => R): Promise<R> {
    return new Promise((resolve, failed) =>
      this.#ask(method, ask, check, (answer) => resolve(heard(answer)), failed, patienceMs),
    )
  }

  /**
   * Asks the outbox, checks the answer, and gives what `heard` makes of it, or `failed` of the error. After `mostMs` it has
   * failed, and an answer that comes then is `late`.
   */
  #ask<T, R, E>(
    method: Method,
    ask: () => MaybePromise<T>,
    check: Check<T>,
    heard: (answer: T) => R,
    failed: (error: TrackingError, isUnanswered?: boolean) => E,
    mostMs = Infinity,
    late: (answer: T) => void = nothing,
  ): MaybePromise<R | E> {
    if (this.#hasClosed && method !== 'close') return failed(closedError())
    const answered = (answer: T): R => {
      this.#works(method)
      return heard(answer)
    }
    const refused = (thrown: unknown, isUnanswered?: boolean): E =>
      failed(this.troubles.failed(method, thrown, this.#time.now()), isUnanswered)
    let answer: MaybePromise<T>
    try {
      answer = ask()
      if (!isPromise(answer) && this.open !== undefined) check(answer)
    } catch (thrown) {
      return refused(thrown)
    }
    if (this.open === undefined || !isPromise(answer)) return answered(answer as T)
    return this.open.wait(method, Promise.resolve(answer).then(check), mostMs, answered, refused, late)
  }
}

function same<T>(answer: T): T {
  return answer
}

function nothing(): undefined {}

function raise(error: TrackingError): never {
  throw error
}
