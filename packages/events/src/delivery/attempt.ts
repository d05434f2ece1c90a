import type { RequestSignal } from '@obsidianlaunch/events-client/core'
import type { AttemptResult } from '../http/answer.ts'
import { type ApiClient, TokenFailure } from '../http/send.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { Settings } from '../options/settings.ts'
import type { Handover } from '../page/handover.ts'
import { isPromise, soon } from '../platform/platform.ts'
import { isTraced, traceAttempt } from '../tracing/trace.ts'
import type { PendingEvent } from './pending-event.ts'
import type { TrackerTime } from '../platform/timer.ts'

/** However often the process stands still, an attempt takes no more than this many times its time. */
const mostTimes = 3

/** Takes the place of an AbortController and its signal, at a small part of their cost. */
class Cut implements RequestSignal {
  aborted = false
  reason: unknown
  /** Almost always one. */
  #listeners: (() => void)[] = []

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener)
  }

  abort(): void {
    this.aborted = true
    this.reason = Object.assign(new Error('Aborted'), { name: 'AbortError' })
    for (const listener of this.#listeners) listener()
  }
}

/** One request for one event. It ends exactly once, never throws, and has a signal of its own. */
export class Attempt {
  readonly event: PendingEvent
  /** The lease: a newer one takes its place where it ran out and the entry was lent again. */
  claim: Claim
  /** The moment at which it began, in elapsed milliseconds. */
  readonly startedAt: number
  /** The same moment in running time. */
  readonly ranAt: number
  /** The moment at which it must have ended, in elapsed milliseconds. It counts from dispatch, so it moves with that. */
  deadline: number
  readonly result: Promise<AttemptResult>
  readonly #time: TrackerTime
  readonly #timeoutMs: number
  readonly #maxRetries: number
  readonly #cut = new Cut()
  #resolve!: (result: AttemptResult) => void
  #isDispatched = false
  #hasExpired = false

