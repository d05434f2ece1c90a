import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

interface Arrival {
  readonly customer: string
  readonly event: string
  readonly id: string
}

/** An API that remembers what arrives, and answers when it is told to. */
export class Api {
  readonly arrivals: Arrival[] = []
  /** Requests are answered with this status. */
  status = 200
  #isHeld = false
  #held: (() => void)[] = []

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    void text(request).then((body) => {
      if (request.method !== 'POST') return response.writeHead(404).end()
      const { customer_id: customer, event } = JSON.parse(body) as { customer_id: string; event: string }
      const { status } = this
      const answer = () => response.writeHead(status, { 'content-type': 'application/json' }).end('{"status":"ok"}')
      if (status === 200) this.arrivals.push({ customer, event, id: String(request.headers['idempotency-key']) })
      return this.#isHeld ? this.#held.push(answer) : answer()
    })
  }

  /** Answers nothing until `release`. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    for (const answer of this.#held.splice(0)) answer()
  }

  forgetAll(): void {
    this.release()
    this.status = 200
    this.arrivals.length = 0
  }

  /** The events of a customer in the order in which they arrived, each the first time. */
  eventsOf(customer: string): string[] {
    const seen = new Map(this.arrivals.filter((one) => one.customer === customer).map(({ id, event }) => [id, event]))
    return [...seen.values()]
  }
}
