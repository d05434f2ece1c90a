import type { DatabaseSync } from 'node:sqlite'
import type { Environment } from '../../event/event.ts'
import type { WaitingCustomer } from '../outbox.ts'

/** A lane as the file has it. */
export interface WaitingRow {
  readonly customerId: string
  readonly environment: Environment
  readonly pending: number
  readonly oldestAt: number
  readonly attempts: number
  readonly head: number
  /** The moment from which its head may be attempted, by the time of the file's owner. */
  readonly due: number
}

/** The number of events among which the heads of so many lanes are looked for first. */
const walkOf = (limit: number): number => Math.max(1_000, 4 * limit)

/** Lists the lanes whose oldest events are the oldest. The numbers of events grow, so that these are the smallest heads. */
export class WaitingLanes {
  readonly #walk
  readonly #scan

  constructor(db: DatabaseSync) {
    const columns =
      'lane.customer AS customerId, environment, length AS pending, accepted AS oldestAt, attempts, head, due'
    this.#walk = db.prepare(
      `SELECT ${columns} FROM (SELECT * FROM event ORDER BY seq LIMIT ?) AS event
       JOIN lane ON lane.customer = event.customer AND head = seq ORDER BY seq LIMIT ?`,
    )
    this.#scan = db.prepare(
      `SELECT ${columns} FROM (SELECT * FROM lane ORDER BY head LIMIT ?) AS lane JOIN event ON seq = head ORDER BY head`,
    )
  }

  list(limit: number): WaitingRow[] {
    // Most often the oldest events are of as many customers, and then a file of any size is read as quickly.
    const found = this.#walk.all(walkOf(limit), limit)
    const rows = found.length < limit ? this.#scan.all(limit) : found
    return rows as unknown as WaitingRow[]
  }
}

/** Puts a lane as it is told: with the milliseconds until it is due. */
export function customerOf(row: WaitingRow, now: number): WaitingCustomer {
  const { customerId, environment, pending, oldestAt, attempts, due } = row
  return { customerId, environment, pending, oldestAt, attempts, dueInMs: Math.max(0, due - now) }
}
