import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type Refusal, contentOf, readBody } from './body.ts'
import type { Engine } from './engine.ts'
import type { Exchange } from './exchange.ts'
import type { Faults } from './faults.ts'
import { plainHeaders, withoutCredentials } from './headers.ts'
import { type Reply, send } from './reply.ts'
import { type Route, route } from './router.ts'
import { judge } from './verdict.ts'

export interface FrontOptions {
  engine: Engine
  faults: Faults
  /** Called before the answer leaves, so that whoever has the answer finds the record. */
  record: (exchange: Exchange) => void
}

// A client that never finishes its request gets its answer (408) within this time.
const requestTimeout = 30_000
// Longer than clients keep idle connections, so that none reuses one which is being closed.
const keepAliveTimeout = 60_000

/** The server in front of the engine: it reads, refuses, plays faults, records and answers. */
export function createFront(options: FrontOptions): Server {
  const timeouts = { requestTimeout, headersTimeout: requestTimeout, keepAliveTimeout }
  return createServer(timeouts, (request, response) => {
    void answer(options, request).then((reply) => {
      send(response, reply)
      // What is left of a refused body is read and thrown away; cutting it off would cut off the answer too.
      request.resume()
    })
  })
}

async function answer(options: FrontOptions, request: IncomingMessage): Promise<Reply> {
  return isIndex(request) ? index(options.engine) : exchange(options, request)
}

async function exchange({ engine, faults, record }: FrontOptions, request: IncomingMessage): Promise<Reply> {
  const at = new Date().toISOString()
  const { method = 'GET', url: path = '/' } = request
  const headers = plainHeaders(request.headers)
  const found = route(engine.operations, method, path.split('?', 1)[0] ?? path)
  const operation = found !== undefined && 'operation' in found ? found.operation : undefined
  const arrival = await readBody(request)
  const content = contentOf(arrival, headers, operation?.mediaTypes)
  const refusal = refuseRoute(found, method, path) ?? content.refusal
  const fault = operation !== undefined && arrival.end !== 'cut' ? faults.next() : undefined
  // The engine gets text as it is where the document asks for something else than JSON.
  const question = {
    path,
    headers,
    body: content.body ?? (content.text || undefined),
    checkBody: refusal === undefined,
    checkToken: true,
  }
  const { reply, violations } = await judge(engine, operation, question, { refusal, fault })
  record({
    operation: operation?.id,
    method,
    path,
    headers: withoutCredentials(headers),
    text: content.text,
    body: content.body,
    violations,
    status: reply.status,
    at,
  })
  return reply
}

function refuseRoute(found: Route, method: string, path: string): Refusal | undefined {
  if (found === undefined) {
    return { status: 404, violation: { location: 'path', path: '', message: `The document has no path ${path}` } }
  }
  if ('operation' in found) return undefined
  const allow = found.allow.join(', ')
  const message = `${path} takes ${allow}, not ${method}`
  return { status: 405, violation: { location: 'method', path: '', message }, headers: { allow } }
}

function isIndex({ method, url }: IncomingMessage): boolean {
  return url === '/' && (method === 'GET' || method === 'HEAD')
}

function index({ operations }: Engine): Reply {
  const endpoints = operations.map(({ method, path }) => `${method} ${path}`)
  const body = { name: '@obsidianlaunch/events-mock', endpoints }
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}
