import { defaultBaseUrl, type Token, tokenProblem } from '@obsidianlaunch/events-client'
import type { Clock } from './clock.ts'
import type { Receipt } from './delivery.ts'
import { ConfigurationError, type EventTrackingError } from './errors.ts'
import type { Operation } from './event.ts'
import { checkOptions } from './check-options.ts'
import { isBrowser, readEnvironment, runsOneServer } from './platform.ts'

/** Which event a hook is told about. It has no body: hooks tend to end in logs. */
export interface About {
  id: string
  operation: Operation
  customerId: string
  /** How many attempts were made. */
  attempts: number
}

/** Where the tracker says what an operator should know. `console` is one. */
export interface Logger {
  warn(message: string, detail?: unknown): void
  error(message: string, detail?: unknown): void
}

export interface Backoff {
  /** @default 500 */
  baseMs: number
  /** @default 30_000 */
  capMs: number
}

export interface QueueLimits {
  /** Events that are owed at once, those in flight among them. @default 100_000 */
  maxEvents: number
  /** UTF-8 bytes of their bodies. @default 67_108_864 (64 MiB) */
  maxBytes: number
  /** What a full queue does with a new event: refuse it with a QueueFullError. @default 'reject' */
  overflow: 'reject'
}

/** Everything a tracker can be told. Every option has a default; the token's is in the environment. */
export interface TrackerOptions {
  /**
   * The project token: text, a function that is asked for every attempt, or null to send none (to a proxy that has it).
   *
   * @default the environment variable EVENT_TRACKING_AUTH_TOKEN; null in a browser
   */
  token?: Token
  /**
   * Where the API is; may have a path or a trailing slash. A browser has no default.
   *
   * @default the environment variable EVENT_TRACKING_BASE_URL, else the server that the API document names
   */
  baseUrl?: string
  /** Allow plain http to other machines than this one. @default false */
  allowInsecureHttp?: boolean
  /**
   * False: no token is needed, calls are validated, nothing is sent, and deliveries resolve with `skipped: true`.
   *
   * @default the environment variable EVENT_TRACKING_ENABLED ('true' or 'false'), else true
   */
  enabled?: boolean
  /** What sends the requests. It returns the response unread. @default the platform's fetch */
  fetch?: (request: Request) => Promise<Response>
  /** Requests in flight at once, over all customers: 1 to 256. @default 32; 6 in browsers and on Workers */
  concurrency?: number
  /** Attempts after the first. @default 10 */
  maxRetries?: number
  /** How long one attempt may take, in milliseconds. @default 10_000 */
  attemptTimeoutMs?: number
  /** The wait between attempts: anything up to min(capMs, baseMs × 2^n) milliseconds. */
  backoff?: Partial<Backoff>
  /** A server that asks an event to wait longer than this, in milliseconds, ends that event. @default 60_000 */
  maxRetryAfterMs?: number
  /**
   * An event ends this long, in milliseconds, after its call or after the API last settled any event, whichever is
   * later: waiting behind others that make progress costs nothing.
   *
   * @default 300_000
   */
  maxDeliveryMs?: number
  /** How much may wait. */
  queue?: Partial<QueueLimits>
  /** Told of each event that was delivered, once. */
  onDelivered?: (receipt: Receipt, about: About) => void
  /** Told of each event that failed, once; but not of one that it tracked itself and that was refused at once. */
  onError?: (error: EventTrackingError, about: About) => void
  /** Told of failed events and of pauses. @default none: the first failure that nobody awaits is one process warning */
  logger?: Logger
  /** @default the platform's */
  clock?: Clock
}

/** The options with everything decided. */
export interface Settings extends Omit<Required<TrackerOptions>, 'backoff' | 'queue' | OptionalSeam> {
  backoff: Backoff
  queue: QueueLimits
  seams: Pick<TrackerOptions, OptionalSeam>
}

type OptionalSeam = 'fetch' | 'onDelivered' | 'onError' | 'logger' | 'clock'