  constructor(event: PendingEvent, claim: Claim, time: TrackerTime, ranAt: number, settings: Settings) {
    this.event = event
    this.claim = claim
    this.#time = time
    this.#timeoutMs = settings.attemptTimeoutMs
    this.#maxRetries = event.options.maxRetries ?? settings.maxRetries
    this.startedAt = time.elapsed()
    this.ranAt = ranAt
    this.deadline = this.startedAt + this.#timeoutMs
    this.result = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** Asks for the token, sends the request and reads the answer. */
  async send(api: ApiClient, handover: Handover | undefined): Promise<void> {
    const signal = this.#cut
    let token: string | null = null
    try {
      const { entry } = this.claim
      const asked = api.token(entry)
      token = isPromise(asked) ? await asked : asked
      // What is sent now would arrive beside its own retry, or after its customer was erased.
      if (this.#isOver) return this.#resolve(this.#timeout())
      this.#isDispatched = true
      this.deadline = this.#time.elapsed() + this.#timeoutMs
      // As its page went, it was sent already.
      const handed = handover?.take(this.event)
      if (handed !== undefined) return this.#resolve(await handed.answer(signal))
      const response = await api.post(entry, token, signal, () => this.#mayRepeat())
      const answer = api.read(response, entry, token, signal)
      this.#resolve(isPromise(answer) ? await answer : answer)
    } catch (thrown) {
      this.#resolve(this.#failureOf(thrown, token, api))
    }
  }

  /** Ends it, its time being up or its event erased. An answer whose head has come still counts, whatever fetch makes of the signal. */
  expire(): void {
    if (this.#hasExpired) return
    this.#hasExpired = true
    // After a pause of the whole process the answer may lie in the socket, unread: it gets two turns to be found.
    soon(() => soon(() => this.#end()))
  }

  /** Gives it its time anew. */
  prolong(from: number, ran: number): void {
    const hasMore = this.startedAt <= from && ran - this.ranAt < mostTimes * this.#timeoutMs
    if (hasMore) this.deadline = Math.max(this.deadline, from + this.#timeoutMs)
  }

  /** Tells whether nothing more is to be sent: its time is up, or its customer was erased. */
  get #isOver(): boolean {
    return this.#hasExpired || this.event.hasEnded
  }

  #end(): void {
    this.#cut.abort()
    // A body that was being read ends before that turn comes, with the status that came before it.
    soon(() => this.#resolve(this.#timeout()))
  }

  /** Counts a request that the connection repeats, if there may be one more. */
  #mayRepeat(): boolean {
    if (this.#isOver || this.event.attempts > this.#maxRetries) return false
    this.event.attempts++
    return true
  }

  /** While there was no token nothing was sent, so it is not the server that did not answer. */
  #timeout(): AttemptResult {
    if (this.#isDispatched) return { kind: 'timeout' }
    return { kind: 'tokenFailed', cause: new Error(`No token within ${this.#timeoutMs} ms (attemptTimeoutMs)`) }
  }

  #failureOf(thrown: unknown, token: string | null, api: ApiClient): AttemptResult {
    if (this.#cut.aborted) return this.#timeout()
    if (thrown instanceof TokenFailure) return { kind: 'tokenFailed', cause: thrown.cause }
    return { kind: 'unreachable', cause: api.redactError(thrown, token) }
  }
}

/** The attempts that are on their way. */
export class Attempts {
  readonly #api: ApiClient
  readonly #handover: Handover | undefined
  readonly #time: TrackerTime
  readonly #settings: Settings
  /** Not a map by event: one that is as busy as this leaves tables behind that keep what has ended alive for long. */
  readonly #attempts: Attempt[] = []

  constructor(api: ApiClient, handover: Handover | undefined, time: TrackerTime, settings: Settings) {
    this.#api = api
    this.#handover = handover
    this.#time = time
    this.#settings = settings
  }

  get size(): number {
    return this.#attempts.length
  }

  events(): PendingEvent[] {
    return this.#attempts.map(({ event }) => event)
  }

  /** @param ranAt now, in running time */
  start(event: PendingEvent, claim: Claim, ranAt: number): Attempt {
    event.start()
    const attempt = new Attempt(event, claim, this.#time, ranAt, this.#settings)
    this.#attempts.push(attempt)
    SERVER: if (isTraced(this.#settings.seams.logger)) {
      const send = () => void attempt.send(this.#api, this.#handover)
      traceAttempt(event, this.#api.addressOf(claim.entry), attempt.startedAt, send)
      return attempt
    }
    void attempt.send(this.#api, this.#handover)
    return attempt
  }

  /** Takes out one that has ended. */
  delete(attempt: Attempt): void {
    this.#attempts.splice(this.#attempts.indexOf(attempt), 1)
  }

  /** Takes the newer claim of an entry that is in flight and was lent again. */
  renew(event: PendingEvent, claim: Claim): void {
    for (const attempt of this.#attempts) if (attempt.event === event) attempt.claim = claim
  }

  /** Cuts the one at an event that has ended: nobody waits for its answer. */
  cut(event: PendingEvent): void {
    for (const attempt of this.#attempts) if (attempt.event === event) attempt.expire()
  }

  /**
   * The process stood still until then: nobody knows how much of their time was lost, so they have all of it again. `ran`
   * is running time: in a process that stalls again and again what hangs would never end.
   */
  stoodUntil(moment: number, ran: number): void {
    for (const attempt of this.#attempts) attempt.prolong(moment, ran)
  }

  /** Ends those whose time is up at `now`. */
  expire(now: number): void {
    for (const attempt of this.#attempts) if (attempt.deadline <= now) attempt.expire()
  }

  /** The moment at which the next one's time is up, after `now`. */
  nextDeadline(now: number): number {
    let next = Infinity
    for (const { deadline } of this.#attempts) if (deadline > now) next = Math.min(next, deadline)
    return next
  }
}
