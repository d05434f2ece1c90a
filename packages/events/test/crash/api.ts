import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { pass } from './process.ts'
import type { Random } from './random.ts'

/** A request that has arrived whole. */
export interface Arrival {
  /** The writer that has sent it. */
  life: number
  customer: string
  number: number
  id: string
  /** Status of the answer; 0 where the connection was cut instead. */
  status: number
}

/** Answers of an API that has bad days, out of a hundred; the rest is 200. */
const moods = { reset: 2, unavailable: 4, refused: 2, slow: 3 }

/** A real server that takes events, answers as it likes, and remembers what came. */
export class Api {
  /** The writer that runs now. */
  life = 0
  /** From now on every answer is final. */
  isCalm = false
  readonly arrivals: Arrival[] = []
  readonly #random: Random
  readonly #server: Server
  #connections = 0

  constructor(random: Random) {
    this.#random = random
    this.#server = createServer((request, response) => {
      text(request).then(
        (body) => this.#answer(request, body, response),
        // Cut off in the middle: it has not arrived.
        () => undefined,
      )
    })
    this.#server.on('connection', (socket) => {
      this.#connections++
      socket.on('close', () => this.#connections--)
    })
  }

  async listen(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Once everything is read that a writer has sent which is dead. */
  async quiet(): Promise<void> {
    while (this.#connections > 0) await pass(1)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { customer_id: customer, event } = JSON.parse(body) as { customer_id: string; event: string }
    const { status, afterMs } = this.#mood()
    const id = String(request.headers['idempotency-key'])
    this.arrivals.push({ life: this.life, customer, number: Number.parseInt(event, 10), id, status })
    if (status === 0) return void request.socket.destroy()
    // What a careless server says of a request: its credential.
    const answer = () => response.writeHead(status).end(JSON.stringify({ seen: request.headers.authorization }))
    if (afterMs > 0) setTimeout(answer, afterMs)
    else answer()
  }

  #mood(): { status: number; afterMs: number } {
    let dice = this.#random.below(100)
    if ((dice -= moods.refused) < 0) return { status: 400, afterMs: 0 }
    if (this.isCalm) return { status: 200, afterMs: 0 }
    if ((dice -= moods.reset) < 0) return { status: 0, afterMs: 0 }
    if ((dice -= moods.unavailable) < 0) return { status: 503, afterMs: 0 }
    if ((dice -= moods.slow) < 0) return { status: 200, afterMs: this.#random.below(150) }
    return { status: 200, afterMs: 0 }
  }
}
