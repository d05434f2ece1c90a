/// <reference lib="esnext.disposable" preserve="true" />
import type { FaultFilter } from '../faults/fault-filter.ts'
import type { FaultScript } from '../faults/fault.ts'
import type { Bodies } from './bodies.ts'
import type { Exchange, GoodExchange } from './exchange.ts'
import type { Found, Pattern } from './pattern.ts'

/** Limits of a wait for an exchange. */
export interface WaitOptions {
  /**
   * Time after which it fails.
   *
   * @default 5000
   */
  timeoutMs?: number | undefined
  /**
   * Number of such exchanges to wait for; the last of them is the result.
   *
   * @default 1
   */
  times?: number | undefined
}

/** Recording and faults of a mock, or of a part of it. */
export interface MockView<B = Bodies> {
  /** Address at which it listens, without a trailing slash: the `baseUrl` of a tracker or a client. */
  readonly url: string
  /** Exchanges that were answered, oldest first. A request for the index page (`GET /`) is not among them. */
  readonly requests: readonly Exchange<B>[]
  /** Exchanges without a violation, on either side. */
  readonly good: readonly GoodExchange<B>[]
  /** Exchanges with a violation. */
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
   * what is left of an earlier script for the same requests. If several scripts are for a request, the latest one
   * decides. Requests for a path or a method that is not in the OpenAPI document take none.
   *
   * @throws TypeError that names the fault which is unknown or malformed; nothing is changed then
   * @example
   * mock.fail([{ status: 503, times: 2 }, { pass: 10 }, 'reset'])
   * mock.fail([{ status: 429, retryAfter: 1 }], { operation: 'trackEvent', customer: 'user123' })
   */
  fail(script: FaultScript, filter?: FaultFilter<keyof B & string>): void
  /** Clears the recorded exchanges and the fault scripts. */
  reset(): void
}

/** Part of the mock that sees only its own requests. */
export interface Isolated<B = Bodies> extends MockView<B> {
  /** Ends the part: its requests are the mock's own again. */
  close(): void
  [Symbol.dispose](): void
}

/** Part of the mock that sees only the requests with its token. */
export interface TokenIsolated<B = Bodies> extends Isolated<B> {
  /** The token that belongs to it. */
  readonly token: string
}

/** The API on your laptop. */
export interface Mock<B = Bodies> extends MockView<B> {
  /** Address of the live page. */
  readonly inspectorUrl: string
  /**
   * Makes a part of the mock for one test: it sees only the requests that carry its token (or its headers), and its faults
   * strike only those. Tests that run at the same time share one server so. Without a token it makes one up.
   *
   * @example
   * const mine = mock.isolate()
   * const tracker = new EventTracker({ token: mine.token, baseUrl: mine.url })
   */
  isolate(by?: { token?: string | undefined }): TokenIsolated<B>
  isolate(by: { headers: Readonly<Record<string, string>> }): Isolated<B>
  /** Stops listening and ends every open connection. A second call changes nothing. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
