/// <reference lib="esnext.disposable" preserve="true" />
import type { AnyObject, Given, GivenEvent, Traits } from './event/event.ts'
import type { TrackerStats } from './event/report.ts'
import type { CallOptions, TrackOptions } from './call/call-options.ts'
import type { Delivery } from './delivery/delivery.ts'
import { ConfigurationError } from './errors/errors.ts'
import type { TrackerOptions } from './options/options.ts'
import type { DeadLetter } from './outbox/outbox.ts'
import type { WaitingLane } from './delivery/dead-letters.ts'
import { Pipeline } from './delivery/pipeline.ts'
import { knowLogger } from './tracing/loggers.ts'
import type { TrackerStatus, WaitOptions } from './delivery/lifecycle.ts'

/** Narrows what the calls take, at no cost at run time. */
export interface Schema {
  /**
   * The names of events: a union, template literals too; or an object type that says of each name what its `property`
   * is. `undefined` among that makes it optional, and `undefined` alone forbids it.
   */
  events?: string | object
  /** The shape of a customer's properties. */
  properties?: object
}

/** Names of the events of a schema. */
export type EventName<S extends Schema = Schema> = S['events'] extends string
  ? S['events']
  : S['events'] extends object
    ? keyof S['events'] & string
    : string
/** Those of some names whose event has to have a `property`. */
type Requiring<Events extends object, Name> = Name extends keyof Events
  ? undefined extends Events[Name]
    ? never
    : Name
  : never
/** A `property` that suits an event of each of some names: which of them it will be is known only when it is tracked. */
type PropertyOfEach<Events extends object, Name> = (
  Name extends keyof Events ? (property: Exclude<Events[Name], undefined>) => void : never
) extends (property: infer P) => void
  ? P & object
  : never
type ArgumentsOf<Events extends object, Name, P extends object = PropertyOfEach<Events, Name>> = [
  Requiring<Events, Name>,
] extends [never]
  ? [options?: TrackOptions<P>]
  : [options: TrackOptions<P> & { property: Given<P> }]
/**
 * Arguments of `trackEvent` behind the event's name. The last one may be left out where no event of that name has to have a
 * `property`.
 *
 * @example
 * function track<Name extends EventName<MySchema>>(event: Name, ...rest: TrackArguments<MySchema, Name>) {
 *   return tracker.trackEvent(currentUser(), event, ...rest)
 * }
 */
export type TrackArguments<
  S extends Schema = Schema,
  Name extends EventName<S> = EventName<S>,
> = S['events'] extends object ? ArgumentsOf<S['events'], Name> : [options?: TrackOptions]
type Properties<S extends Schema> = S['properties'] extends object ? S['properties'] : AnyObject

/**
 * Identifies customers and tracks events: queued, in order for each customer, retried, and accounted for.
 *
 * Making one does no I/O and starts no timer. While events are pending it keeps the process alive; idle, it holds nothing.
 *
 * @throws ConfigurationError from the constructor: no token, an unknown option, a wrong type
 * @example
 * const tracker = new EventTracker()
 * await tracker.trackEvent('user123', 'button_click') // waits for the answer, throws if it failed
 * tracker.trackEvent('user123', 'page_view') // or do not wait
 * await tracker.shutdown({ timeoutMs: 5_000 })
 */
export class EventTracker<S extends Schema = Schema> {
  readonly #pipeline: Pipeline

  constructor(options: TrackerOptions = {}) {
    this.#pipeline = new Pipeline(options)
    SERVER: knowLogger(this, options.logger)
    keepMethods(this)
  }

  /**
   * Tells the API who a customer is. Call it at sign-up, sign-in and the end of onboarding; what is tracked afterwards
   * for the same customer arrives after it.
   *
   * @throws (as the delivery's rejection) ValidationError, ApiError, ConnectionError, TimeoutError, QueueFullError, CancelledError, ClosedError, OutboxError
   * @example
   * await tracker.identifyCustomer('user123', {
   *   name: 'John Doe',
   *   email: 'john@example.com',
   *   properties: { plan: 'premium', signup_date: '2023-06-25' },
   * })
   */
  identifyCustomer(customerId: string, traits: Traits<Properties<S>>, options?: CallOptions): Delivery {
    const event = { operation: 'identifyCustomer', customerId, traits } as GivenEvent
    return this.#pipeline.call(event, options)
  }

  /**
   * Tracks what a customer did.
   *
   * @throws (as the delivery's rejection) ValidationError, ApiError, ConnectionError, TimeoutError, QueueFullError, CancelledError, ClosedError, OutboxError
   * @example
   * tracker.trackEvent('user123', 'button_click')
   * tracker.trackEvent('user123', 'OpenAI API Call', { category: 'Tech', property: { path: '/dashboard' } })
   */
  trackEvent<Name extends EventName<S>>(customerId: string, event: Name, ...options: TrackArguments<S, Name>): Delivery
  trackEvent(customerId: string, event: string, options?: object): Delivery {
    return this.#pipeline.call({ operation: 'trackEvent', customerId, event }, options)
  }

