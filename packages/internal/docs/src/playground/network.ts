import { type PageApi, parsed } from './api.ts'
import type { Faults } from './faults.ts'
import type { ApiAnswer, ApiRequest } from './protocol.ts'

/** The time that an answer takes, so that a person sees what is in flight. */
const latencyMs = 250

/** One attempt, as the network saw it. */
export interface Attempt {
  readonly id: string
  readonly customerId: string
  /** The number that the event has in this page. */
  readonly number: number
  /** Counts the attempts at this event, from 1. */
  readonly attempt: number
  /** The tab that has made it, by its number. */
  readonly tab: number
  /** The status of the answer, or 'none' where the network was off; undefined while it is in flight. */
  answer?: number | 'none'
  /** True where the tab was closed before the answer came. */
  isUnheard?: boolean
}

/** The network between tabs and the API. It keeps the attempts that were made, and can be off. */
export class Network {
  /** The newest first. */
  readonly attempts: Attempt[] = []
  readonly #counts = new Map<string, number>()
  readonly #api: PageApi
  readonly #faults: Faults
  readonly #changed: () => void

  constructor(api: PageApi, faults: Faults, changed: () => void) {
    this.#api = api
    this.#faults = faults
    this.#changed = changed
  }

  /** Ids of the events that are in flight. */
  get inFlight(): ReadonlySet<string> {
    return new Set(
      this.attempts.flatMap(({ id, answer, isUnheard }) => (answer === undefined && !isUnheard ? [id] : [])),
    )
  }

  /** Tells of attempts that an earlier visit to this page has made, as the outbox has counted them. */
  seed(id: string, attempts: number): void {
    if (!this.#counts.has(id)) this.#counts.set(id, attempts)
  }

  numberOf(id: string): number | undefined {
    return this.attempts.find((attempt) => attempt.id === id)?.number
  }

  /** A tab is closed: nobody hears the answers to what it has in flight. */
  closed(tab: number): void {
    for (const attempt of this.attempts) {
      if (attempt.tab === tab && attempt.answer === undefined) attempt.isUnheard = true
    }
  }

  /** @throws (as the rejection) where the network is off */
  async send(request: ApiRequest, tab: number): Promise<ApiAnswer> {
    const attempt = this.#begin(request, tab)
    this.#changed()
    // What is sent while it is off gets nowhere, though it may be on again before that is known.
    const isLost = this.#faults.isOn('offline')
    await new Promise((passed) => setTimeout(passed, latencyMs))
    const answer = isLost || this.#faults.isOn('offline') ? undefined : this.#api.answer(request)
    attempt.answer = answer?.status ?? 'none'
    this.#changed()
    if (answer === undefined) throw new Error('Failed to fetch')
    return answer
  }

  #begin({ headers, body }: ApiRequest, tab: number): Attempt {
    const id = headers['idempotency-key'] ?? ''
    const count = (this.#counts.get(id) ?? 0) + 1
    this.#counts.set(id, count)
    const attempt = { id, ...sender(body), attempt: count, tab }
    this.attempts.unshift(attempt)
    return attempt
  }
}

/** The customer of an event, and its number in this page. */
export function sender(body: string): { customerId: string; number: number } {
  const { customer_id: customerId, property } = parsed(body) ?? {}
  return { customerId: String(customerId), number: Number((property as { number?: unknown } | undefined)?.number ?? 0) }
}
