import type { DatabaseSync } from 'node:sqlite'
import { SqliteDeadLetters } from './dead-letters.ts'
import type { SqliteFile } from './file.ts'
import type { NodeModules } from './node-modules.ts'
import { isOwned } from './file-lock.ts'
import { rollback } from './schema.ts'

/** A customer with pending events. */
export interface WaitingCustomer {
  readonly customerId: string
  readonly pending: number
  /** When the oldest of them was accepted: time of day, in milliseconds. */
  readonly oldestAt: number
  /** Attempts that were made for it. */
  readonly attempts: number
}

/** What is in an outbox, for whoever looks after it. */
export interface OutboxContents {
  /** Whether a tracker has it open, here or in another process. */
  readonly isOwned: boolean
  readonly pending: number
  readonly dead: number
  /** How many customers have pending events. */
  readonly customers: number
  /** Those of them that wait longest. */
  readonly waiting: readonly WaitingCustomer[]
}

/** All of one moment. The file is not changed, nor kept from its owner. */
export function contentsOf(modules: NodeModules, file: SqliteFile, limit: number): OutboxContents {
  try {
    const db = file.openForReading()
    try {
      db.exec('BEGIN')
      const dead = new SqliteDeadLetters(db).count()
      return { isOwned: isOwned(modules, file.ownerPath), ...totalsOf(db), dead, waiting: waitingIn(db, limit) }
    } finally {
      rollback(db)
      db.close()
    }
  } catch (thrown) {
    throw file.errorOf(thrown)
  }
}

function totalsOf(db: DatabaseSync) {
  const totals = db.prepare('SELECT count(*) AS customers, coalesce(sum(length), 0) AS pending FROM lane').get()
  return totals as { customers: number; pending: number }
}

/** The numbers of events grow, so that the lane with the smallest head has the oldest event. */
function waitingIn(db: DatabaseSync, limit: number): WaitingCustomer[] {
  const sql = db.prepare(
    `SELECT lane.customer AS customerId, length AS pending, accepted AS oldestAt, attempts
     FROM (SELECT * FROM lane ORDER BY head LIMIT ?) AS lane JOIN event ON event.seq = lane.head ORDER BY head`,
  )
  const rows = sql.all(limit) as unknown as WaitingCustomer[]
  return rows.map(({ customerId, pending, oldestAt, attempts }) => ({ customerId, pending, oldestAt, attempts }))
}
