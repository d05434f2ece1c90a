import type { OutboxUnderTest } from '@obsidianlaunch/events/outbox-kit'
import type { Answer, Arrival, Log, Script } from './script.ts'
import { until } from './time.ts'

/** A trait that only some run times have: a token of their own, a process, SQLite, a page, or a Worker's request. */
export type Trait = 'token' | 'process' | 'sqlite' | 'page' | 'worker'

/** The end of a program that ran in a process of its own. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  end: number | string | null
  stdout: string
  stderr: string
}

/** The surroundings in which a case runs. */
export interface Env {
  /** Of the server that plays the API. */
  origin: string
  /** Undefined in a page, where a token is refused. */
  token?: string
  traits: readonly Trait[]
  /** On a run time with processes: runs one of the programs of this package to its end. */
  start?(program: string, variables: Record<string, string>): Promise<Ended>
  /** With SQLite: the path of a file that is not there yet. A program that is to use it gets it as OUTBOX. */
  newFile?(name: string): string
  /** With SQLite: an outbox in such a file, which this thread keeps or one of its own. */
  newOutbox?(this: void, where: 'here' | 'in a thread'): OutboxUnderTest
  /** Shows a value as an operator's console does, where there is more than JSON. */
  inspect?(value: unknown): Promise<string>
  /** In a Worker: what its request has for work that goes on after the answer. */
  waitUntil?(promise: Promise<unknown>): void
}

/** An API of a case's own, on the server of the driving process: what it answers is decided here. */
export class Api {
  readonly baseUrl: string
  readonly #session: string

  private constructor(session: string) {
    this.#session = session
    this.baseUrl = `${session}/api`
  }

  /** Answers in turn; the last answer stays. Without any, everything succeeds. */
  static async answering(env: Env, ...answers: Answer[]): Promise<Api> {
    const api = new Api(`${env.origin}/sessions/${crypto.randomUUID()}`)
    await api.play({ answers: answers.length > 0 ? answers : [{}] })
    return api
  }

  /** From now on it answers like this. */
  async play(script: Script): Promise<void> {
    const response = await fetch(this.#session, { method: 'PUT', body: JSON.stringify(script) })
    await response.text()
  }

  async log(): Promise<Log> {
    const response = await fetch(this.#session)
    return (await response.json()) as Log
  }

  async arrivals(): Promise<Arrival[]> {
    return (await this.log()).arrivals
  }

  /** Tells who did what, in the order of arrival: `user1:page_view`. */
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