const defaults = {
  allowInsecureHttp: false,
  maxRetries: 10,
  attemptTimeoutMs: 10_000,
  backoff: { baseMs: 500, capMs: 30_000 },
  maxRetryAfterMs: 60_000,
  maxDeliveryMs: 300_000,
  queue: { maxEvents: 100_000, maxBytes: 64 * 1024 * 1024, overflow: 'reject' },
} as const

/** @throws ConfigurationError that names the option or the variable and says what is allowed */
export function decideSettings(options: TrackerOptions): Settings {
  checkOptions(options)
  const { fetch, onDelivered, onError, logger, clock } = options
  const allowInsecureHttp = options.allowInsecureHttp ?? defaults.allowInsecureHttp
  const enabled = options.enabled ?? enabledByEnvironment()
  return {
    enabled,
    allowInsecureHttp,
    token: enabled ? decideToken(options.token) : null,
    baseUrl: enabled ? decideBaseUrl(options.baseUrl, allowInsecureHttp) : defaultBaseUrl,
    concurrency: options.concurrency ?? (runsOneServer() ? 32 : 6),
    maxRetries: options.maxRetries ?? defaults.maxRetries,
    attemptTimeoutMs: options.attemptTimeoutMs ?? defaults.attemptTimeoutMs,
    backoff: { ...defaults.backoff, ...defined(options.backoff) },
    maxRetryAfterMs: options.maxRetryAfterMs ?? defaults.maxRetryAfterMs,
    maxDeliveryMs: options.maxDeliveryMs ?? defaults.maxDeliveryMs,
    queue: { ...defaults.queue, ...defined(options.queue) },
    seams: defined({ fetch, onDelivered, onError, logger, clock }) as Settings['seams'],
  }
}

/** What was given; an explicit undefined is the same as nothing. */
function defined<T extends object>(given: T | undefined): T {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) as T
}

function enabledByEnvironment(): boolean {
  const value = readEnvironment('EVENT_TRACKING_ENABLED')?.trim().toLowerCase()
  if (!value || value === 'true') return true
  if (value === 'false') return false
  throw new ConfigurationError("EVENT_TRACKING_ENABLED must be 'true' or 'false'")
}

function decideToken(option: Token | undefined): Token {
  if (isBrowser()) {
    if (option === undefined || option === null) return null
    throw new ConfigurationError(
      'A token must not be used in a browser, where everybody can read it. Send events to a proxy on your own server that holds the token: set baseUrl to it, and leave token out.',
    )
  }
  if (option === null || typeof option === 'function') return option
  const token = option ?? readEnvironment('EVENT_TRACKING_AUTH_TOKEN')
  const problem = tokenProblem(token)
  if (problem === undefined) return token as string
  const source = option === undefined ? 'The environment variable EVENT_TRACKING_AUTH_TOKEN' : 'The option token'
  throw new ConfigurationError(
    `${source} ${problem}. Set EVENT_TRACKING_AUTH_TOKEN to your project token, or pass the option token.`,
  )
}

function decideBaseUrl(option: string | undefined, allowInsecureHttp: boolean): string {
  const given = option ?? (readEnvironment('EVENT_TRACKING_BASE_URL')?.trim() || undefined)
  if (given === undefined && isBrowser()) {
    throw new ConfigurationError(
      'baseUrl is required in a browser: the address of a proxy on your own server that holds the token.',
    )
  }
  const source = option === undefined ? 'EVENT_TRACKING_BASE_URL' : 'baseUrl'
  const url = URL.canParse(given ?? defaultBaseUrl) ? new URL(given ?? defaultBaseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigurationError(`${source} must be an http or https address, such as ${defaultBaseUrl}`)
  }
  if (url.username || url.password || /[?#]/.test(url.href)) {
    throw new ConfigurationError(`${source} must have no user, password, query or fragment`)
  }
  if (url.protocol === 'http:' && !allowInsecureHttp && !isLoopback(url.hostname)) {
    throw new ConfigurationError(
      `${source} uses http, which shows the token to everybody on the way. Use https, or set allowInsecureHttp: true.`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

/** RFC 6761, section 6.3 for the name; RFC 1122 and RFC 4291 for the addresses. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
