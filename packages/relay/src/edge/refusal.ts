import { whole } from './answer.ts'

/** The answers that refuse a request: what each problem is called, its status and its title. Its section of the page is its type. */
const problems = {
  'not-json': [400, 'The body is not JSON'],
  'not-valid': [400, 'The body is not what the API takes'],
  'bad-id': [400, 'The Idempotency-Key cannot be used'],
  cut: [400, 'The body did not arrive whole'],
  key: [401, 'A key is missing or unknown'],
  identity: [401, 'The identity is missing or not valid'],
  customer: [403, 'This customer may not be spoken for'],
  origin: [403, 'This origin may not send events here'],
  'project-token': [403, 'The project token must not be sent to a relay'],
  'not-found': [404, 'Nothing is here'],
  method: [405, 'Events are sent by POST'],
  slow: [408, 'The body took too long'],
  'too-large': [413, 'The body is too large'],
  'media-type': [415, 'The body must be JSON'],
  conflict: [422, 'The same Idempotency-Key came with another event'],
  'not-allowed': [422, 'The event has what a client may not set'],
  'not-sendable': [422, 'The event cannot be sent as it is'],
  'rate-limit': [429, 'Too many requests'],
  internal: [500, 'The relay failed'],
  upstream: [502, 'The API cannot be used'],
  'not-stored': [503, 'The event could not be stored'],
  closing: [503, 'The relay is shutting down'],
  'upstream-slow': [504, 'The API did not answer in time'],
} as const satisfies Record<string, readonly [status: number, title: string]>

/** Short name of what was wrong with a request: it ends its problem document's `type`, and stands in logs and metrics. */
export type Problem = keyof typeof problems

/** One fault of a body. */
export interface Fault {
  /** JSON pointer to the field, as RFC 6901 writes it in a fragment: `#/properties/plan`. */
  pointer: string
  detail: string
}

/** Reason for which a request is refused, as RFC 9457 tells it. */
export class Refusal {
  readonly problem: Problem
  readonly status: number
  /** The way in which the tracker counts the event, where it came so far. */
  ended: 'rejected' | 'dropped' | undefined
  readonly #detail: string
  readonly #headers: Record<string, string>
  readonly #faults: readonly Fault[]

  /** @param status where it is not that of the problem: what the API itself answered */
  constructor(
    problem: Problem,
    detail: string,
    { headers = {}, retryAfter, faults = [], status = problems[problem][0] }: RefusalDetails = {},
  ) {
    this.problem = problem
    this.status = status
    this.#detail = detail
    this.#headers = { ...headers, ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }) }
    this.#faults = faults
  }

  /** @see https://www.rfc-editor.org/rfc/rfc9457 */
  response(): Response {
    const { problem, status } = this
    const document = {
      type: `${page}#${problem}`,
      title: problems[problem][1],
      status,
      detail: this.#detail,
      ...(this.#faults.length > 0 && { errors: this.#faults }),
    }
    const headers = { ...this.#headers, 'content-type': 'application/problem+json' }
    return whole(JSON.stringify(document), { status, headers })
  }
}

export interface RefusalDetails {
  headers?: Record<string, string>
  /** Time after which the client may ask again, in seconds. */
  retryAfter?: number | undefined
  faults?: readonly Fault[]
  status?: number
}

/** The page that says of each problem what it means, and what to do. */
const page = 'https://obsidianlaunch.github.io/events-typescript/errors/relay/'
