/** An outbox in a file: events survive the process. */
import { forward, timeOf, type Clock } from '../../platform/clock.ts'
import { ConfigurationError } from '../../errors/errors.ts'
import type { Outbox } from '../outbox.ts'
import { contentsOf, type OutboxContents } from './contents.ts'
import { SqliteFile } from './file.ts'
import { type NodeModules, nodeModules } from './node-modules.ts'
import { SqliteOutbox } from './sqlite-outbox.ts'

export type { Outbox } from '../outbox.ts'
export type { OutboxContents, WaitingCustomer } from './contents.ts'

export interface SqliteOutboxOptions {
  /**
   * How large the file may become, in bytes. Beyond it new events are refused with an OutboxError; those in it are still
   * delivered. At least 65_536. The write-ahead log beside it takes 16 MiB more, and grows while another program reads.
   *
   * @default as large as the disk allows
   */
  maxBytes?: number
  /**
   * How long to wait, in milliseconds, for another process to give the file up: a new version of your program may start
   * before the old one has ended. To close the outbox ends the wait.
   *
   * @default 10_000
   */
  ownerTimeoutMs?: number
  /**
   * How many ids of delivered events are remembered, for a day at the most, so that one that is given again is not sent
   * again.
   *
   * @default 1_000_000
   */
  rememberedIds?: number
  /**
   * Use a file on a network file system all the same. On those that grant every lock, two owners would deliver everything
   * twice and out of order, until the later one has ended the earlier one.
   *
   * @default false
   */
  allowNetworkFileSystem?: boolean
  /** Only list dead letters and count, also beside a process that owns the file. @default false */
  readOnly?: boolean
  /** Tells the time, so that a test need not wait. @default the platform's */
  clock?: Pick<Clock, 'now'>
}

const defaults = {
  maxBytes: Number.MAX_SAFE_INTEGER,
  ownerTimeoutMs: 10_000,
  rememberedIds: 1_000_000,
  allowNetworkFileSystem: false,
  readOnly: false,
}

const least: Record<string, number> = { maxBytes: 65_536, ownerTimeoutMs: 0, rememberedIds: 0 }

/**
 * An outbox in a file of SQLite's. It is opened at the first event; one process at a time owns it.
 *
 * Never open, copy or upload its files (`events.db`, `-wal`, `-shm`, `-owner`) in the program that owns them: POSIX drops
 * all locks that a program holds on a file as soon as it closes that file anywhere, and another process then takes the
 * outbox over, or its log away. Copy them from another process, by `sqlite3 events.db '.backup copy.db'`.
 *
 * @example
 * const tracker = new EventTracker({ outbox: sqliteOutbox('events.db') })
 *
 * @throws ConfigurationError for a path or an option that is impossible, and where the run time has no node:sqlite
 */
export function sqliteOutbox(path: string, options: SqliteOutboxOptions = {}): Outbox {
  assertPath(path)
  const { clock, ...given } = checked(options)
  const modules = nodeModules()
  const time = clock ? { now: () => clock.now(), elapsed: forward(clock) } : timeOf(undefined)
  return new SqliteOutbox(modules, absolute(modules, path), { ...defaults, ...given }, time)
}

/**
 * Looks into an outbox in a file, also beside the process that owns it: who waits, for how long, and whether a tracker
 * has it open. It changes nothing.
 *
 * @param options.limit how many customers are listed; 100 where it is left out
 * @throws (as the promise's rejection) OutboxError that says why it cannot be read; ConfigurationError as `sqliteOutbox`
 * @example
 * const { pending, dead, isOwned, waiting } = await readOutbox('events.db')
 */
export async function readOutbox(path: string, { limit = 100 }: { limit?: number } = {}): Promise<OutboxContents> {
  assertPath(path)
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new ConfigurationError('readOutbox: limit must be an integer of at least 0')
  }
  const modules = nodeModules()
  return contentsOf(modules, new SqliteFile(modules, absolute(modules, path)), limit)
}

function assertPath(path: string): void {
  if (typeof path === 'string' && path.trim() !== '' && path !== ':memory:' && !path.includes('\0')) return
  throw new ConfigurationError("The path of an outbox must name a file, such as 'events.db'")
}

/** The process may change its directory before the first event. */
function absolute({ path: { resolve } }: NodeModules, path: string): string {
  return resolve(path)
}

/** The options that were given; an explicit undefined is the same as nothing. */
function checked(options: SqliteOutboxOptions): SqliteOutboxOptions {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError('The options of sqliteOutbox must be an object, such as { maxBytes: 1_000_000_000 }')
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const problem = problemOf(name, value)
    if (problem) throw new ConfigurationError(`sqliteOutbox: ${name} ${problem}`)
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
