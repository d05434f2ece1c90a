import { defaultBaseUrl, operationPaths } from './generated/operations.gen.ts'
import type { RequestSignal } from './dispatch/request.ts'
import type { FetchInit } from './fetch.ts'
import type { EventsClientOptions } from './options.ts'
import { authorizationOf } from './token.ts'

export interface SenderOptions extends Pick<EventsClientOptions, 'baseUrl' | 'fetch' | 'transport' | 'logger'> {
  /**
   * Sent as `User-Agent`. Not for a browser, where another origin would have to allow for it.
   *
   * @default the run time's
   */
  userAgent?: string | undefined
}

/** A call of the API whose body has been serialised. */
export interface SenderCall {
  /** The name that the API document gives it. */
  readonly operation: keyof typeof operationPaths
  /** Sent as Bearer token; null sends none. */
  readonly token: string | null
  /** Sent as `Idempotency-Key`. */
  readonly idempotencyKey: string
  /** JSON text. */
  readonly body: string
  /** An AbortSignal, or anything that speaks like one as far as is needed. */
  readonly signal: RequestSignal
  /** Sent so that the request survives the page that makes it, which a browser allows for 64 KiB of bodies at once. */
  readonly keepalive?: boolean
  /**
   * Asked before the call is sent once more because the server was closing its kept connection, which the platform's
   * fetch never does. It may count the requests.
   *
   * @default it may
   */
  readonly mayRepeat?: () => boolean
}

/**
 * Sends a call, and gives the answer as it comes, whatever its status.
 *
 * @throws (as the promise's rejection) TypeError when the network fails, or for a token or a key that no header can carry,
 * and the signal's reason. No error shows the token
 */
export type Sender = (call: SenderCall) => Promise<Response>

/**
 * Makes a function that sends calls of the API where the client would do too much: the body is text already, and the
 * answer is not to be parsed. It takes the client's way to the wire, one request a call, and follows no redirect either.
 *
 * @example
 * const send = createSender({})
 * const { status } = await send({
 *   operation: 'trackEvent',
 *   token,
 *   idempotencyKey: crypto.randomUUID(),
 *   body: JSON.stringify({ customer_id: 'user123', event: 'button_click' }),
 *   signal: AbortSignal.timeout(10_000),
 * })
 */
export function createSender(options: SenderOptions): Sender {
  return standardSender(options)
}

/** The sender on a fetch: the caller's, else the platform's at the time of each request. */
export function standardSender(options: SenderOptions): Sender {
  const { fetch, userAgent } = options
  const urls = urlsOf(options)
  return async (call) => {
    const init = initOf(call, userAgent)
    // Whoever sends may be in the midst of something, and a fetch that somebody else has written may lead back there.
    await Promise.resolve()
    // Another implementation's response may have less; its status and its text are what is read.
    return (fetch ?? globalThis.fetch)(urls[call.operation], init) as Promise<Response>
  }
}

type Urls = Readonly<Record<SenderCall['operation'], string>>

/** The address of each operation of the API. */
export function urlsOf({ baseUrl = defaultBaseUrl }: SenderOptions): Urls {
  const base = baseUrl.endsWith('/') ? baseUrl.slice(0, -1) : baseUrl
  return Object.fromEntries(Object.entries(operationPaths).map(([operation, path]) => [operation, base + path])) as Urls
}

function initOf(
  { token, idempotencyKey, body, signal, keepalive }: SenderCall,
  userAgent: string | undefined,
): FetchInit {
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': idempotencyKey,
    ...(token !== null && { authorization: authorizationOf(token) }),
    ...(userAgent !== undefined && { 'user-agent': userAgent }),
  }
  return {
    method: 'POST',
    headers,
    body,
    signal: abortSignalOf(signal),
    redirect: 'manual',
    ...(keepalive && { keepalive }),
  }
}

/** A fetch takes no other signal than a real one. */
function abortSignalOf(signal: RequestSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  else signal.addEventListener('abort', () => controller.abort(signal.reason))
  return controller.signal
}
