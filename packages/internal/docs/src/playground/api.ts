import type { Faults } from './faults.ts'
import { type ApiAnswer, type ApiRequest, publishableKey } from './protocol.ts'

const paths = new Set(['/events/test', '/customer/test', '/events', '/customer'])
const fields = new Set(['customer_id', 'event', 'category', 'property'])

/**
 * The API, in this page: it answers as the specification of the HTTP API says, unless a fault is on, and counts what
 * has arrived.
 */
export class PageApi {
  readonly #faults: Faults
  /** The number of times that each event was taken, by its id. */
  readonly #taken = new Map<string, number>()

  constructor(faults: Faults) {
    this.#faults = faults
  }

  /** The number of events that were taken. */
  get events(): number {
    return this.#taken.size
  }

  /** The number of those that came more than once. */
  get repeated(): number {
    return [...this.#taken.values()].filter((times) => times > 1).length
  }

  answer(request: ApiRequest): ApiAnswer {
    if (this.#faults.isOn('refused') || request.headers['authorization'] !== `Bearer ${publishableKey}`) {
      return json(
        401,
        { error: 'Unauthorized', message: 'The token is missing or unknown' },
        { 'www-authenticate': 'Bearer' },
      )
    }
    const retryAfter = this.#faults.takeTooMany()
    if (retryAfter !== undefined) {
      return json(429, { error: 'Too many requests', message: 'Slow down' }, { 'retry-after': String(retryAfter) })
    }
    if (this.#faults.takeUnavailable()) return json(503, { error: 'Service unavailable', message: 'Try again' })
    const problem = problemOf(request)
    if (problem !== undefined) return json(400, { error: 'Bad request', message: problem })
    const id = request.headers['idempotency-key'] ?? ''
    this.#taken.set(id, (this.#taken.get(id) ?? 0) + 1)
    return json(200, { success: true, message: 'Event tracked' })
  }
}

function json(status: number, body: object, headers: Record<string, string> = {}): ApiAnswer {
  const date = new Date().toUTCString()
  return { status, headers: { 'content-type': 'application/json', date, ...headers }, body: JSON.stringify(body) }
}

/** The fault of a request, if it has one. */
function problemOf({ path, method, headers, body }: ApiRequest): string | undefined {
  if (method !== 'POST' || !paths.has(path)) return `There is no ${method} ${path}`
  if (!headers['content-type']?.startsWith('application/json')) return 'The body is not sent as JSON'
  if (!/^[\x20-\x7e]{1,255}$/.test(headers['idempotency-key'] ?? ''))
    return 'The Idempotency-Key is missing or not valid'
  const event = parsed(body)
  if (event === undefined) return 'The body is not a JSON object'
  if (!isText(event['customer_id'])) return 'customer_id must be a text that is not empty'
  if (path.startsWith('/events') && !isText(event['event'])) return 'event must be a text that is not empty'
  const stranger = path.startsWith('/events') && Object.keys(event).find((name) => !fields.has(name))
  return stranger ? `${stranger} is no field of an event` : undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

/** The object that a body is; undefined where it is none. */
export function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
