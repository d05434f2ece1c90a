import type { EventInfo, Environment } from '../event/event.ts'
import type { Token } from '@obsidianlaunch/events-client/core'
import type { Clock } from '../platform/clock.ts'
import type { BeforeSend } from '../call/before-send.ts'
import type { EventNames } from '../call/event-names.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Receipt } from '../event/receipt.ts'
import type { EventTrackingError } from '../errors/errors.ts'

/** Where the tracker says what an operator should know. `console` is one. */
export interface Logger {
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
}

/** Between attempts: a random wait below min(capMs, baseMs × 2^n) milliseconds. */
export interface Backoff {
  /** @default 500 */
  baseMs: number
  /** @default 30_000 */
  capMs: number
}

/** Limits of what may wait in memory. With a durable outbox that is what is not stored yet. */
export interface QueueLimits {
  /** Events that are owed at once, those in flight among them. @default 100_000 */
  maxEvents: number
  /** UTF-8 bytes of their bodies. @default 67_108_864 (64 MiB) */
  maxBytes: number
  /**
   * What a full queue does. `reject` refuses the new event, and its error is retryable: you still have it. `drop-newest`
   * lets the new one go for good. `drop-oldest` lets those go that wait longest, until the new one fits. Whatever goes
   * fails with a QueueFullError and is counted as dropped. With a durable outbox only `reject` is possible.
   *
   * @default 'reject'
   */
  overflow: 'reject' | 'drop-oldest' | 'drop-newest'
}

/** Everything a tracker can be told. Every option has a default; the token's is in the environment. */
export interface TrackerOptions {
  /**
   * The project token: text, a function that is asked for every attempt, or null to send none (to a proxy that has it).
   *
   * @default the environment variable EVENT_TRACKING_AUTH_TOKEN; null in a browser
   */
  token?: Token
  /**
   * Where the API is; may have a path or a trailing slash. A browser has no default.
   *
   * @default the environment variable EVENT_TRACKING_BASE_URL, else the server that the API document names
   */
  baseUrl?: string
  /**
   * Where events go: `'test'` leaves production data alone. What an outbox holds goes where it was accepted for.
   *
   * @default the environment variable EVENT_TRACKING_ENVIRONMENT, else 'test'
   */
  environment?: Environment
  /** Allow plain http to other machines than this one. @default false */
  allowInsecureHttp?: boolean
  /**
   * False: no token is needed, calls are validated, nothing is sent, and deliveries resolve with `skipped: true`.
   *
   * @default the environment variable EVENT_TRACKING_ENABLED ('true' or 'false'), else true
   */
  enabled?: boolean
  /** The sender of the requests. It returns the response, with a `status`, unread. @default see `transport` */
  fetch?: (request: Request) => Promise<Response>
  /**
   * What sends the requests where there is no `fetch` of yours: `'fetch'` is always the platform's; `'auto'` goes on Node
   * to the connections below it, which costs a fraction, unless something there is not Node's own.
   *
   * @default 'auto'
   */
  transport?: 'auto' | 'fetch'
  /** Requests in flight at once, over all customers: 1 to 256. @default 32; 6 in browsers and on Workers */
  concurrency?: number
  /**
   * Attempts after the first, each counted, whatever failed; 0 is one request that is never repeated.
   *
   * @default as many as `maxDeliveryMs` allows
   */
  maxRetries?: number
  /** How long one attempt may take, in milliseconds. @default 10_000 */
  attemptTimeoutMs?: number
  /** The wait between attempts: anything up to min(capMs, baseMs × 2^n) milliseconds. */
  backoff?: Partial<Backoff>
  /** However long a server asks to wait, it is asked again after this, in milliseconds. @default 60_000 */
  maxRetryAfterMs?: number
  /**
   * The time for which an event is tried, in milliseconds, from its first attempt on. Before, it waits while the API settles
   * others: it ends this long after its call or after the last event that was settled, whichever is later. Time in which
   * the process stood still is not counted. With a durable outbox only the wait for the event ends, not the event.
   *
   * @default 300_000
   */
  maxDeliveryMs?: number
  /** How long a durable outbox tries to deliver an event, in milliseconds. @default 604_800_000 (7 days) */
  maxAgeMs?: number
  /**
   * Keeps what is owed. A durable one, such as `sqliteOutbox('events.db')`, survives the process; give it to one tracker.
   *
   * @default in memory
   */
  outbox?: Outbox
  /** Limits of what may wait in memory: with a durable outbox, to be stored. */
  queue?: Partial<QueueLimits>
  /**
   * Which names events may have: a convention, a pattern or a list. Any other name is a ValidationError.
   *
   * @default any
   * @example 'snake_case'
   */
  eventNames?: EventNames
  /**
   * May change or veto an event, at the call, before it is validated, queued or stored.
   *
   * @example (event) => (event.customerId.startsWith('test-') ? null : event)
   */
  beforeSend?: BeforeSend
  /**
   * Keeps a run time alive that stops when it has answered (Workers): it is given a promise that resolves when nothing
   * is owed any more.
   *
   * @example (promise) => ctx.waitUntil(promise)
   */
  waitUntil?: (promise: Promise<unknown>) => void
  /** Told of each event that was delivered, once. */
  onDelivered?: (receipt: Receipt, about: EventInfo) => void
  /**
   * Told of each event that failed, once; but not of one that it tracked itself and that was refused at once. With a
   * durable outbox also told, once, that nothing is taken: by the error of one event, whose `kept` is true.
   */
  onError?: (error: EventTrackingError, about: EventInfo) => void
  /**
   * Told of failed events, of an outbox that fails, and of pauses.
   *
   * @default none: the first failure that nobody awaits is one process warning
   */
  logger?: Logger
  /** Tells the time and sets timers, so that a test need not wait. @default the platform's */
  clock?: Clock
}
