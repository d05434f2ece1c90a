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
 * app.use('/collect', createListener(relay)) // Express; the relay's basePath is '/collect'
 */
export function createListener(handler: Handler): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy())
  }
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const request = requestOf(incoming)
  if (request === undefined) return void outgoing.writeHead(400).end()
  const response = await handler.fetch(request, { remoteAddress: incoming.socket.remoteAddress })
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  await write(response, outgoing)
}

/** Writes a body as it comes, no faster than the client takes it. */
async function write({ body }: Response, outgoing: ServerResponse): Promise<void> {
  if (body === null) return void outgoing.end()
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
  const isEncrypted = (incoming.socket as { encrypted?: boolean }).encrypted === true
  try {
    const url = new URL(
      originalUrl ?? incoming.url ?? '/',
      `${isEncrypted ? 'https' : 'http'}://${headers.host ?? 'localhost'}`,
    )
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
  // What nobody reads of it Node lets go once the answer is out, for as long as a request may take.
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
 * request, and idle connections that are closed after a minute.
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
  server.on('request', createListener(handler))
  server.on('clientError', refuse)
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

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

const rawStatuses: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** Answers what is no request. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status = rawStatuses[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

export type { Relay }
