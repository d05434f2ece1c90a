import createClient from 'openapi-fetch'
import type { Dispatcher } from '../dispatch/dispatcher.ts'
import { exchange } from '../dispatch/exchange.ts'
import { platformFetch } from '../dispatch/platform-fetch.ts'
import { transport } from '../dispatch/transport.ts'
import type { paths } from '../generated/openapi.gen.ts'
import { defaultBaseUrl } from '../generated/operations.gen.ts'
import type { EventsClient, EventsClientOptions } from '../options.ts'
import { type FastParts, fastParts, FastRequest, PlainHeaders } from './fast-request.ts'
import { withToken } from './standard.ts'

// openapi-fetch on requests and responses of our own. These internals of it are assumed, and no documentation promises
// them; test/openapi-fetch/internals.test.ts holds them against the version that is installed:
//
// 1. Every method of a client does the same as `request` does: it sends one request, by the `fetch` of the client.
// 2. That request is made by the `Request` of the client, of two arguments: the whole address as text, and an object with
//    `method`, `headers`, `body`, `signal` and each member of the call that openapi-fetch does not know, symbols among them.
// 3. A body that is undefined and headers that are undefined are left out: nothing is serialised, and the `headers` of that
//    object are a `Headers` made for this request alone.
// 4. Nothing of the request is looked at but its method, and whether it has a member that the call has. It gets to the
//    `fetch` as it is.
// 5. Nothing of the response is looked at but `status`, `ok`, `headers.get`, `body`, `text` and the method that `parseAs`
//    names.

/** Makes a client that sends by the dispatcher where it can, and by the standard one where a caller has to see real requests. */
export function fastClient(options: EventsClientOptions, makeStandard: () => EventsClient): EventsClient {
  const dispatcher = () => transport.dispatcher(options.logger)
  const fast = clientOn(dispatcher, options)
  const middlewares = new Set<unknown>()
  let made: EventsClient | undefined
  // Making it loads the platform's fetch.
  const standard = () => (made ??= makeStandard())
  const call: Callable['request'] = (method, path, init = {}) => {
    if (middlewares.size > 0 || !isFast(init) || dispatcher() === undefined) {
      return (standard() as unknown as Callable).request(method, path, init)
    }
    try {
      return (fast as unknown as Callable).request(method, path, withFastParts(init))
    } catch (thrown) {
      // The caller's own code, which serialises the body.
      return Promise.reject(thrown)
    }
  }
  return {
    ...Object.fromEntries(methods.map((method) => [method, call.bind(undefined, method)])),
    request: call,
    use: (...added) => {
      standard().use(...added)
      for (const middleware of added) middlewares.add(middleware)
    },
    eject: (...removed) => {
      standard().eject(...removed)
      for (const middleware of removed) middlewares.delete(middleware)
    },
  } as EventsClient
}

const methods = 'GET PUT POST DELETE OPTIONS HEAD PATCH TRACE'.split(' ')

interface Callable {
  request: (method: string, path: string, init?: object) => unknown
}

function clientOn(dispatcher: () => Dispatcher | undefined, options: EventsClientOptions): EventsClient {
  const send = withToken(options, (request: FastRequest) => {
    const found = dispatcher()
    const toDispatch = request.toDispatch()
    return found && toDispatch ? exchange(found, toDispatch, request, sendStandard) : sendStandard(request)
  })
  return createClient<paths>({
    baseUrl: options.baseUrl ?? defaultBaseUrl,
    Request: FastRequest as unknown as typeof Request,
    fetch: send as unknown as (request: Request) => Promise<Response>,
  })
}

async function sendStandard(request: FastRequest): Promise<Response> {
  return platformFetch(request.url, request.toInit())
}

interface Init {
  baseUrl?: unknown
  headers?: unknown
  params?: { header?: unknown } | undefined
  body?: unknown
  signal?: unknown
  parseAs?: unknown
  bodySerializer?: (body: unknown, headers?: unknown) => unknown
  querySerializer?: unknown
  pathSerializer?: unknown
  [fastParts]?: FastParts
}

/** Members of a call that a fast request knows. Anything else that a call asks for (middleware, a fetch, `redirect`) it does not. */
const fastMembers = new Set(
  'baseUrl headers params body signal parseAs bodySerializer querySerializer pathSerializer'.split(' '),
)

function isFast(init: object): init is Init {
  for (const name in init) if (!fastMembers.has(name)) return false
  return true
}

/**
 * The call with its headers and its body set apart, or as it is where the headers are not plain: openapi-fetch merges the
 * headers twice for a body, and that costs as much as all else that it does.
 *
 * @throws the error of the `bodySerializer`
 */
function withFastParts(init: Init): Init {
  const { headers: given, params, body, bodySerializer } = init
  const headers = new PlainHeaders()
  if (!headers.take(given) || !headers.take(params?.header)) return init
  // A serialiser may want to see the headers.
  if (headers.has('content-type') || (bodySerializer && bodySerializer.length !== 1)) return init
  const serialised = body === undefined ? undefined : (bodySerializer ?? asJson)(body)
  // The one header that openapi-fetch adds.
  if (serialised !== undefined && !isForm(serialised)) headers.set('content-type', 'application/json')
  const parts: FastParts = { headers, body: serialised }
  return { ...init, headers: undefined, params: { ...params, header: undefined }, body: undefined, [fastParts]: parts }
}

/** The body as openapi-fetch serialises it by itself. */
function asJson(body: unknown): unknown {
  return isForm(body) ? body : JSON.stringify(body)
}

function isForm(body: unknown): boolean {
  return typeof body === 'object' && body instanceof FormData
}
