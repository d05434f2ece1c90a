import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Random } from '@obsidianlaunch/testkit/random'
import { key } from '../support/relay.ts'
import type { Sent } from './ledger.ts'

const clients = 48
const customersOfEach = 8

/** Clients that send events one after the other, each for customers of its own, and note what was acknowledged. */
export class Clients {
  readonly sent = new Map<string, Sent>()
  readonly acknowledged = new Set<string>()
  /** Answers that no client should have got. */
  readonly wrong: string[] = []
  /** Requests that were refused, or brought no answer. */
  unanswered = 0
  readonly #urls: readonly string[]
  readonly #random: Random
  readonly #agent = new Agent({ keepAlive: true, maxSockets: clients })
  #isOver = false
  #running: Promise<unknown> = Promise.resolve()

  /** @param urls addresses of relays, of which each request goes to one */
  constructor(urls: readonly string[], random: Random) {
    this.#urls = urls
    this.#random = random
  }

  start(): void {
    this.#running = Promise.all(Array.from({ length: clients }, (_, client) => this.#run(client)))
  }

  /** Waits until so many more events are acknowledged, for as long as a machine may need. */
  async untilAcknowledged(more: number): Promise<void> {
    const enough = this.acknowledged.size + more
    for (const end = performance.now() + 200_000; this.acknowledged.size < enough && performance.now() < end;)
      await pass(5)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    this.#agent.destroy()
  }

  async #run(client: number): Promise<void> {
    for (let number = 1; !this.#isOver; number++) {
      const customer = `c${client}-${this.#random.below(customersOfEach)}`
      const event = { customer, number, id: `${customer}:${number}` }
      this.sent.set(event.id, event)
      if ((await this.#send(event)) || this.#isImpatient) continue
      await this.#untilTaken(event)
    }
  }

  /**
   * An impatient client goes on with its next event; a patient one sends it again under its id. With several relays all are
   * patient: one of them may still be about to store an event that nobody was told of, while another takes the next.
   */
  get #isImpatient(): boolean {
    return this.#urls.length === 1 && this.#random.chance(0.3)
  }

  async #untilTaken(event: Sent): Promise<void> {
    do await pass(200)
    while (!this.#isOver && !(await this.#send(event)))
  }

  async #send({ customer, number, id }: Sent): Promise<boolean> {
    const body = JSON.stringify({ customer_id: customer, event: String(number) })
    const answer = await this.#post(body, id).catch(() => undefined)
    if (answer?.status === 200 && answer.id === id) this.acknowledged.add(id)
    else this.unanswered++
    if (answer !== undefined && answer.status !== 503 && !this.acknowledged.has(id)) {
      this.wrong.push(`${id} was answered by ${answer.status} under the id ${answer.id}`)
    }
    return this.acknowledged.has(id)
  }

  #post(body: string, id: string): Promise<{ status: number; id?: string }> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': id }
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.#random.pick(this.#urls)}/events/test`,
        { method: 'POST', agent: this.#agent, headers },
        (answer) => {
          json(answer).then((said) => resolve({ status: answer.statusCode ?? 0, ...(said as { id?: string }) }), reject)
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}

export function pass(ms: number): Promise<void> {
  return new Promise((passed) => setTimeout(passed, ms))
}
