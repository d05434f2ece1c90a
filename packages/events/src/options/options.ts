import type { EventInfo, Environment, Optional } from '../event/event.ts'
import type { Fetch, Token } from '@obsidianlaunch/events-client/core'
import type { Clock } from '../platform/clock.ts'
import type { BeforeSend } from '../call/before-send.ts'
import type { EventNames } from '../call/event-names.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Receipt } from '../event/receipt.ts'
import type { TrackingError } from '../errors/tracking-error.ts'
import type { Authorization } from '../token/token-keeper.ts'

/** Receives what an operator should know. `console` is one. */
export interface Logger {
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
  /** Called for each attempt, with one line: on servers, and where the logger is not the `console` itself. */
  debug?(message: string, detail?: unknown): void
}

/** Bounds of the backoff between attempts: a random time below min(capMs, baseMs × 2^n) milliseconds. */
export interface Backoff {
  /** @default 500 */
  baseMs: number
  /** @default 30_000 */
  capMs: number
}

/** Limits of what is pending in memory. With a durable outbox that is what is not stored yet. */
export interface QueueLimits {
  /** Events that are pending at once, those in flight among them. @default 100_000 */
  maxEvents: number
  /** UTF-8 bytes of their bodies. @default 67_108_864 (64 MiB) */
  maxBytes: number
  /**
   * Policy of a full queue. `reject` refuses the new event, and its error is retryable: you still have it. `drop-newest`
   * drops the new one for good. `drop-oldest` drops those that have been pending longest, until the new one fits. What is
   * dropped fails with a QueueFullError. With a durable outbox only `reject` is possible.
   *
   * @default 'reject'
   */
  overflow: 'reject' | 'drop-oldest' | 'drop-newest'
}

/** Options of a tracker. Each has a default; the token's is in the environment. One that is undefined is not given. */
export interface TrackerOptions {
  /**
   * The project token: text, a function that is asked for every attempt, or null to send none (to a proxy that has it).
   *
   * @default the environment variable EVENT_TRACKING_AUTH_TOKEN; null in a browser
   */
  token?: Token | undefined
  /**
   * Address of the API; may have a path or a trailing slash. A browser has no default.
   *
   * @default the environment variable EVENT_TRACKING_BASE_URL, else the server that the API document names
   */
  baseUrl?: string | undefined
  /**
   * Says to a relay who sends an event, in place of a token: a publishable key, or a function that is asked for the signed
   * identity of a customer, at each attempt at an event of that customer. Null sends none. Only with `token: null` and a
   * `baseUrl`.
   *
   * @example 'pk_live_…'
   * @example async (customerId) => (await fetch(`/identity/${customerId}`)).text()
   */
  authorization?: Authorization | undefined
  /**
   * Environment that events are sent to: `'test'` leaves production data alone. An event in an outbox is sent to the one
   * that it was accepted for.
   *
   * @default the environment variable EVENT_TRACKING_ENVIRONMENT, else 'test'
   */
  environment?: Environment | undefined
  /** Allow plain http to other machines than this one. @default false */
  allowInsecureHttp?: boolean | undefined
  /**
   * Switch for sending. If false, no token is needed, calls are validated, nothing is sent, and deliveries resolve with
   * `skipped: true`.
   *
   * @default the environment variable EVENT_TRACKING_ENABLED ('true' or 'false'), else true
   */
  enabled?: boolean | undefined
  /**
   * Function that sends a request: that of a package, or your own. It resolves to the response, with a `status`, unread.
   *
   * @default see `transport`
   * @example (url, init) => fetch(url, { ...init, headers: { ...init.headers, 'x-tenant': 'acme' } })
   */
  fetch?: Fetch | undefined
  /**
   * Transport of the requests where you give no `fetch`: `'fetch'` is always the platform's; `'auto'` uses on Node the
   * connections below it, which costs a fraction, unless something there is not Node's own.
   *
   * @default 'auto'
   */
  transport?: 'auto' | 'fetch' | undefined
  /** Requests in flight at once, over all customers: 1 to 256. @default 32; 6 in browsers and on Workers */
  concurrency?: number | undefined
  /**
   * Attempts after the first, each counted, whatever failed; 0 is one request that is never repeated.
   *
   * @default as many as `maxDeliveryMs` allows
   */
  maxRetries?: number | undefined
  /** Longest time that one attempt may take, in milliseconds. @default 10_000 */
  attemptTimeoutMs?: number | undefined
  /** Backoff between attempts: anything up to min(capMs, baseMs × 2^n) milliseconds. */
  backoff?: Optional<Backoff> | undefined
  /** Longest pause that a server can ask for, in milliseconds; after it the API is asked again. @default 60_000 */
  maxRetryAfterMs?: number | undefined
  /**
   * Time for which an event is tried, in milliseconds, from its first attempt on. Before that, it stays pending while the
   * API takes or refuses others: it ends this long after its call, or after the last of those answers, whichever is later.
   * Of time in which the process stood still, the part before the tracker's next timer counts half, the rest not at all: that
   * alone never ends an event. With a durable outbox it is the delivery that fails then, while
   * the event stays pending.
   *
   * @default 300_000
   */
  maxDeliveryMs?: number | undefined
  /** Time for which events in a durable outbox are tried, in milliseconds. @default 604_800_000 (7 days) */
  maxAgeMs?: number | undefined
  /**
   * Outbox that holds pending events. A durable one, such as `sqliteOutbox('events.db')`, or `indexedDbOutbox('events')` in a
   * page, survives the process. It belongs to one tracker.
   *
   * @default in memory
   */
  outbox?: Outbox | undefined
  /** Limits of what is pending in memory: with a durable outbox, what is not stored yet. */
  queue?: Optional<QueueLimits> | undefined
  /**
   * Names that events may have: a convention, a pattern or a list. Any other name is a ValidationError.
   *
   * @default any
   * @example 'snake_case'
   */
  eventNames?: EventNames | undefined
  /**
   * Hook that may change or veto an event, at the call, before it is validated, queued or stored.
   *
   * @example (event) => (event.customerId.startsWith('test-') ? null : event)
   */
  beforeSend?: BeforeSend | undefined
  /**
   * Keeps a run time alive that stops when it has answered (Workers): it is given a promise that resolves when nothing
   * is pending any more.
   *
   * @example (promise) => ctx.waitUntil(promise)
   */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** Hook for each event that was delivered; called once. */
  onDelivered?: ((receipt: Receipt, about: EventInfo) => void) | undefined
  /**
   * Hook for each event that failed; called once, but not for an event that the hook itself tracked and that was refused
   * at once. With a durable outbox it is also called, once, when the API refuses everything: with the error of one event,
   * whose `kept` is true.
   */
  onError?: ((error: TrackingError, about: EventInfo) => void) | undefined
  /**
   * Receives messages about failed events, an outbox that fails, and pauses.
   *
   * @default none: the first failure that nobody awaits is one process warning
   */
  logger?: Logger | undefined
  /** Source of time and timers, so that a test need not wait. @default the platform's */
  clock?: Clock | undefined
}
