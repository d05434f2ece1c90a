import type { Env } from './case.ts'
import type { Answer, Arrival, Log, Script } from './script.ts'
import { until } from './time.ts'

/** An API of a case's own, on the server of the driving process: what it answers is decided here. */
export class Api {
  readonly baseUrl: string
  readonly #room: string

  private constructor(room: string) {
    this.#room = room
    this.baseUrl = `${room}/api`
  }

  /** Answers in turn; the last answer stays. Without any, everything succeeds. */
  static async answering(env: Env, ...answers: Answer[]): Promise<Api> {
    const api = new Api(`${env.origin}/rooms/${crypto.randomUUID()}`)
    await api.play({ answers: answers.length > 0 ? answers : [{}] })
    return api
  }

  /** From now on it answers like this. */
  async play(script: Script): Promise<void> {
    const response = await fetch(this.#room, { method: 'PUT', body: JSON.stringify(script) })
    await response.text()
  }

  async log(): Promise<Log> {
    const response = await fetch(this.#room)
    return (await response.json()) as Log
  }

  async arrivals(): Promise<Arrival[]> {
    return (await this.log()).arrivals
  }

  /** Who did what, in the order of arrival: `user1:page_view`. */
  async story(): Promise<string[]> {
    return (await this.arrivals()).map(tale)
  }

  /** Waits until so many requests have come. */
  async reached(requests: number): Promise<Arrival[]> {
    await until(async () => (await this.arrivals()).length >= requests)
    return this.arrivals()
  }
}

export function tale({ body }: Arrival): string {
  const { customer_id: customer, event } = JSON.parse(body) as { customer_id: string; event?: string }
  return `${customer}:${event ?? 'identify'}`
}
