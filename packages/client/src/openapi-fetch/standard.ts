import createClient from 'openapi-fetch'
import type { paths } from '../generated/openapi.gen.ts'
import { defaultBaseUrl } from '../generated/operations.gen.ts'
import type { EventsClient, EventsClientOptions } from '../options.ts'
import { initOf } from './request-init.ts'
import { authorizationOf } from '../token.ts'

/** The client on a fetch: the caller's, else the platform's at the time of each request. */
export function standardClient(options: EventsClientOptions): EventsClient {
  const { baseUrl = defaultBaseUrl, fetch } = options
  const send = withToken(options, async (request: Request) => {
    const init = await initOf(request)
    // Another implementation's response may have less; openapi-fetch reads its status, its headers and its text.
    const response = (await (fetch ?? globalThis.fetch)(request.url, init)) as Response
    for (const part of [response, response.body]) if (part) requests.set(part, request)
    return response
  })
  return createClient<paths>({ baseUrl, redirect: 'manual', fetch: send })
}

/** Keeps a request as long as its response or the body of that is used: without it, its signal hears of no abort any more. */
const requests = new WeakMap<object, Request>()

/** Sends with the token. An error that is thrown at once is a rejection to openapi-fetch. */
export function withToken<R extends { readonly headers: Pick<Headers, 'set'> }>(
  { token }: EventsClientOptions,
  send: (request: R) => Promise<Response>,
) {
  const sendWith = (request: R, value: string | null): Promise<Response> => {
    if (value !== null) request.headers.set('Authorization', authorizationOf(value))
    return send(request)
  }
  if (typeof token !== 'function') return (request: R) => sendWith(request, token)
  return async (request: R) => sendWith(request, await token())
}
