import type { Operation } from '../event/event.ts'
import { shown } from '../platform/shown.ts'
import { EventTrackingError } from './errors.ts'

/** Answer of the API that is not a success. */
export interface Refusal {
  status: number
  /** The answer's body: parsed where it is JSON, else as text. */
  body: unknown
  /** The answer's body as it came. */
  text: string
  /** The answer's headers, names in lower case. */
  headers: Readonly<Record<string, string>>
  retryable: boolean
}

const longestQuote = 500

/** Error for an answer that is not a success. The message is the guide's: `Failed to track event: 400 - …`. */
export class ApiError extends EventTrackingError {
  override readonly name: string = 'ApiError'
  declare readonly code: 'api'
  readonly status: number
  /** The answer's body: parsed where it is JSON, else as text. */
  readonly body: unknown
  /** The answer's headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The answer's `X-Request-Id`, for the provider's support. */
  readonly requestId: string | undefined

  constructor(operation: Operation, { status, body, text, headers, retryable }: Refusal, advice = '') {
    const quote = shown(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text).trimEnd()
    const said = `Failed to ${task[operation]}: ${status}${quote && ` - ${quote}`}${advice && ` (${advice})`}`
    super('api', said, { retryable, page: pages[status] ?? (status >= 500 ? 'server' : 'api') })
    this.status = status
    this.body = body
    this.headers = headers
    this.requestId = headers['x-request-id']
  }
}

/** Error for a 401: the token, or to a relay the key or the identity, is missing or unknown. */
export class AuthenticationError extends ApiError {
  override readonly name = 'AuthenticationError'
}

/** Error for a 403: the token is known but may not do this. */
export class PermissionError extends ApiError {
  override readonly name = 'PermissionError'
}

/** Error for a 429: too many requests, and no retry was left. */
export class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError'
}

/** Error for a 5xx: the server failed, and no retry was left. */
export class ServerError extends ApiError {
  override readonly name = 'ServerError'
}

/** Makes the error of the class that belongs to the status. @param hasToken whether the tracker sends a token, and not to a relay */
export function apiError(operation: Operation, refusal: Refusal, hasToken: boolean): ApiError {
  if (refusal.status === 401) {
    const options = hasToken ? 'EVENT_TRACKING_AUTH_TOKEN or the option token' : 'the option authorization'
    return new AuthenticationError(operation, refusal, `check ${options}`)
  }
  if (refusal.status === 403) return new PermissionError(operation, refusal)
  if (refusal.status === 429) return new RateLimitError(operation, refusal)
  if (refusal.status >= 500) return new ServerError(operation, refusal)
  // A browser hides the answer and says 0.
  const isRedirect = refusal.status === 0 || (refusal.status >= 300 && refusal.status < 400)
  const advice = isRedirect ? 'a redirect, which is not followed: set baseUrl to where it points' : ''
  return new ApiError(operation, refusal, advice)
}

/** Pages for what has a class of its own. */
const pages: Record<number, string> = { 401: 'authentication', 403: 'permission', 429: 'rate-limit' }

/** The guide's words for each call. */
const task: Record<Operation, string> = { identifyCustomer: 'identify customer', trackEvent: 'track event' }
