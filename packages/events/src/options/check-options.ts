import { ConfigurationError } from '../errors/errors.ts'
import { eventNamesAllowed, isEventNames } from '../call/event-names.ts'

/** What an option may be: a test, and the words for it. */
interface Rule {
  allows(value: unknown): boolean
  allowed: string
}

const boolean: Rule = { allows: (value) => typeof value === 'boolean', allowed: 'true or false' }
const callable: Rule = { allows: (value) => typeof value === 'function', allowed: 'a function' }
const text: Rule = {
  allows: (value) => typeof value === 'string' && value.trim() !== '',
  allowed: 'text that is not blank',
}
const token: Rule = {
  allows: (value) => value === null || typeof value === 'string' || typeof value === 'function',
  allowed: 'text, a function that returns it, or null',
}

function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  const allowed =
    most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`
  return { allows: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most, allowed }
}

function methods(...names: string[]): Rule {
  return {
    allows: (value) =>
      typeof value === 'object' &&
      value !== null &&
      names.every((name) => typeof Reflect.get(value, name) === 'function'),
    allowed: `an object with the methods ${names.join(', ')}`,
  }
}

function oneOf(...values: string[]): Rule {
  return {
    allows: (value) => values.includes(value as string),
    allowed: values.map((value) => `'${value}'`).join(' or '),
  }
}

type Rules = { [name: string]: Rule | Rules }

const rules: Rules = {
  token,
  baseUrl: text,
  environment: oneOf('test', 'production'),
  allowInsecureHttp: boolean,
  enabled: boolean,
  fetch: callable,
  transport: oneOf('auto', 'fetch'),
  concurrency: integer(1, 256),
  maxRetries: integer(0),
  attemptTimeoutMs: integer(1),
  backoff: { baseMs: integer(0), capMs: integer(0) },
  maxRetryAfterMs: integer(0),
  maxDeliveryMs: integer(1),
  maxAgeMs: integer(1),
  outbox: methods('append', 'claim', 'settle', 'dueInMs', 'dead', 'replay', 'remove', 'forget', 'counts', 'close'),
  queue: { maxEvents: integer(1), maxBytes: integer(1), overflow: oneOf('reject', 'drop-oldest', 'drop-newest') },
  eventNames: { allows: isEventNames, allowed: eventNamesAllowed },
  beforeSend: callable,
  waitUntil: callable,
  onDelivered: callable,
  onError: callable,
  logger: methods('warn', 'error'),
  clock: methods('now', 'setTimeout', 'clearTimeout'),
}

/** @throws ConfigurationError for an option that is unknown or of the wrong type or range; the value is not shown */
export function checkOptions(options: unknown): void {
  check(options, rules, 'options', '')
}

function check(given: unknown, known: Rules, what: string, prefix: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigurationError(`${what} must be an object, not ${kindOf(given)}`)
  }
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined
    const full = `${prefix}${name}`
    if (rule === undefined) {
      throw new ConfigurationError(
        `Unknown option ${full}. Known are: ${Object.keys(known)
          .map((key) => prefix + key)
          .join(', ')}`,
      )
    }
    if (value === undefined) continue
    if (!isRule(rule)) check(value, rule, full, `${full}.`)
    else if (!rule.allows(value))
      throw new ConfigurationError(
        `${full} must be ${rule.allowed}, not ${rule === token ? typeOf(value) : kindOf(value)}`,
      )
  }
}

function isRule(rule: Rule | Rules): rule is Rule {
  return typeof rule.allows === 'function'
}

/** Of text only the type, since it may be a token in the wrong place; a number is no secret where a number belongs. */
function kindOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeOf(value)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
