import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request as it arrived. */
export interface Received {
  id: string
  path: string
  token: string
  body: { customer_id: string; event?: string; [field: string]: unknown }
}

type Answer = number | undefined

/** The API, as fast as a test of many lines needs it, with a log of all that arrived. */
export class Receiver implements AsyncDisposable {
  readonly log: Received[] = []
  /** The status of the answer to each request; undefined leaves it without one. */
  answer: (request: Received, count: number) => Answer | Promise<Answer> = () => 200
  url = ''
  readonly #server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const { 'idempotency-key': id = '', authorization: token = '' } = request.headers
      const received = { id: String(id), path: request.url ?? '', token, body: JSON.parse(body) as Received['body'] }
      const count = this.log.push(received)
      const status = await this.answer(received, count)
      // Servers have been seen to echo what they should not.
      if (status !== undefined) response.writeHead(status).end(JSON.stringify({ ok: status === 200, token }))
    })
  })

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  /** The events' names of a customer, in the order of their arrival. */
  eventsOf(customer: string): (string | undefined)[] {
    return this.log.filter(({ body }) => body.customer_id === customer).map(({ body }) => body.event)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
