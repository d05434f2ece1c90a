import type { Key } from '../../event/event.ts'
import type { DatabaseSync } from 'node:sqlite'

const dayMs = 24 * 3_600_000
/** The number of ids that go at once where there is no space. */
const mostDropped = 2_000

/** The ids that were delivered, so that one that is given again is not sent again: for a day, and only the newest ones. */
export class DeliveredIds {
  readonly #most: number
  readonly #sql: ReturnType<typeof prepare>
  #added = 0
  #newest = 0

  constructor(db: DatabaseSync, most: number) {
    this.#most = most
    this.#sql = prepare(db)
  }

  /** Begins a transaction: what one adds that is taken back is not counted. */
  begin(): void {
    this.#added = 0
  }

  has({ customerId, id, environment = 'test' }: Key, now: number): boolean {
    return this.#sql.has.get(customerId, id, environment, now - dayMs) !== undefined
  }

  add({ customerId, id, environment = 'test' }: Key, now: number): void {
    if (this.#most === 0) return
    this.#newest = Number(this.#sql.add.run(customerId, id, environment, now).lastInsertRowid)
    this.#added++
  }

  /** A clock that was ahead when they were added must not make them stay for longer. */
  shorten(now: number): void {
    const newest = this.#sql.newest.get() as { delivered: number } | undefined
    if (newest && newest.delivered > now) this.#sql.shorten.run({ now })
  }

  forget(customerId: string): void {
    this.#sql.forget.run(customerId)
  }

  /** Drops what is too old, or too much: faster than it comes, and a little at a time. */
  prune(now: number): void {
    if (this.#added === 0) return
    this.#sql.prune.run(2 * this.#added + 8, this.#newest - this.#most, now - dayMs)
  }

  /** Drops the oldest ones, which make space for what has to be delivered; of few, only the older half: they free little. */
  makeRoom(): void {
    this.#sql.makeRoom.run(mostDropped)
  }
}

function prepare(db: DatabaseSync) {
  return {
    has: db.prepare('SELECT 1 FROM seen WHERE customer = ? AND id = ? AND environment = ? AND delivered >= ?'),
    // One that is delivered once more is the newest.
    add: db.prepare('INSERT OR REPLACE INTO seen (customer, id, environment, delivered) VALUES (?, ?, ?, ?)'),
    newest: db.prepare('SELECT delivered FROM seen ORDER BY number DESC LIMIT 1'),
    shorten: db.prepare('UPDATE seen SET delivered = $now WHERE delivered > $now'),
    forget: db.prepare('DELETE FROM seen WHERE customer = ?'),
    prune: db.prepare(
      `DELETE FROM seen WHERE number IN (
         SELECT number FROM (SELECT number, delivered FROM seen ORDER BY number LIMIT ?)
         WHERE number <= ? OR delivered < ?)`,
    ),
    makeRoom: db.prepare(
      `DELETE FROM seen WHERE number < (SELECT min(number) FROM seen)
         + min(?, ((SELECT max(number) FROM seen) - (SELECT min(number) FROM seen)) / 2)`,
    ),
  }
}
