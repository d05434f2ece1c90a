/** An outbox in a file: events survive the process. */
import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '../../errors/errors.ts'
import type { Outbox, WaitingCustomer } from '../outbox.ts'
import { DeadLetters } from './dead-letters.ts'
import { outboxError } from './errors.ts'
import { openForReading, ownerPathOf } from './file.ts'
import { isOwned } from './file-lock.ts'
import { type NodeModules, nodeModules } from './node-modules.ts'
import { assertPath, givenFile, type SqliteOutboxOptions } from './options.ts'
import { rollback } from './schema.ts'
import { SqliteOutbox, timeIn } from './sqlite-outbox.ts'
import { customerOf, WaitingLanes } from './waiting.ts'

export type { Outbox, WaitingCustomer } from '../outbox.ts'
export { drainOutbox, type OutboxTaker } from './drain.ts'
export type { SqliteOutboxOptions } from './options.ts'

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
  const file = givenFile('sqliteOutbox', path, options)
  return new SqliteOutbox(file.modules, file.path, file.settings, timeIn(file.clock))
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
  return contentsOf(modules, modules.path.resolve(path), limit)
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
