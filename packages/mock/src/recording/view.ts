/// <reference lib="esnext.disposable" preserve="true" />
import type { Exchange, GoodExchange } from './exchange.ts'
import type { FaultScript } from '../faults/fault.ts'
import type { FaultFilter } from '../faults/fault-filter.ts'
import type { Bodies } from './bodies.ts'
import type { Found, Pattern } from './pattern.ts'

/** How long and how often to wait. */
export interface WaitOptions {
  /**
   * How long to wait before it fails.
   *
   * @default 5000
   */
  timeoutMs?: number
  /**
   * How many such exchanges to wait for; the last of them is what comes back.
   *
   * @default 1
   */
  times?: number
}

/** What there is to see of a mock, or of a part of it. */
export interface MockView<B = Bodies> {
  /** Where it listens, without a trailing slash: the `baseUrl` of a tracker or a client. */
  readonly url: string
  /** What has been answered, oldest first. A look at the index page (`GET /`) is not among them. */
  readonly requests: readonly Exchange<B>[]
  /** Those with nothing wrong, on either side. */
  readonly good: readonly GoodExchange<B>[]
  /** Those with something wrong. */
  readonly bad: readonly Exchange<B>[]
  /**
   * Waits for an exchange, which may have arrived already.
   *
   * @param wanted part of the exchange, or a function that knows it
   * @throws TimeoutError that says what did arrive and what was nearest
   * @example
   * const { body } = await mock.waitFor({ operation: 'trackEvent', valid: true, body: { event: 'page_view' } })
   */
  waitFor<const P extends Pattern<B>>(wanted: P, options?: WaitOptions): Promise<Found<B, P>>
  waitFor<E extends Exchange<B>>(wanted: (exchange: Exchange<B>) => exchange is E, options?: WaitOptions): Promise<E>
  waitFor(wanted: (exchange: Exchange<B>) => boolean, options?: WaitOptions): Promise<Exchange<B>>
  /**
   * Plays faults, in order, to the requests that follow; when the script is used up, all is normal again. It replaces
   * what is left of an earlier script for the same requests. Where several scripts are for a request, the latest one
   * decides. Requests for a path or a method that the document does not have take none.
   *
   * @throws TypeError that names the fault which is unknown or malformed; nothing is changed then
   * @example
   * mock.fail([{ status: 503, times: 2 }, { pass: 10 }, 'reset'])
   * mock.fail([{ status: 429, retryAfter: 1 }], { operation: 'trackEvent', customer: 'user123' })
   */
  fail(script: FaultScript, filter?: FaultFilter<keyof B & string>): void
  /** Forgets what was recorded here and what is left of the fault scripts. */
  reset(): void
}

/** A part of the mock that sees only its own requests. */
export interface Isolated<B = Bodies> extends MockView<B> {
  /** Ends the part: its requests are the mock's own again. */
  close(): void
  [Symbol.dispose](): void
}

/** A part of the mock that sees only the requests with its token. */
export interface TokenIsolated<B = Bodies> extends Isolated<B> {
  /** The token that belongs to it. */
  readonly token: string
}

/** The API on your laptop. */
export interface Mock<B = Bodies> extends MockView<B> {
  /** Where the live page is. */
  readonly inspectorUrl: string
  /**
   * A part of the mock for one test: it sees only the requests that carry its token (or its headers), and its faults
   * strike only those. Tests that run at the same time share one server so. Without a token it makes one up.
   *
   * @example
   * const mine = mock.isolate()
   * const tracker = new EventTracker({ token: mine.token, baseUrl: mine.url })
   */
  isolate(by?: { token?: string }): TokenIsolated<B>
  isolate(by: { headers: Readonly<Record<string, string>> }): Isolated<B>
  /** Stops listening and ends every open connection. A second call changes nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
