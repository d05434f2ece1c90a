import type { NodeModules } from './node-modules.ts'

/** A request that the run time tells of, before its query is taken off. */
export interface Request {
  readonly method: string
  /** The whole address where it is made to a proxy. */
  readonly path: string
}

/** The kind of a request, which says where it goes and whose it is. */
export interface Kind {
  originOf(request: Request): string
  /** True where a request may be sent by other code than that which made it, in that code's context. */
  readonly mayBeQueued: boolean
}

/** Hears of requests. It must not throw: Node ends the process by what a listener throws. */
export interface RequestListener {
  /** A request was made. It may be told of by the same object again. */
  began(request: Request, kind: Kind): void
  /** The head of its answer is there, or of one before it. */
  answered(request: Request, status: number): void
}

interface UndiciRequest extends Request {
  readonly origin: string | URL
  /** The header of that name, if the caller has set one. */
  readonly host?: string | null
}

interface HttpRequest extends Request {
  readonly host: string
  /** With a colon. */
  readonly protocol: string
  getHeader(name: string): unknown
}

type Heard = (message: unknown) => void

const absolute = /^https?:\/\/[^/?#]*/i

/** An address of which the host is a number. */
const numeric = /^(https?:)\/\/(?:[\d.]+|\[[\da-f:.]+\])(?::\d+)?\/?$/i

const undici: Kind = {
  originOf: (request) => originOfPath(request) ?? originOfUndici(request as UndiciRequest),
  mayBeQueued: true,
}

const http: Kind = {
  originOf: (request) => originOfPath(request) ?? originOfHttp(request as HttpRequest),
  mayBeQueued: false,
}

/** Listens to all requests of this thread that are made by fetch, undici, node:http and node:https. @returns ends that */
export function listenToRequests({ channels }: NodeModules, listener: RequestListener): () => void {
  const began =
    (kind: Kind): Heard =>
    (message) =>
      listener.began((message as { request: Request }).request, kind)
  const answered: Heard = (message) => {
    const { request, response } = message as { request: Request; response: { statusCode: number } }
    listener.answered(request, response.statusCode)
  }
  const heard: [string, Heard][] = [
    ['undici:request:create', began(undici)],
    ['undici:request:headers', answered],
    // Newer Nodes tell of a request when it is made, older ones when it is sent.
    ['http.client.request.created', began(http)],
    ['http.client.request.start', began(http)],
    ['http.client.response.finish', answered],
  ]
  for (const [name, hear] of heard) channels.channel(name).subscribe(hear)
  return () => {
    for (const [name, hear] of heard) channels.channel(name).unsubscribe(hear)
  }
}

/** The path alone, without address, query and fragment. */
export function pathOf({ path }: Request): string {
  const end = path.search(/[?#]/)
  const bare = end === -1 ? path : path.slice(0, end)
  return (bare.startsWith('/') ? bare : bare.replace(absolute, '')) || '/'
}

/** The origin of a request that a proxy is told the whole address of. */
function originOfPath({ path }: Request): string | undefined {
  return path.startsWith('/') ? undefined : absolute.exec(path)?.[0]
}

function originOfUndici({ origin, host }: UndiciRequest): string {
  const address = String(origin)
  return typeof host === 'string' ? originByHeader(address, host) : address
}

/** The origin that a header names, where the address is a number: what looks names up by itself leaves them in the header. */
function originByHeader(address: string, header: string): string {
  const protocol = numeric.exec(address)?.[1]
  const named = `${protocol}//${header}`
  return protocol !== undefined && URL.canParse(named) ? named : address
}

function originOfHttp(request: HttpRequest): string {
  const { protocol, host } = request
  const named = request.getHeader('host')
  // The header has the port, unless it has been set to something else than where the request goes.
  const bare = host.includes(':') ? `[${host}]` : host
  if (typeof named !== 'string') return `${protocol}//${bare}`
  if (named === bare || named.startsWith(`${bare}:`)) return `${protocol}//${named}`
  return originByHeader(`${protocol}//${bare}`, named)
}
