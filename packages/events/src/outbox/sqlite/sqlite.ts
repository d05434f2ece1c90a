/** An outbox in a file: events survive the process. */
import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../../errors/errors.ts'
import { timeOf, type Clock } from '../../platform/clock.ts'
import { forward } from '../../platform/platform.ts'
import type { Outbox, WaitingCustomer } from '../outbox.ts'
import { DeadLetters } from './dead-letters.ts'
import { outboxError } from './errors.ts'
import { openForReading, ownerPathOf } from './file.ts'
import { isOwned } from './file-lock.ts'
import { type NodeModules, nodeModules } from './node-modules.ts'
import { rollback } from './schema.ts'
import { SqliteOutbox } from './sqlite-outbox.ts'
import { customerOf, WaitingLanes } from './waiting.ts'

export type { Outbox, WaitingCustomer } from '../outbox.ts'

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
   * The number of ids of delivered events that are remembered, for a day at the most, so that one that is given again is
   * not sent again. Where there is no space for a new event otherwise, the oldest of them go.
   *
   * @default 1_000_000
   */
  rememberedIds?: number | undefined
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

/** The contents of an outbox, for the person who looks after it. */
export interface OutboxContents {
  /** True while a tracker has it open, here or in another process. */
  readonly isOwned: boolean
  readonly pending: number
  readonly dead: number
  /** The number of customers with pending events. */
  readonly customers: number
  /** Those of them that wait longest. */
  readonly waiting: readonly WaitingCustomer[]
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
  const time = clock ? { now: () => clock.now(), elapsed: forward(() => clock.now()) } : timeOf(undefined)
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
  return contentsOf(modules, absolute(modules, path), limit)
}

/** Reads all of one moment. The file is not changed, nor kept from its owner. */
function contentsOf(modules: NodeModules, path: string, limit: number): OutboxContents {
  try {
    const { db } = openForReading(modules, path)
    try {
      db.exec('BEGIN')
      const dead = new DeadLetters(db).count()
      return {
        isOwned: isOwned(modules, ownerPathOf(modules, path)),
        ...totalsOf(db),
        dead,
        waiting: waitingIn(db, limit),
      }
    } finally {
      rollback(db)
      db.close()
    }
  } catch (thrown) {
    throw outboxError(thrown, path, modules)
  }
}

function totalsOf(db: DatabaseSync) {
  const totals = db.prepare('SELECT count(*) AS customers, coalesce(sum(length), 0) AS pending FROM lane').get()
  return totals as { customers: number; pending: number }
}

/** The moments of the file are those of its owner's clock, which may differ from ours. */
function waitingIn(db: DatabaseSync, limit: number): WaitingCustomer[] {
  const now = Date.now()
  return new WaitingLanes(db).list(limit).map((row) => customerOf(row, now))
}

function assertPath(path: string): void {
  if (typeof path === 'string' && path.trim() !== '' && path !== ':memory:' && !/^file:|\0/i.test(path)) return
  throw new ConfigurationError("The path of an outbox must name a file, such as 'events.db'")
}

/** The process may change its directory before the first event. */
function absolute({ path: { resolve } }: NodeModules, path: string): string {
  return resolve(path)
}

type GivenOptions = { [K in keyof SqliteOutboxOptions]: Exclude<SqliteOutboxOptions[K], undefined> }

/** The options that were given; an explicit undefined is the same as nothing. */
function checked(options: SqliteOutboxOptions): GivenOptions {
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
