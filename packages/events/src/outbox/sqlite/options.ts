import { ConfigurationError } from '../../errors/errors.ts'
import type { Clock } from '../../platform/clock.ts'
import { type NodeModules, nodeModules } from './node-modules.ts'
import type { SqliteSettings } from './sqlite-outbox.ts'

export interface SqliteOutboxOptions {
  /**
   * The size that the file may reach, in bytes. Beyond it new events are refused with an OutboxError; those in it are still
   * delivered. At least 65_536. The write-ahead log beside it takes 16 MiB more, and grows while another program reads.
   *
   * @default as large as the disk allows
   */
  maxBytes?: number | undefined
  /**
   * The time to wait, in milliseconds, for another process to give the file up: a new version of your program may start
   * before the old one has ended. To close the outbox ends the wait.
   *
   * @default 10_000
   */
  ownerTimeoutMs?: number | undefined
  /**
   * The number of ids of delivered events that are remembered, for `rememberMs` at the most, so that one that is given again
   * is not sent again. Where there is no space for a new event otherwise, the oldest of them go.
   *
   * @default 1_000_000
   */
  rememberedIds?: number | undefined
  /**
   * The time, in milliseconds, for which the ids of events are remembered that this process delivers, from then on. Those
   * that are in the file keep the time that was said when they were delivered, or get a longer one from here where they are
   * given again.
   *
   * @default 86_400_000
   */
  rememberMs?: number | undefined
  /**
   * Use a file on a network file system all the same. On those that grant every lock, two owners would deliver everything
   * twice and out of order, until the later one has ended the earlier one.
   *
   * @default false
   */
  allowNetworkFileSystem?: boolean | undefined
  /** Only list dead letters and count, also beside a process that owns the file. @default false */
  readOnly?: boolean | undefined
  /** Tells the time, so that a test need not wait. @default the platform's */
  clock?: Pick<Clock, 'now'> | undefined
}

/** Defaults of the options that have one. */
export const defaults = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  ownerTimeoutMs: 10_000,
  rememberedIds: 1_000_000,
  rememberMs: 24 * 3_600_000,
  allowNetworkFileSystem: false,
  readOnly: false,
}

const least: Record<string, number> = { maxBytes: 65_536, ownerTimeoutMs: 0, rememberedIds: 0, rememberMs: 0 }

type GivenOptions = { [K in keyof SqliteOutboxOptions]: Exclude<SqliteOutboxOptions[K], undefined> }

/** A file and what was said about it, with the modules that open it. */
export interface GivenFile {
  readonly modules: NodeModules
  /** Absolute: the process may change its directory before the first event. */
  readonly path: string
  readonly settings: SqliteSettings
  readonly clock: Pick<Clock, 'now'> | undefined
}

/**
 * Reads the arguments of the function `name`.
 *
 * @throws ConfigurationError for a path or an option that is impossible, and where the run time has no node:sqlite
 */
export function givenFile(name: string, path: string, options: SqliteOutboxOptions): GivenFile {
  assertPath(path)
  const { clock, ...given } = checked(name, options)
  const modules = nodeModules(name)
  return { modules, path: modules.path.resolve(path), settings: { ...defaults, ...given }, clock }
}

export function assertPath(path: string): void {
  if (typeof path === 'string' && path.trim() !== '' && path !== ':memory:' && !/^file:|\0/i.test(path)) return
  throw new ConfigurationError("The path of an outbox must name a file, such as 'events.db'")
}

/** The options that were given; an explicit undefined is the same as nothing. */
function checked(name: string, options: SqliteOutboxOptions): GivenOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`The options of ${name} must be an object, such as { maxBytes: 1_000_000_000 }`)
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [option, value] of given) {
    const problem = problemOf(option, value)
    if (problem) throw new ConfigurationError(`${name}: ${option} ${problem}`)
  }
  return Object.fromEntries(given)
}

function problemOf(name: string, value: unknown): string | undefined {
  const from = least[name]
  if (from !== undefined) {
    return Number.isSafeInteger(value) && (value as number) >= from
      ? undefined
      : `must be an integer of at least ${from}`
  }
  if (name === 'readOnly' || name === 'allowNetworkFileSystem')
    return typeof value === 'boolean' ? undefined : 'must be true or false'
  if (name === 'clock') {
    return typeof (value as Clock | null)?.now === 'function' ? undefined : 'must be an object with the method now'
  }
  return `is no option; known are ${[...Object.keys(defaults), 'clock'].join(', ')}`
}
