import { eventNamesAllowed, isEventNames } from '../call/event-names.ts'
import { runsOneServer } from '../platform/platform.ts'
import type { Backoff, QueueLimits, TrackerOptions } from './options.ts'

/** A test of what an option may be, and the words for it. */
interface Rule {
  allows(value: unknown): boolean
  readonly allowed: string
  /** Tells that not even a number in its place is shown. */
  readonly isSecret?: true
}

/** An option: its rule, and its default where it has one. */
interface Row<T> {
  readonly rule: Rule
  readonly default?: T | (() => T)
}

/** An option of several parts, each with a rule and a default of its own. */
type Group<T> = { readonly [K in keyof T]-?: Row<T[K]> }

/** The table as a loop sees it. */
export type Rows = { readonly [name: string]: Row<unknown> | Rows }

const boolean: Rule = { allows: (value) => typeof value === 'boolean', allowed: 'true or false' }
const callable: Rule = { allows: (value) => typeof value === 'function', allowed: 'a function' }
const text: Rule = {
  allows: (value) => typeof value === 'string' && value.trim() !== '',
  allowed: 'text that is not blank',
}
const token: Rule = {
  allows: (value) => value === null || typeof value === 'string' || typeof value === 'function',
  allowed: 'text, a function that returns it, or null',
  isSecret: true,
}
const authorization: Rule = {
  allows: (value) => typeof value === 'string' || typeof value === 'function',
  allowed: 'text, or a function that is given the id of a customer and returns it',
  isSecret: true,
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

/**
 * Rule and default of every option, in the order in which an error lists them. An option without a default is one of the
 * four that the environment decides (settings.ts), or is left out where it is not given.
 */
export const optionTable = {
  token: { rule: token },
  baseUrl: { rule: text },
  authorization: { rule: authorization },
  environment: { rule: oneOf('test', 'production') },
  allowInsecureHttp: { rule: boolean, default: false },
  enabled: { rule: boolean },
  fetch: { rule: callable },
  transport: { rule: oneOf('auto', 'fetch'), default: 'auto' },
  concurrency: { rule: integer(1, 256), default: () => (runsOneServer() ? 32 : 6) },
  // Budgets alone end an event.
  maxRetries: { rule: integer(0), default: Infinity },
  attemptTimeoutMs: { rule: integer(1), default: 10_000 },
  backoff: {
    baseMs: { rule: integer(0), default: 500 },
    capMs: { rule: integer(0), default: 30_000 },
  },
  maxRetryAfterMs: { rule: integer(0), default: 60_000 },
  maxDeliveryMs: { rule: integer(1), default: 300_000 },
  maxAgeMs: { rule: integer(1), default: 7 * 24 * 3_600_000 },
  outbox: {
    rule: methods('append', 'claim', 'settle', 'dueInMs', 'dead', 'replay', 'remove', 'forget', 'counts', 'close'),
  },
  queue: {
    maxEvents: { rule: integer(1), default: 100_000 },
    maxBytes: { rule: integer(1), default: 64 * 1024 * 1024 },
    overflow: { rule: oneOf('reject', 'drop-oldest', 'drop-newest'), default: 'reject' },
  },
  eventNames: { rule: { allows: isEventNames, allowed: eventNamesAllowed } },
  beforeSend: { rule: callable },
  waitUntil: { rule: callable },
  onDelivered: { rule: callable },
  onError: { rule: callable },
  logger: { rule: methods('warn', 'error') },
  clock: { rule: methods('now', 'setTimeout', 'clearTimeout') },
} satisfies {
  [K in keyof TrackerOptions]-?: K extends 'backoff'
    ? Group<Backoff>
    : K extends 'queue'
      ? Group<QueueLimits>
      : Row<Exclude<TrackerOptions[K], undefined>>
}

/** Tells an option from a group of them. */
export function isRow(row: Row<unknown> | Rows): row is Row<unknown> {
  return typeof row.rule === 'object' && 'allows' in row.rule
}
