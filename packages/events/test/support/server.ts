import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Arrival {
  path: string
  headers: IncomingHttpHeaders
  body: { customer_id: string; event?: string }
  /** Milliseconds, for differences. */
  at: number
}

export type Answer = (response: ServerResponse, arrival: Arrival, request: IncomingMessage) => void

export interface ScriptedServer extends AsyncDisposable {
  url: string
  arrivals: Arrival[]
  /** What customers did, as it arrived: `user1:signup`. */
  log(): string[]
  /** Requests that were open at once, at most. */
  mostOpen(): number
}

/** A real server on loopback that answers as it is told. */
export async function serve(answer: Answer, port = 0): Promise<ScriptedServer> {
  const arrivals: Arrival[] = []
  let open = 0
  let mostOpen = 0
  const server = createServer((request, response) => {
    mostOpen = Math.max(mostOpen, ++open)
    response.on('close', () => open--)
    text(request).then(
      (body) => {
        const arrival = {
          path: request.url ?? '',
          headers: request.headers,
          body: JSON.parse(body),
          at: performance.now(),
        }
        arrivals.push(arrival)
        answer(response, arrival, request)
      },
      () => undefined,
    )
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    log: () => arrivals.map(({ body }) => `${body.customer_id}:${body.event ?? 'identify'}`),
    mostOpen: () => mostOpen,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
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
