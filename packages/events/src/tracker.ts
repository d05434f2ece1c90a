/// <reference lib="esnext.disposable" preserve="true" />
import type { Report } from './books.ts'
import type { Delivery } from './delivery.ts'
import type { CallOptions, Traits } from './event.ts'
import type { TrackerOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'
import type { WaitOptions } from './wait-options.ts'

/** Narrows event names and customer properties, at no cost at run time. */
export interface Schema {
  /** A union of event names; template literals too. */
  events?: string
  /** The shape of a customer's properties. */
  properties?: object
}

type EventName<S extends Schema> = S['events'] extends string ? S['events'] : string
type Properties<S extends Schema> = S['properties'] extends object ? S['properties'] : Record<string, unknown>

/**
 * Identifies customers and tracks events: queued, in order for each customer, retried, and accounted for.
 *
 * Making one does no I/O and starts no timer. While events are owed it keeps the process alive; idle, it holds nothing.
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
  }

  /**
   * Tells the API who a customer is. Call it at sign-up, sign-in and the end of onboarding; what is tracked afterwards
   * for the same customer arrives after it.
   *
   * @throws (as the delivery's rejection) ValidationError, ApiError, ConnectionError, TimeoutError, QueueFullError, ClosedError
   * @example
   * await tracker.identifyCustomer('user123', {
   *   name: 'John Doe',
   *   email: 'john@example.com',
   *   properties: { plan: 'premium', signup_date: '2023-06-25' },
   * })
   */
  identifyCustomer(customerId: string, traits: Traits<Properties<S>>, options: CallOptions = {}): Delivery {
    return this.#pipeline.identify(customerId, traits, options)
  }

  /**
   * Tracks what a customer did.
   *
   * @throws (as the delivery's rejection) ValidationError, ApiError, ConnectionError, TimeoutError, QueueFullError, ClosedError
   * @example
   * tracker.trackEvent('user123', 'button_click')
   */
  trackEvent(customerId: string, event: EventName<S>, options: CallOptions = {}): Delivery {
    return this.#pipeline.track(customerId, event, options)
  }

  /** Where every call that was made stands, now. */
  stats(): Report {
    return this.#pipeline.report()
  }

  /**
   * Waits until everything that was accepted before has ended, or until the deadline. Never rejects; nothing is lost.
   *
   * @returns the books at that moment
   */
  flush(options: WaitOptions = {}): Promise<Report> {
    return this.#pipeline.flush(options)
  }

  /**
   * Accepts nothing more, waits until nothing is owed or until the deadline, and ends what is left with a ClosedError.
   * Idempotent: every call gets the one report; the earliest deadline counts. Never rejects.
   */
  shutdown(options: WaitOptions = {}): Promise<Report> {
    return this.#pipeline.shutdown(options)
  }

  /** `await using tracker = new EventTracker()` shuts it down at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown()
  }
}
