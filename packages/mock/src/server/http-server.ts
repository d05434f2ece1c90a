import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Origins, refuseStranger } from '../inspector/guard.ts'
import type { Inspect } from '../inspector/inspector.ts'
import { reportBug } from '../faults/listeners.ts'
import type { Engine } from '../prism/engine.ts'
import { type Answering, answer } from './answer.ts'
import { allowOrigin, answerPreflight, isPreflight } from './cors.ts'
import { type Reply, payloadOf, plainReply, send } from './reply.ts'
import { route } from './router.ts'
import { readTarget } from './target.ts'

export interface HttpServerOptions extends Omit<Answering, 'engine'> {
  /** Requests that come before it is there wait for it. */
  engine: Promise<Engine>
  inspect: Inspect
  /** Other origins that may use the inspector. */
  origins: Origins
}

// A client that never finishes its request gets its answer (408) within this time.
const requestTimeout = 30_000
// Longer than clients keep idle connections, so that none reuses one which is being closed.
const keepAliveTimeout = 60_000

/** Makes the server, which tells the inspector, the index page and the calls of the API apart. */
export function createHttpServer(options: HttpServerOptions): Server {
  const timeouts = { requestTimeout, headersTimeout: requestTimeout, keepAliveTimeout }
  return createServer(timeouts, (request, response) => {
    void respond(options, request, response).catch((error: unknown) => answerBug(response, error))
  })
}

async function respond(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  readTarget(request)
  if (isInspector(request)) return admit(options, request, response)
  allowOrigin(request, response)
  if (isPreflight(request)) return answerPreflight(request, response)
  const engine = await options.engine.catch(() => undefined)
  // Without an OpenAPI document nothing starts, and whoever started it is told why.
  if (engine === undefined) return void response.destroy()
  const hasIndex = options.upstream === undefined && route(engine.operations, 'GET', '/') === undefined
  if (hasIndex && isIndex(request)) send(response, payloadOf(index(engine)))
  else await answer({ ...options, engine }, request, response)
  // What is left of a refused body is read and thrown away; cutting it off would cut off the answer too.
  request.resume()
}

/** Answers for what went wrong in the mock itself, which a client must not take for a fault of the network. */
function answerBug(response: ServerResponse, error: unknown): void {
  reportBug('an answer', error)
  const message = `The mock itself failed: ${error instanceof Error ? error.message : String(error)}`
  if (response.headersSent) response.destroy()
  else send(response, payloadOf(plainReply(500, `${message}. Its output has the stack`)))
}

function admit({ inspect, origins }: HttpServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const stranger = refuseStranger(request, origins)
  if (stranger !== undefined) {
    send(response, payloadOf(plainReply(403, stranger)))
    request.resume()
    return
  }
  const { origin } = request.headers
  if (origin !== undefined && origins.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('vary', 'origin')
  }
  inspect(request, response)
}

function isInspector({ url = '' }: IncomingMessage): boolean {
  return /^\/_inspector(?:[/?]|$)/.test(url)
}

function isIndex({ method, url }: IncomingMessage): boolean {
  return url === '/' && (method === 'GET' || method === 'HEAD')
}

function index({ operations }: Engine): Reply {
  const endpoints = operations.map(({ method, path }) => `${method} ${path}`)
  const body = { name: '@obsidianlaunch/events-mock', endpoints, inspector: '/_inspector' }
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
