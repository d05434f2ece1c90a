import { ConfigurationError } from '@obsidianlaunch/events'
import type { RelayOptions } from './options.ts'
import { Identities, type IdentityOptions } from './policy/identity.ts'
import type { Rate } from './policy/rate-limit.ts'

/** RFC 7518, section 3.2: a secret for HS256 has at least as many bytes. */
const shortestSecret = 32
/** A timer of more milliseconds rings at once. */
export const longestTimer = 2 ** 31 - 1

/** Each option: what is made of it, and its default. */
const table = {
  /** Without a slash at its end: '' for the root. */
  basePath: (path = '/') => {
    if (typeof path !== 'string' || !/^\/[^?#\s]*$/.test(path)) refuse("basePath must be a path, such as '/collect'")
    // As the addresses of requests have it: 'ü' is '%C3%BC' there.
    return new URL(`http://relay${path}`).pathname.replace(/\/+$/, '')
  },
  origins: (origins = []) => {
    if (!isListOfTexts(origins)) refuse("origins must be a list, such as ['https://app.example.com']")
    for (const origin of origins) if (!isOrigin(origin)) refuse(`${originRule} This one is not: ${origin}`)
    return origins
  },
  /** The label of each. */
  keys: (keys = []) => {
    const values = typeof keys === 'object' && keys !== null ? Object.values(keys) : undefined
    if (!isListOfTexts(values)) refuse("keys must be a list, such as ['pk_live_…'], or an object with labels")
    if (!values.every((key) => /^pk_[\w-]{16,}$/.test(key))) refuse(keyRule)
    return Array.isArray(keys) ? labelled(values) : new Map(Object.entries(keys).map(([label, key]) => [key, label]))
  },
  identity: (identity) => {
    if (identity !== undefined) checkIdentity(identity)
    return identity && new Identities(identity)
  },
  authorize: (hook) => checkedFunction('authorize', hook),
  anyone: (anyone = false) => {
    if (typeof anyone !== 'boolean') refuse('anyone must be true or false')
    return anyone
  },
  traits: (traits) => {
    if (traits !== undefined && !isListOfTexts(traits))
      refuse("traits must be a list, such as ['name', 'properties.theme']")
    return traits
  },
  mutate: (hook) => checkedFunction('mutate', hook),
  rateLimit: (limit = {}) => {
    if (limit === false) return {}
    if (typeof limit !== 'object' || limit === null) refuse('rateLimit must be false, or { perAddress, perKey }')
    const { perAddress, perKey, ...unknown } = limit
    refuseUnknown('rateLimit', unknown, 'perAddress, perKey')
    return {
      perAddress: rateOf('perAddress', perAddress, { perSecond: 100, burst: 500 }),
      perKey: rateOf('perKey', perKey, { perSecond: 1_000, burst: 5_000 }),
    }
  },
  trustedProxies: (count = 0) => integer('trustedProxies', count, 0),
  maxBodyBytes: (bytes = 32_768) => integer('maxBodyBytes', bytes, 1),
  bodyTimeoutMs: (ms = 10_000) => integer('bodyTimeoutMs', ms, 1, longestTimer),
  answerTimeoutMs: (ms = 10_000) => integer('answerTimeoutMs', ms, 1, longestTimer),
  onRequest: (hook) => checkedFunction('onRequest', hook),
  logger: (logger) => {
    if (logger !== undefined && typeof logger?.error !== 'function') refuse('logger must have the method error')
    return logger
  },
  clock: (clock = Date) => {
    if (typeof clock?.now !== 'function') refuse('clock must have the method now')
    return clock
  },
} satisfies { [K in keyof RelayOptions]-?: (given: RelayOptions[K]) => unknown }

/** The options as the relay uses them. */
export type Settings = { readonly [K in keyof typeof table]: ReturnType<(typeof table)[K]> }

/** @throws ConfigurationError that names the option and what is allowed */
export function settingsOf(options: RelayOptions): Settings {
  if (typeof options !== 'object' || options === null) refuse('the options must be an object')
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(table, name))
  if (unknown.length > 0) refuse(`unknown option ${unknown.join(', ')}. Known are: ${Object.keys(table).join(', ')}`)
  const decided = Object.entries(table).map(([name, decide]) => [
    name,
    (decide as (given: unknown) => unknown)(options[name as keyof RelayOptions]),
  ])
  const settings = Object.fromEntries(decided) as Settings
  const { keys, identity, authorize, anyone } = settings
  if (keys.size === 0 && !identity && !authorize && !anyone) {
    refuse('say who may send events: keys, identity or authorize; or anyone: true, if it is everybody')
  }
  return settings
}

const originRule =
  'each of origins must be one as browsers name it: scheme, host, and the port if it is not the default one; no path, no slash ' +
  "at the end, no wildcard, such as 'https://app.example.com'."
const keyRule =
  'each of keys must be a publishable key: pk_ and at least 16 letters or digits. Make one by: npx @obsidianlaunch/events-cli relay key'

/** Labels keys by their ends, and by a number where several end alike. */
function labelled(keys: readonly string[]): Map<string, string> {
  const labels = new Map<string, string>()
  for (const key of keys) {
    if (labels.has(key)) continue
    const end = `…${key.slice(-4)}`
    const alike = [...labels.keys()].filter((other) => other.endsWith(key.slice(-4))).length
    labels.set(key, alike === 0 ? end : `${end} (${alike + 1})`)
  }
  return labels
}

function isOrigin(text: string): boolean {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*')
  } catch {
    return false
  }
}

