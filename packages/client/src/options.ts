import type { Client } from 'openapi-fetch'
import type { TransportLogger } from './dispatch/transport.ts'
import type { Fetch } from './fetch.ts'
import type { paths } from './generated/openapi.gen.ts'
import type { Token } from './token.ts'

export interface EventsClientOptions {
  /**
   * The address of the API; may have a path or a trailing slash.
   *
   * @default the server that the API document names
   */
  baseUrl?: string | undefined
  /** The project token. A function is asked before every request, so that a rotated token is picked up. */
  token: Token
  /**
   * The function that sends the requests. Given one, the client uses nothing else.
   *
   * @default as `transport` says
   * @example (url, init) => fetch(new Request(url, init))
   */
  fetch?: Fetch | undefined
  /**
   * 'auto' goes below Node's fetch, to the connections it uses itself, for a small part of its CPU time; and takes the
   * platform's fetch on every other run time, with openapi-fetch middleware, and where anybody has replaced the global fetch
   * or dispatcher (msw, nock, a proxy). 'fetch' always takes the platform's fetch, looked up at every request.
   *
   * @default 'auto'
   */
  transport?: 'auto' | 'fetch' | undefined
  /** A logger that is told once if 'auto' has to take the platform's fetch although this is Node. */
  logger?: TransportLogger | undefined
}

/** A typed client of the event tracking API: one call, one request. */
export type EventsClient = Client<paths>
