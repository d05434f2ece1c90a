import { ConfigurationError, type GivenEvent, type Logger, type Operation } from '@obsidianlaunch/events'
import type { IdentityOptions } from './policy/identity.ts'
import type { Rate } from './policy/rate-limit.ts'
import type { RequestRecord } from './edge/record.ts'

export interface RelayOptions {
  /** Path before those of the API. Blockers know the obvious ones. @default '/' */
  basePath?: string | undefined
  /** Origins whose pages may send events, exactly as browsers name them: `https://app.example.com`. @default none */
  origins?: readonly string[] | undefined
  /**
   * Publishable keys, `pk_…`: a list, or an object whose names are labels for logs. They stand in your pages for everybody to
   * read, so they are labels and no secrets. Keep two at once while you replace one.
   */
  keys?: readonly string[] | Readonly<Record<string, string>> | undefined
  /** Signed identities: a client proves for which customer it speaks. */
  identity?: IdentityOptions | undefined
  /** Your own decision, such as by the session that the request's cookies belong to. False refuses the event. */
  authorize?: ((asked: Asked) => boolean | Promise<boolean>) | undefined
  /** True lets everybody send events for every customer. Without it one of `keys`, `identity` and `authorize` is needed. */
  anyone?: boolean | undefined
  /** Traits that a client may set of a customer: `name`, `plan`, `properties`, or one of these, `properties.theme`. @default all */
  traits?: readonly string[] | undefined
  /** Changes an event before it is stored, to set what a client must not. Null drops it. */
  mutate?: ((event: GivenEvent, request: Request) => GivenEvent | null | Promise<GivenEvent | null>) | undefined
  /**
   * Requests that are taken from one address and under one key, counted before their body is read; false for no limits.
   *
   * @default { perAddress: { perSecond: 100, burst: 500 }, perKey: { perSecond: 1_000, burst: 5_000 } }
   */
  rateLimit?: false | { perAddress?: Rate | false | undefined; perKey?: Rate | false | undefined } | undefined
  /** The number of your own proxies before the relay: so many addresses of `X-Forwarded-For` are believed. @default 0 */
  trustedProxies?: number | undefined
  /** @default 32_768 */
  maxBodyBytes?: number | undefined
  /** Time for the whole body, in milliseconds. @default 10_000 */
  bodyTimeoutMs?: number | undefined
  /** Time after which an event that could not be stored, or without an outbox delivered, is refused, in milliseconds. @default 10_000 */
  answerTimeoutMs?: number | undefined
  /** Hears of each request that was answered. It gets no body, no key and no token. */
  onRequest?: ((record: RequestRecord) => void) | undefined
  /** Hears of what your own functions throw. */
  logger?: Pick<Logger, 'error'> | undefined
  /** Tells the time, so that a test need not wait. @default the platform's */
  clock?: { now(): number } | undefined
}

/** A request whose event is about to be taken. */
export interface Asked {
  readonly operation: Operation
  readonly customerId: string
  readonly request: Request
}

/** The options as the relay uses them. */
export interface Settings {
  basePath: string
  origins: readonly string[]
  keys: Readonly<Record<string, string>>
  perAddress: Rate | undefined
  perKey: Rate | undefined
  trustedProxies: number
  maxBodyBytes: number
  bodyTimeoutMs: number
  answerTimeoutMs: number
}

const known: Record<keyof RelayOptions, true> = {
  basePath: true,
  origins: true,
  keys: true,
  identity: true,
  authorize: true,
  anyone: true,
  traits: true,
  mutate: true,
  rateLimit: true,
  trustedProxies: true,
  maxBodyBytes: true,
  bodyTimeoutMs: true,
  answerTimeoutMs: true,
  onRequest: true,
  logger: true,
  clock: true,
}
const shortestSecret = 32

