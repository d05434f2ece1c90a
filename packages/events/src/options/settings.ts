import type { Environment } from '../event/event.ts'
import { defaultBaseUrl, type Token, tokenProblem } from '@obsidianlaunch/events-client/core'
import { ConfigurationError } from '../errors/errors.ts'
import { isEmptied } from '../call/json.ts'
import { isRow, optionTable, type Rows } from './option-table.ts'
import type { Backoff, QueueLimits, TrackerOptions } from './options.ts'
import { lack } from '../platform/obstacle.ts'
import type { Authorization } from '../token/token-keeper.ts'
import { ask, isBrowser, readEnvironment } from '../platform/platform.ts'

/** The warning for a tracker that `missesProduction`. */
export const missesProduction =
  "NODE_ENV is production, and events go to the test environment. Set EVENT_TRACKING_ENVIRONMENT or the option environment to 'production', or to 'test' where that is meant."

/** The options that the environment decides where they are not given. */
type ByHand = 'token' | 'baseUrl' | 'environment' | 'enabled'

/** The options without a default: left out where they are not given. */
type Seam = Exclude<
  {
    [K in keyof typeof optionTable]: (typeof optionTable)[K] extends { default: unknown } ? never : K
  }[keyof typeof optionTable],
  ByHand | 'backoff' | 'queue'
>

/** The members of an object, each of them given. */
type Complete<T> = { [K in keyof T]-?: Exclude<T[K], undefined> }

/** The options that are used as given, or by their defaults. */
interface Decided extends Omit<Complete<TrackerOptions>, ByHand | Seam | 'backoff' | 'queue'> {
  backoff: Backoff
  queue: QueueLimits
}

/** The options with everything decided. */
export interface Settings extends Decided, Complete<Pick<TrackerOptions, ByHand>> {
  /** True where `test` was nobody's choice, and production is likely to be meant. */
  missesProduction: boolean
  seams: Pick<TrackerOptions, Seam>
}

/** @throws ConfigurationError that names the option or the variable and says what is allowed */
export function decideSettings(given: TrackerOptions): Settings {
  const options = readOptions(given)
  check(options, optionTable, 'options', '')
  checkOutbox(options)
  const { token, baseUrl, enabled = enabledByEnvironment(), ...others } = options
  const { environment = environmentByEnvironment(), ...named } = others
  const seams: Record<string, unknown> = {}
  const decided = withDefaults(optionTable, named, seams) as unknown as Decided
  return {
    ...decided,
    seams,
    enabled,
    environment: environment ?? 'test',
    missesProduction: enabled && environment === undefined && readEnvironment('NODE_ENV') === 'production',
    token: enabled ? decideToken(token, named.authorization) : null,
    baseUrl: enabled
      ? decideBaseUrl(baseUrl, named.authorization !== undefined, decided.allowInsecureHttp)
      : defaultBaseUrl,
  }
}

/** @returns each option that has a default, as given or by that; those given without one go to `seams` */
function withDefaults(rows: Rows, given: Record<string, unknown>, seams: Record<string, unknown>): object {
  const decided: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(rows)) {
    const value = given[name]
    if (!isRow(row)) decided[name] = withDefaults(row, { ...(value as object | undefined) }, seams)
    else if ('default' in row)
      decided[name] = value ?? (typeof row.default === 'function' ? row.default() : row.default)
    else if (value !== undefined) seams[name] = value
  }
  return decided
}

/** Reads what was given, each member once: what is checked is what is used. */
function readOptions(given: TrackerOptions): TrackerOptions {
  try {
    // What spreading would empty is left for the check.
    if (!isObject(given) || isEmptied(given)) return given
    const options: Record<string, unknown> = { ...given }
    for (const [name, row] of Object.entries(optionTable)) {
      const group = isRow(row) ? undefined : options[name]
      if (isObject(group) && !isEmptied(group)) options[name] = { ...group }
    }
    return options
  } catch {
    throw new ConfigurationError('The options cannot be read: a getter or a proxy throws')
  }
}

