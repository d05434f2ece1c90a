/** The relay behind node:http, alone or inside of Express and its like. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Relay } from './relay.ts'

/** Anything that answers requests as web standards have it: a relay, or its admin. */
export interface Handler {
  fetch(request: Request, info: { remoteAddress?: string | undefined }): Promise<Response>
}

/**
 * Makes a listener for node:http of a relay.
 *
 * @example
 * createServer(createListener(relay)).listen(8080)
 * app.use('/relay', createListener(relay)) // Express, before express.json(); the relay's basePath is '/relay'
 */
export function createListener(handler: Handler): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy())
  }
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  // It would show a page its own headers, and no Request can be made of it.
  if (incoming.method === 'TRACE') return void outgoing.writeHead(405, { allow: 'POST, OPTIONS' }).end()
  const request = requestOf(incoming)
  if (request === undefined) return void outgoing.writeHead(400).end()
  // Something before has read the body, which the handler is to see.
  if (incoming.readableDidRead) await request.body?.cancel()
  const response = await handler.fetch(request, { remoteAddress: incoming.socket.remoteAddress })
  if (!incoming.complete) letGo(incoming)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  // Short, and so in one piece with its headers.
  if (response.headers.has('content-length')) outgoing.end(await response.text())
  else await write(response, outgoing)
}

/** Time for which a connection that was refused is kept, so that its client can read why. */
const lingerMs = 2_000
/** The most of a refused body that is read for nothing. */
const mostUnwanted = 16 * 1_048_576

/** Reads what still comes of a request that is answered: a client that sends and is not heard does not read its answer. */
function letGo(incoming: IncomingMessage): void {
  let left = mostUnwanted
  incoming.on('data', ({ length }: Uint8Array) => {
    if ((left -= length) >= 0) return
    incoming.pause()
    lingering(incoming.socket)
  })
  incoming.resume()
}

function lingering(socket: Socket): void {
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

/** Writes a body as it comes, no faster than the client takes it. */
async function write({ body }: Response, outgoing: ServerResponse): Promise<void> {
  if (body === null) return void outgoing.end()
  // The client did not wait for it.
  if (outgoing.destroyed) return body.cancel()
  const reader = body.getReader()
  const gone = new Promise<'gone'>((resolve) => outgoing.once('close', () => resolve('gone')))
  for (;;) {
    const next = await Promise.race([reader.read(), gone])
    if (next === 'gone') return reader.cancel()
    if (next.done) return void outgoing.end()
    if (!outgoing.write(next.value)) await Promise.race([once(outgoing, 'drain'), gone])
  }
}

/** Undefined for what no Request can be made of. */
function requestOf(incoming: IncomingMessage): Request | undefined {
  const { method = 'GET', headers } = incoming
  // Express takes the path that it was mounted under away.
  const { originalUrl } = incoming as { originalUrl?: string }
  const target = originalUrl ?? incoming.url ?? '/'
  const isEncrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true
  const host = headers.host || 'localhost'
  try {
    if (!/^[^/?#@\\]+$/.test(host)) return undefined
    // Put together by hand: two slashes at the start of a path are no host.
    const url = target.startsWith('/') ? `${isEncrypted ? 'https' : 'http'}://${host}${target}` : target
    const hasBody = method !== 'GET' && method !== 'HEAD'
    return new Request(url, {
      method,
      headers: headersOf(incoming),
      ...(hasBody && { body: bodyOf(incoming), duplex: 'half' }),
    })
  } catch {
    return undefined
  }
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    // HTTP/2 has pseudo headers, which a Request does not take.
    if (!name.startsWith(':')) pairs.push([name, rawHeaders[at + 1] ?? ''])
  }
  return pairs
}

/** Made by hand: what Node makes of its own stream costs several times as much. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  // What nobody reads of it is let go, see letGo.
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => void (await chunks.return?.()),
    },
    { highWaterMark: 0 },
  )
}

export interface ServeOptions {
  /** 0 lets the system choose one. @default 8080 */
  port?: number | undefined
  /** @default '0.0.0.0' */
  host?: string | undefined
}

/** A server that listens. */
export interface Serving {
  readonly url: string
  readonly port: number
  readonly server: Server
  /** Takes no new connection, and waits for the requests that are on their way. */
  close(): Promise<void>
}

/**
 * Serves a relay, or its admin, with limits that suit a public address: headers of 16 KiB, ten seconds for them, thirty for a
 * request, and a minute for a connection on which nothing moves.
 *
 * @throws (as the promise's rejection) what the system says, such as EADDRINUSE
 */
export async function serve(handler: Handler, { port = 8080, host = '0.0.0.0' }: ServeOptions = {}): Promise<Serving> {
  const server = createServer({
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    connectionsCheckingInterval: 2_000,
  })
  // For who does not read its answers.
  server.timeout = 60_000
  const refusals = new Refusals()
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => refusals.note(incoming, outgoing))
  server.on('request', createListener(handler))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refusals.refuse(error, socket))
  server.listen(port, host)
  await once(server, 'listening')
  const { port: listening } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return {
    url: `http://${name}:${listening}`,
    port: listening,
    server,
    close: () => close(server),
  }
}

const idleCheckMs = 50

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // Node closes those that are idle now, and not those that will be once their answer is out.
    const timer = setInterval(() => server.closeIdleConnections(), idleCheckMs)
    server.close(() => {
      clearInterval(timer)
      resolve()
    })
  })
}

/** Answers what is no request. */
class Refusals {
  readonly #refused = new WeakSet<Socket>()
  /** The answer to the last request of each connection. */
  readonly #latest = new WeakMap<Socket, ServerResponse>()

  note({ socket }: IncomingMessage, outgoing: ServerResponse): void {
    this.#latest.set(socket, outgoing)
  }

  refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // What else comes of it.
    if (this.#refused.has(socket)) return
    this.#refused.add(socket)
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const latest = this.#latest.get(socket)
    const text = refusalOf(error)
    // Answers keep their order: to the request before this one belongs its own.
    if (latest?.req.complete && !latest.writableFinished) latest.once('close', () => end(socket, text))
    // The body of a request whose answer is out already, or must wait for its turn, brings no second one.
    else if (latest?.req.complete === false && (latest.headersSent || latest.socket === null)) end(socket, '')
    else end(socket, text)
  }
}

function end(socket: Socket, text: string): void {
  socket.end(text)
  lingering(socket)
}

function refusalOf({ code }: NodeJS.ErrnoException): string {
  const status = rawStatuses[code ?? ''] ?? '400 Bad Request'
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`
}

const rawStatuses: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

export type { Relay }