function checkIdentity(identity: IdentityOptions): void {
  if (typeof identity !== 'object' || identity === null) refuse('identity must be { secrets, audience }')
  const { secrets, audience, mode, anonymousPrefix, ...unknown } = identity
  refuseUnknown('identity', unknown, 'secrets, audience, mode, anonymousPrefix')
  if (!isListOfTexts(secrets) || secrets.length === 0) refuse('identity.secrets must be a list of secrets')
  if (secrets.some((secret) => new TextEncoder().encode(secret).length < shortestSecret)) {
    refuse(`each of identity.secrets must have at least ${shortestSecret} bytes`)
  }
  if (typeof audience !== 'string' || audience === '') refuse('identity.audience must be the aud of the tokens')
  if (mode !== undefined && mode !== 'required' && mode !== 'anonymous-only') {
    refuse("identity.mode must be 'required' or 'anonymous-only'")
  }
  if (anonymousPrefix !== undefined && (typeof anonymousPrefix !== 'string' || anonymousPrefix === '')) {
    refuse("identity.anonymousPrefix must be text, such as 'anonymous-'")
  }
}

function rateOf(name: string, given: Rate | false | undefined, normal: Rate): Rate | undefined {
  if (given === false) return undefined
  const rate = given ?? normal
  const { perSecond, burst, ...unknown } = rate
  refuseUnknown(`rateLimit.${name}`, unknown, 'perSecond, burst')
  if (!Number.isFinite(perSecond) || !Number.isFinite(burst) || perSecond <= 0 || burst < 1) {
    refuse(`rateLimit.${name} must be false, or { perSecond, burst } with a number above 0 and one of at least 1`)
  }
  return rate
}

function integer(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  return refuse(
    `${name} must be an integer of at least ${least}${most === longestTimer ? `, and ${most} at most` : ''}`,
  )
}

function checkedFunction<F>(name: string, hook: F): F {
  if (hook !== undefined && typeof hook !== 'function') refuse(`${name} must be a function`)
  return hook
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function refuseUnknown(option: string, unknown: object, known: string): void {
  const names = Object.keys(unknown)
  if (names.length > 0) refuse(`${option} has no ${names.join(', ')}. Known are: ${known}`)
}

function refuse(reason: string): never {
  throw new ConfigurationError(`createRelay: ${reason}${/[.?]$/.test(reason) ? '' : '.'}`)
}
