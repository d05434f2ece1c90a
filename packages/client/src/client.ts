import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './openapi.gen.ts'
import { defaultBaseUrl } from './operations.gen.ts'
import { type Token, tokenProblem } from './token.ts'

export interface EventsClientOptions {
  /**
   * Where the API is; may have a path or a trailing slash.
   *
   * @default the server that the API document names
   */
  baseUrl?: string
  /** The project token. A function is asked before every request, so that a rotated token is picked up. */
  token: Token
  /**
   * What sends the requests.
   *
   * @default the platform's fetch, looked up at every request, so that one replaced later is used
   */
  fetch?: (request: Request) => Promise<Response>
}

/** A typed client of the event tracking API: one call, one request. */
export type EventsClient = Client<paths>

/**
 * Makes an openapi-fetch client of the event tracking API that sends the token. It has no retry and no queue:
 * `@obsidianlaunch/events` has.
 *
 * Redirects are not followed: they would turn the POST into a GET and carry the token to where it was not meant to go.
 *
 * @throws whatever `token` throws, TypeError for a token that no header can carry, and TypeError when the network fails: all
 * from the call and not from here
 * @example
 * const client = createEventsClient({ token: process.env.EVENT_TRACKING_AUTH_TOKEN ?? null })
 * const { data, error, response } = await client.POST('/events/test', {
 *   body: { customer_id: 'user123', event: 'button_click' },
 * })
 */
export function createEventsClient({ baseUrl = defaultBaseUrl, token, fetch }: EventsClientOptions): EventsClient {
  return createClient<paths>({
    baseUrl,
    redirect: 'manual',
    fetch: async (request) => {
      const value = typeof token === 'function' ? await token() : token
      if (value !== null) {
        const problem = tokenProblem(value)
        if (problem !== undefined) throw new TypeError(`The token ${problem}. Pass null to send none.`)
        request.headers.set('Authorization', `Bearer ${value}`)
      }
      return (fetch ?? globalThis.fetch)(request)
    },
  })
}
