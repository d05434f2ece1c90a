import type { Environment } from '../event/event.ts'
import { defaultBaseUrl, type Token, tokenProblem } from '@obsidianlaunch/events-client/core'
import { checkOptions } from './check-options.ts'
import { ConfigurationError } from '../errors/errors.ts'
import type { Backoff, QueueLimits, TrackerOptions } from './options.ts'
import { isBrowser, readEnvironment, runsOneServer } from '../platform/platform.ts'

/** What is said where the settings miss it. */
export const missesProduction =
  "NODE_ENV is production, and events go to the test environment. Set EVENT_TRACKING_ENVIRONMENT or the option environment to 'production', or to 'test' where that is meant."

/** The options with everything decided. */
export interface Settings extends Omit<Required<TrackerOptions>, 'backoff' | 'queue' | OptionalSeam> {
  /** Whether `test` was nobody's choice, where it is likely that production is meant. */
  missesProduction: boolean
  backoff: Backoff
  queue: QueueLimits
  seams: Pick<TrackerOptions, OptionalSeam>
}

type OptionalSeam =
  | 'fetch'
  | 'outbox'
  | 'eventNames'
  | 'beforeSend'
  | 'waitUntil'
  | 'onDelivered'
  | 'onError'
  | 'logger'
  | 'clock'

const defaults = {
  allowInsecureHttp: false,
  /** Budgets alone end an event. */
  maxRetries: Infinity,
  attemptTimeoutMs: 10_000,
  backoff: { baseMs: 500, capMs: 30_000 },
  maxRetryAfterMs: 60_000,
  maxDeliveryMs: 300_000,
  maxAgeMs: 7 * 24 * 3_600_000,
  queue: { maxEvents: 100_000, maxBytes: 64 * 1024 * 1024, overflow: 'reject' },
} as const

/** @throws ConfigurationError that names the option or the variable and says what is allowed */
export function decideSettings(given: TrackerOptions): Settings {
  const options = readOptions(given)
  checkOptions(options)
  checkOutbox(options)
  const { fetch, outbox, eventNames, beforeSend, waitUntil, onDelivered, onError, logger, clock } = options
  const allowInsecureHttp = options.allowInsecureHttp ?? defaults.allowInsecureHttp
  const enabled = options.enabled ?? enabledByEnvironment()
  const environment = options.environment ?? environmentByEnvironment()
  return {
    enabled,
    environment: environment ?? 'test',
    missesProduction: enabled && environment === undefined && readEnvironment('NODE_ENV') === 'production',
    allowInsecureHttp,
    token: enabled ? decideToken(options.token) : null,
    baseUrl: enabled ? decideBaseUrl(options.baseUrl, allowInsecureHttp) : defaultBaseUrl,
    transport: options.transport ?? 'auto',
    concurrency: options.concurrency ?? (runsOneServer() ? 32 : 6),
    maxRetries: options.maxRetries ?? defaults.maxRetries,
    attemptTimeoutMs: options.attemptTimeoutMs ?? defaults.attemptTimeoutMs,
    backoff: { ...defaults.backoff, ...defined(options.backoff) },
    maxRetryAfterMs: options.maxRetryAfterMs ?? defaults.maxRetryAfterMs,
    maxDeliveryMs: options.maxDeliveryMs ?? defaults.maxDeliveryMs,
    maxAgeMs: options.maxAgeMs ?? defaults.maxAgeMs,
    queue: { ...defaults.queue, ...defined(options.queue) },
    seams: defined({
      fetch,
      outbox,
      eventNames,
      beforeSend,
      waitUntil,
      onDelivered,
      onError,
      logger,
      clock,
    }) as Settings['seams'],
  }
}

/** The outboxes that trackers have. */
const taken = new WeakSet<object>()

function checkOutbox({ outbox, queue }: TrackerOptions): void {
  if (outbox === undefined) return
  if (outbox.durable && queue?.overflow !== undefined && queue.overflow !== 'reject') {
    throw new ConfigurationError(
      `queue.overflow must be 'reject' with a durable outbox: what it stores is never dropped, and what it cannot store is refused.`,
    )
  }
  if (taken.has(outbox)) throw new ConfigurationError('outbox belongs to another tracker: make a new one for this one.')
}

/** An outbox belongs to one tracker, for good. */
export function takeOutbox(outbox: object): void {
  taken.add(outbox)
}

/** What was given itself, read once: what is checked is what is used. */
function readOptions(given: TrackerOptions): TrackerOptions {
  try {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
    const { backoff, queue, ...others } = { ...given }
    return {
      ...others,
      ...(backoff !== undefined && { backoff: copyOf(backoff) }),
      ...(queue !== undefined && { queue: copyOf(queue) }),
    }
  } catch {
    throw new ConfigurationError('The options cannot be read: a getter or a proxy throws')
  }
}

function copyOf<T>(group: T): T {
  return typeof group === 'object' && group !== null && !Array.isArray(group) ? { ...group } : group
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

function environmentByEnvironment(): Environment | undefined {
  const value = readEnvironment('EVENT_TRACKING_ENVIRONMENT')?.trim().toLowerCase()
  if (!value) return undefined
  if (value === 'test' || value === 'production') return value
  throw new ConfigurationError("EVENT_TRACKING_ENVIRONMENT must be 'test' or 'production'")
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