/** @throws ConfigurationError for an option that is unknown or of the wrong type or range; the value is not shown */
function check(given: unknown, rows: Rows, what: string, prefix: string): void {
  if (!isObject(given)) throw new ConfigurationError(`${what} must be an object, not ${kindOf(given)}`)
  if (isEmptied(given)) throw new ConfigurationError(`${what} must have members of its own: pass a plain object`)
  for (const [name, value] of Object.entries(given)) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined
    const full = `${prefix}${name}`
    if (row === undefined) {
      const known = Object.keys(rows).map((key) => prefix + key)
      throw new ConfigurationError(`Unknown option ${full}. Known are: ${known.join(', ')}`)
    }
    if (value === undefined) continue
    if (!isRow(row)) check(value, row, full, `${full}.`)
    else if (!row.rule.allows(value)) {
      const kind = row.rule.isSecret ? typeOf(value) : kindOf(value)
      throw new ConfigurationError(`${full} must be ${row.rule.allowed}, not ${kind}`)
    }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names a wrong value: text by its type only, since it may be a token in the wrong place; a number in full. */
function kindOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeOf(value)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}

/** The outboxes that belong to a tracker. */
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

/** Marks an outbox as one that belongs to a tracker, for good. */
export function takeOutbox(outbox: object): void {
  taken.add(outbox)
}

function enabledByEnvironment(): boolean {
  const value = readEnvironment('EVENT_TRACKING_ENABLED')?.trim().toLowerCase()
  if (!value || value === 'true') return true
  if (value === 'false') return false
  throw new ConfigurationError("EVENT_TRACKING_ENABLED must be 'true' or 'false'")
}

/** Decides the environment of an event that no tracker has taken. @throws ConfigurationError for one that there is not */
export function decideEnvironment(environment: Environment | undefined): Environment {
  check({ environment }, optionTable, 'options', '')
  return environment ?? environmentByEnvironment() ?? 'test'
}

function environmentByEnvironment(): Environment | undefined {
  const value = readEnvironment('EVENT_TRACKING_ENVIRONMENT')?.trim().toLowerCase()
  if (!value) return undefined
  if (value === 'test' || value === 'production') return value
  throw new ConfigurationError("EVENT_TRACKING_ENVIRONMENT must be 'test' or 'production'")
}

function decideToken(option: Token | undefined, authorization: Authorization | undefined): Token {
  const isNone = option === null || (option === undefined && isBrowser())
  if (authorization !== undefined) checkAuthorization(authorization, isNone)
  if (isNone) return null
  if (isBrowser()) {
    throw new ConfigurationError(
      'A token must not be used in a browser, where everybody can read it. Send events to a proxy on your own server that holds the token: set baseUrl to it, and leave token out.',
    )
  }
  if (typeof option === 'function') return option
  const token = option ?? readEnvironment('EVENT_TRACKING_AUTH_TOKEN')
  const problem = tokenProblem(token)
  if (problem === undefined) return token as string
  const source = option === undefined ? 'The environment variable EVENT_TRACKING_AUTH_TOKEN' : 'The option token'
  throw new ConfigurationError(
    `${source} ${problem}. Set EVENT_TRACKING_AUTH_TOKEN to your project token, or pass the option token.`,
  )
}

/** @throws ConfigurationError for what no header can carry, and beside a token: of the two only one can be sent */
function checkAuthorization(authorization: Authorization, isWithoutToken: boolean): void {
  const problem = typeof authorization === 'function' ? undefined : tokenProblem(authorization)
  if (problem !== undefined) throw new ConfigurationError(`The option authorization ${problem}.`)
  if (isWithoutToken) return
  throw new ConfigurationError(
    'authorization is for a relay, which holds the token itself: set token: null beside it, or leave authorization out.',
  )
}

function decideBaseUrl(option: string | undefined, hasAuthorization: boolean, allowInsecureHttp: boolean): string {
  const given = option ?? (readEnvironment('EVENT_TRACKING_BASE_URL')?.trim() || undefined)
  if (given === undefined && (isBrowser() || hasAuthorization)) {
    throw new ConfigurationError(
      `baseUrl is required ${isBrowser() ? 'in a browser' : 'with authorization'}: the address of a proxy on your own server that holds the token.`,
    )
  }
  const source = option === undefined ? 'EVENT_TRACKING_BASE_URL' : 'baseUrl'
  return checkedAddress(given ?? defaultBaseUrl, source, allowInsecureHttp)
}

/** @returns the address as the API's paths are put behind it */
function checkedAddress(address: string, source: string, allowInsecureHttp: boolean): string {
  const problem = lack('URL')
  if (problem !== undefined) throw new ConfigurationError(problem)
  const url = ask(() => new URL(address))
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
