import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { Local } from './listen.ts'

/** A request that has arrived whole. */
export interface Arrival {
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** Of the event: its idempotency key. */
  id: string
  bytes: Buffer
  text: string
  /** The JSON; undefined where it is none. */
  body: { customer_id: string; event?: string; [field: string]: unknown }
  /** Milliseconds, for differences. */
  at: number
}

export type Answer = (response: ServerResponse, arrival: Arrival, request: IncomingMessage) => unknown

/** A real server on loopback that plays the API as it is told. */
export class ScriptedServer extends Local<Server> {
  readonly arrivals: Arrival[] = []
  #open = 0
  #mostOpen = 0

  constructor(answer: Answer) {
    // A program that stalls must not send into a connection that is being closed behind its back.
    super(createServer({ keepAliveTimeout: 600_000 }))
    this.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#mostOpen = Math.max(this.#mostOpen, ++this.#open)
      response.on('close', () => this.#open--)
      buffer(request).then(
        (bytes) => {
          const arrival = arrivalOf(request, bytes)
          this.arrivals.push(arrival)
          return answer(response, arrival, request)
        },
        // Cut off in the middle: it has not arrived.
        () => undefined,
      )
    })
  }

  /** Events of customers, as they arrived: `user1:signup`. */
  log(): string[] {
    return this.arrivals.map(({ body }) => `${body.customer_id}:${body.event ?? 'identify'}`)
  }

  /** The names of a customer's events, in the order of their arrival. */
  eventsOf(customer: string): (string | undefined)[] {
    return this.arrivals.filter(({ body }) => body.customer_id === customer).map(({ body }) => body.event)
  }

  /** Requests that were open at once, at most. */
  mostOpen(): number {
    return this.#mostOpen
  }
}

function arrivalOf(request: IncomingMessage, bytes: Buffer): Arrival {
  const text = bytes.toString()
  const { method = '', url: path = '', headers } = request
  const id = String(headers['idempotency-key'] ?? '')
  return { method, path, headers, id, bytes, text, body: parsed(text), at: performance.now() }
}

function parsed(text: string): Arrival['body'] {
  try {
    return JSON.parse(text) as Arrival['body']
  } catch {
    return undefined as never
  }
}

export async function serve(answer: Answer = ok, port = 0): Promise<ScriptedServer> {
  const local = new ScriptedServer(answer)
  await local.listen(port)
  return local
}

export const ok: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"success":true}')
}

export function status(code: number, headers: Record<string, string> = {}, body = 'no'): Answer {
  return (response) => {
    response.writeHead(code, headers).end(body)
  }
}

/** Each request takes the next answer; the last one stays. */
export function inTurn(...answers: [Answer, ...Answer[]]): Answer {
  let next = 0
  return (...exchange) => (answers[Math.min(next++, answers.length - 1)] ?? answers[0])(...exchange)
}

export const hang: Answer = () => undefined