/** @throws ConfigurationError that names the option and what is allowed */
export function settingsOf(options: RelayOptions): Settings {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name))
  if (unknown.length > 0) refuse(`unknown option ${unknown.join(', ')}. Known are: ${Object.keys(known).join(', ')}`)
  const { identity, authorize, anyone = false, traits, mutate, onRequest, rateLimit = {} } = options
  const keys = keysOf(options.keys ?? [])
  if (Object.keys(keys).length === 0 && !identity && !authorize && !anyone) {
    refuse('say who may send events: keys, identity or authorize; or anyone: true, if it is everybody')
  }
  for (const [name, hook] of Object.entries({ authorize, mutate, onRequest })) {
    if (hook !== undefined && typeof hook !== 'function') refuse(`${name} must be a function`)
  }
  if (traits !== undefined && !isListOfTexts(traits)) refuse('traits must be a list of names')
  if (identity !== undefined) checkIdentity(identity)
  const rates = rateLimit === false ? { perAddress: false as const, perKey: false as const } : rateLimit
  return {
    basePath: basePathOf(options.basePath ?? '/'),
    origins: originsOf(options.origins ?? []),
    keys,
    perAddress: rateOf('perAddress', rates.perAddress ?? { perSecond: 100, burst: 500 }),
    perKey: rateOf('perKey', rates.perKey ?? { perSecond: 1_000, burst: 5_000 }),
    trustedProxies: integer('trustedProxies', options.trustedProxies ?? 0, 0),
    maxBodyBytes: integer('maxBodyBytes', options.maxBodyBytes ?? 32_768, 1),
    bodyTimeoutMs: integer('bodyTimeoutMs', options.bodyTimeoutMs ?? 10_000, 1),
    answerTimeoutMs: integer('answerTimeoutMs', options.answerTimeoutMs ?? 10_000, 1),
  }
}

/** @returns it without a slash at its end: '' for the root */
function basePathOf(path: unknown): string {
  if (typeof path !== 'string' || !/^\/[^?#\s]*$/.test(path)) refuse("basePath must be a path, such as '/collect'")
  return path.replace(/\/+$/, '')
}

function originsOf(origins: readonly string[]): readonly string[] {
  if (!isListOfTexts(origins)) refuse("origins must be a list, such as ['https://app.example.com']")
  for (const origin of origins) {
    if (!isOrigin(origin)) {
      refuse(
        'each of origins must be one as browsers name it: scheme, host and port if it is not the default, no path, no slash at ' +
          `the end, no wildcard, such as 'https://app.example.com'. This one is not: ${origin}`,
      )
    }
  }
  return origins
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*')
  } catch {
    return false
  }
}

/** @returns them by their labels */
function keysOf(keys: readonly string[] | Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (typeof keys !== 'object' || keys === null)
    refuse("keys must be a list, such as ['pk_live_…'], or an object with labels")
  const labelled = Array.isArray(keys)
    ? Object.fromEntries((keys as readonly string[]).map((key) => [`…${String(key).slice(-4)}`, key]))
    : (keys as Readonly<Record<string, string>>)
  for (const key of Object.values(labelled)) {
    if (typeof key !== 'string' || !/^pk_[\w-]{16,}$/.test(key)) {
      refuse(
        'each of keys must be a publishable key: pk_ and at least 16 letters or digits. Make one by: obsidian-events relay key',
      )
    }
  }
  return labelled
}

function checkIdentity({ secrets, audience, mode = 'required', anonymousPrefix = '-' }: IdentityOptions): void {
  if (!isListOfTexts(secrets) || secrets.length === 0) refuse('identity.secrets must be a list of secrets')
  if (secrets.some((secret) => new TextEncoder().encode(secret).length < shortestSecret)) {
    // RFC 7518, section 3.2.
    refuse(`each of identity.secrets must have at least ${shortestSecret} bytes`)
  }
  if (typeof audience !== 'string' || audience === '') refuse('identity.audience must be the aud of the tokens')
  if (mode !== 'required' && mode !== 'anonymous-only') refuse("identity.mode must be 'required' or 'anonymous-only'")
  if (typeof anonymousPrefix !== 'string' || anonymousPrefix === '') refuse('identity.anonymousPrefix must be text')
}

function rateOf(name: string, rate: Rate | false): Rate | undefined {
  if (rate === false) return undefined
  const isRate = typeof rate === 'object' && rate !== null && rate.perSecond > 0 && rate.burst >= 1
  if (!isRate) refuse(`rateLimit.${name} must be false, or { perSecond, burst } with numbers above 0`)
  return rate
}

function integer(name: string, value: number, least: number): number {
  if (!Number.isSafeInteger(value) || value < least) refuse(`${name} must be an integer of at least ${least}`)
  return value
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function refuse(reason: string): never {
  throw new ConfigurationError(`createRelay: ${reason}.`)
}
