import { subscribe, unsubscribe } from 'node:diagnostics_channel'

/** A request that the run time tells of, before its query is taken off. */
export interface Request {
  readonly method: string
  readonly path: string
}

/** Hears of requests. It must not throw: Node ends the process by what a listener throws. */
export interface RequestListener {
  /** A request was made, in the async context of its caller. It is told of by the same object again. */
  began(request: Request, originOf: (request: never) => string): void
  /** The head of its answer is there. */
  answered(request: Request, status: number): void
}

interface UndiciRequest extends Request {
  readonly origin: string | URL
}

interface HttpRequest extends Request {
  readonly host: string
  /** With a colon. */
  readonly protocol: string
  getHeader(name: string): unknown
}

type Heard = (message: unknown) => void

/** Listens to all requests of this process that are made by fetch, undici, node:http and node:https. @returns ends that */
export function listenToRequests(listener: RequestListener): () => void {
  const began =
    (originOf: (request: never) => string): Heard =>
    (message) =>
      listener.began((message as { request: Request }).request, originOf)
  const answered: Heard = (message) => {
    const { request, response } = message as { request: Request; response: { statusCode: number } }
    listener.answered(request, response.statusCode)
  }
  const heard: [string, Heard][] = [
    ['undici:request:create', began(undiciOrigin)],
    ['undici:request:headers', answered],
    // Newer Nodes tell of a request when it is made, older ones when it is sent.
    ['http.client.request.created', began(httpOrigin)],
    ['http.client.request.start', began(httpOrigin)],
    ['http.client.response.finish', answered],
  ]
  for (const [name, hear] of heard) subscribe(name, hear)
  return () => {
    for (const [name, hear] of heard) unsubscribe(name, hear)
  }
}

function undiciOrigin({ origin }: UndiciRequest): string {
  return String(origin)
}

/** The origin of a request of node:http, also where it is made to a proxy, which is told the whole address. */
function httpOrigin(request: HttpRequest): string {
  const { protocol, host, path } = request
  if (path.startsWith('http')) return new URL(path).origin
  const named = String(request.getHeader('host'))
  // The header has the port, unless it has been set to something else than where the request goes.
  const bare = host.includes(':') ? `[${host}]` : host
  return `${protocol}//${named === bare || named.startsWith(`${bare}:`) ? named : bare}`
}
