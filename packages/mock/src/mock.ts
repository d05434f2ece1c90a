import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { packagedDocument } from './document.ts'
import { loadEngine } from './engine.ts'
import type { Exchange } from './exchange.ts'
import { type Fault, createFaults } from './faults.ts'
import { createFront } from './front.ts'

export interface MockOptions {
  /**
   * The port to listen on; 0 takes any free one.
   *
   * @default 0
   */
  port?: number
  /**
   * The address to listen on. Anything but loopback lets others on the network in.
   *
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * The path of an OpenAPI file to stand for.
   *
   * @default the document of the event tracking API that comes with this package
   */
  spec?: string
}

/** The API on your laptop. */
export interface Mock {
  /** Where it listens, without a trailing slash: the `baseUrl` of a tracker or a client. */
  readonly url: string
  /** What has been answered, oldest first: the last 100,000. A look at the index page (`GET /`) is not among them. */
  readonly requests: readonly Exchange[]
  /**
   * Plays faults, in order, to the requests that follow; when the script is used up, all is normal again. It replaces
   * what is left of an earlier script. Requests for a path or a method that the document does not have take none.
   *
   * @throws TypeError that names the fault which is unknown or malformed; nothing is changed then
   * @example
   * mock.fail([{ status: 503, times: 2 }, { pass: 10 }, { status: 429, retryAfter: 1 }])
   */
  fail(script: readonly Fault[]): void
  /** Forgets what was recorded and what is left of a fault script. */
  reset(): void
  /** Stops listening and ends every open connection. A second call changes nothing. */
  close(): Promise<void>
}

const maxRequests = 100_000

/**
 * Starts a server that answers as the API document says, from its examples, and refuses what the document forbids.
 *
 * @throws Error of one line when the port is taken, or when the document is missing or broken
 * @example
 * const mock = await startMock()
 * const tracker = new EventTracker({ token: 'any', baseUrl: mock.url })
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const { port = 0, host = '127.0.0.1', spec, ...unknown } = options
  const [name] = Object.keys(unknown)
  if (name !== undefined) throw new Error(`Unknown option ${name}: known are port, host and spec`)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`No port: ${port}. Use 0 to 65535`)
  const engine = await loadEngine(spec ?? packagedDocument())
  const faults = createFaults()
  const requests: Exchange[] = []
  const server = createFront({
    engine,
    faults,
    record: (exchange) => {
      requests.push(exchange)
      if (requests.length > maxRequests) requests.shift()
    },
  })
  await listen(server, port, host)
  let closed: Promise<void> | undefined
  return {
    url: urlOf(server.address() as AddressInfo),
    requests,
    fail: (script) => faults.play(script),
    reset: () => {
      requests.length = 0
      faults.play([])
    },
    close: () => (closed ??= close(server)),
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Error(whyNot((cause as NodeJS.ErrnoException).code, port, host), { cause })
  }
}

function whyNot(code: string | undefined, port: number, host: string): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken on ${host}: stop what listens there, or choose another`
  if (code === 'EACCES') return `Port ${port} is not open to this user: choose one above 1023`
  return `Cannot listen on ${host}, port ${port}: ${code}`
}

async function close(server: Server): Promise<void> {
  const ended = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await ended
}

function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}`
}