  /** Tells where every call that was made stands, now. */
  stats(): TrackerStats {
    return this.#pipeline.report()
  }

  /** Tells whether sending pauses, since when and why, what is in flight, and whether the outbox fails, now. */
  status(): TrackerStatus {
    return this.#pipeline.status()
  }

  /**
   * Takes the token out of a text, and those that a token function gave before: for the logs of a program through which they
   * may pass, and to tell that a text has one.
   */
  redact(text: string): string {
    return this.#pipeline.redact(text)
  }

  /**
   * Waits until everything that was accepted before has ended, or until the deadline. Never rejects; nothing is lost.
   *
   * @param options a bare number is the `timeoutMs`
   * @returns the counts at that moment
   */
  flush(options: WaitOptions | number = {}): Promise<TrackerStats> {
    return this.#pipeline.lifecycle.flush(options)
  }

  /**
   * Accepts nothing more, waits until nothing is pending or until the deadline, and ends what is left with a ClosedError.
   * Idempotent: every call gets the one report; the earliest deadline counts. Never rejects.
   *
   * @param options a bare number is the `timeoutMs`
   */
  shutdown(options: WaitOptions | number = {}): Promise<TrackerStats> {
    return this.#pipeline.lifecycle.shutdown(options)
  }

  /**
   * Goes on with what a durable outbox holds from before. The first event does that too; call it at the start of a
   * process that may have nothing to track for a while.
   *
   * @returns the counts then
   */
  start(): Promise<TrackerStats> {
    return this.#pipeline.lifecycle.start()
  }

  /**
   * Lists the customers with pending events, the one with the oldest first, and why they wait.
   *
   * @throws (as the promise's rejection) an error that says why the outbox cannot be read, ConfigurationError for wrong options and for an outbox that cannot tell
   */
  waiting(options: { limit?: number | undefined } = {}): Promise<readonly WaitingLane[]> {
    const { limit = 100, ...unknown } = (options as typeof options | null) ?? {}
    const problem = problemOf(limit, unknown, 'limit')
    if (problem) return refused(`waiting: ${problem}`)
    return this.#pipeline.deadLetters.waiting(limit)
  }

  /**
   * Lists what a durable outbox has given up, the oldest first: refused by the API for good, or older than `maxAgeMs`.
   *
   * @throws (as the promise's rejection) an error that says why the outbox cannot be read, ConfigurationError for wrong options
   */
  deadLetters(
    options: { limit?: number | undefined; afterId?: string | undefined } = {},
  ): Promise<readonly DeadLetter[]> {
    const { limit = 100, afterId, ...unknown } = (options as typeof options | null) ?? {}
    const problem = problemOf(limit, unknown, 'limit, afterId')
    if (problem) return refused(`deadLetters: ${problem}`)
    if (typeof (afterId ?? '') !== 'string') return refused('deadLetters: afterId must be the id of a dead letter')
    return this.#pipeline.deadLetters.list(limit, afterId)
  }

  /**
   * Sends dead letters again, by their ids. Each goes to the end of its customer's lane: their order is lost.
   *
   * @returns how many are pending again
   * @throws (as the promise's rejection) ConfigurationError for what is no list of ids
   */
  replay(ids: readonly string[]): Promise<number> {
    const areIds = Array.isArray(ids) && ids.every((id) => typeof id === 'string')
    if (!areIds) return refused('replay: ids must be a list of ids, as deadLetters gives them')
    return this.#pipeline.deadLetters.replay(ids)
  }

  /**
   * Erases whatever is kept of a customer, pending or dead. Calls that wait for such an event end with a CancelledError;
   * what is on its way to the API may still arrive.
   *
   * @returns how many events that were
   * @throws (as the promise's rejection) ConfigurationError for what is no id
   */
  forget(customerId: string): Promise<number> {
    if (typeof customerId !== 'string' || customerId === '')
      return refused('forget: customerId must be the id of a customer')
    return this.#pipeline.deadLetters.forget(customerId)
  }

  /** `await using tracker = new EventTracker()` shuts it down at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}

/**
 * Lets each method know its tracker however it is called: destructured, passed as a callback, or through a Proxy, which has
 * none of the private fields. It is looked up at the call, so that a test can still spy on the prototype.
 */
function keepMethods(tracker: object): void {
  for (const name of Object.getOwnPropertyNames(EventTracker.prototype)) {
    if (name === 'constructor') continue
    const value = (...given: unknown[]) => Reflect.apply(Object.getPrototypeOf(tracker)[name], tracker, given)
    Object.defineProperty(tracker, name, { value, writable: true, configurable: true })
  }
}

/** Names the fault of the options of a list. */
function problemOf(limit: unknown, unknown: object, known: string): string | undefined {
  const names = Object.keys(unknown)
  if (names.length > 0) return `unknown option ${names.join(', ')}. Known are: ${known}`
  return typeof limit === 'number' && limit >= 0 ? undefined : 'limit must be a number of at least 0'
}

/** Refuses a call that could do nothing. */
function refused(reason: string): Promise<never> {
  return Promise.reject(new ConfigurationError(reason))
}
