import { ConfigurationError } from '@obsidianlaunch/events'
import { Client } from 'pg'
import { longestMs } from './limits.ts'
import type { PostgresPool } from './pool.ts'

export interface PostgresOutboxOptions {
  /** The schema of the database that has the outbox. @default 'obsidian_events' */
  schema?: string | undefined
  /**
   * The time, in milliseconds, for which the ids of events are remembered that you gave here, from their delivery on, so that
   * one that is given again is not sent again. Whichever machine delivers them; of several that give one, the longest counts.
   *
   * @default 86_400_000
   */
  rememberMs?: number | undefined
  /**
   * The time, in milliseconds, in which the server has to answer, a free connection included. What is not answered by then is
   * asked again, on another connection.
   *
   * @default 10_000
   */
  timeoutMs?: number | undefined
}

export const defaultSchema = 'obsidian_events'
const defaults = { schema: defaultSchema, rememberMs: 24 * 3_600_000, timeoutMs: 10_000 }

export type Settings = typeof defaults

/** @throws ConfigurationError for an option that is impossible */
export function settingsOf(name: string, options: PostgresOutboxOptions): Settings {
  const given = givenOptions(name, options, Object.keys(defaults))
  const settings: Settings = { ...defaults, ...given }
  assertSchema(name, settings.schema)
  for (const [option, least, most] of [
    ['rememberMs', 0, longestMs],
    ['timeoutMs', 1, 2 ** 31 - 1],
  ] as const) {
    const value = settings[option]
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new ConfigurationError(`${name}: ${option} must be an integer from ${least} to ${most}`)
    }
  }
  return settings
}

/**
 * Leaves out what is undefined, which is the same as nothing.
 *
 * @throws ConfigurationError for what is no object, and for an option that nobody knows
 */
export function givenOptions<T extends object>(name: string, options: T, known: readonly string[]): Given<T> {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`The options of ${name} must be an object, such as { schema: '${defaultSchema}' }`)
  }
  const unknown = Object.keys(options).find((option) => !known.includes(option))
  if (unknown !== undefined) {
    throw new ConfigurationError(`${name}: ${unknown} is no option; known are ${known.join(', ')}`)
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** @throws ConfigurationError for a name that would have to be quoted: it stands in statements */
export function assertSchema(name: string, schema: unknown): asserts schema is string {
  if (typeof schema === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith('pg_')) return
  throw new ConfigurationError(
    `${name}: schema must be a name of up to 63 lower-case letters, digits and _ that does not begin with a digit or pg_`,
  )
}

/** @throws ConfigurationError for options that are impossible */
export function schemaOf(name: string, options: { schema?: string | undefined }): string {
  const { schema = defaultSchema } = givenOptions(name, options, ['schema'])
  assertSchema(name, schema)
  return schema
}

/** @throws ConfigurationError for what is neither a pool nor the address of a database */
export function assertSource(name: string, source: unknown): asserts source is PostgresPool | string {
  if (typeof source === 'string' && /^postgres(ql)?:\/\//.test(source)) return assertAddress(name, source)
  const pool = source as Partial<PostgresPool> | null | undefined
  const isPool = typeof pool === 'object' && typeof pool?.connect === 'function' && typeof pool.on === 'function'
  // A Client has the same methods, and lends nothing.
  if (isPool && !('connectionParameters' in pool)) return
  throw new ConfigurationError(
    `${name}: give a Pool of the package pg, or the address of a database: postgres://user@host:5432/database`,
  )
}

/** @throws ConfigurationError, without the address: it may have a password */
function assertAddress(name: string, address: string): void {
  try {
    if (new Client(address).host.includes(',')) throw new Error('several hosts')
  } catch {
    throw new ConfigurationError(
      `${name}: the address of the database cannot be read. It names one server, with user and password escaped by encodeURIComponent: postgres://user:p%40ss@host:5432/database`,
    )
  }
}
