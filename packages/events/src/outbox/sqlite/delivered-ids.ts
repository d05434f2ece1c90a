import type { Key, OutboxEntry } from '../../event/event.ts'
import type { DatabaseSync } from 'node:sqlite'
import { fingerprintOf } from '../fingerprint.ts'

/** The end of the time for which an id is remembered; a version that noted none gave each a day. */
const end = `coalesce(until, delivered + ${24 * 3_600_000})`
/** A clock that shows less, as where a machine has just started, was never set. */
const earliest = Date.UTC(2020, 0)
/** The number of ids that go at once where there is no space. */
const mostDropped = 2_000

/** An id that was delivered, and the fingerprint of its data. */
export interface DeliveredId extends Key {
  readonly fingerprint: number
}

export function deliveredIdOf(entry: OutboxEntry): DeliveredId {
  const { customerId, id, environment = 'test' } = entry
  return { customerId, id, environment, fingerprint: fingerprintOf(entry) }
}

/**
 * The ids that were delivered, so that one that is given again is not sent again: for a time, and only the newest ones. Of
 * its data a fingerprint is kept, since the same id with other data is another event.
 */
export class DeliveredIds {
  readonly #most: number
  readonly #rememberMs: number
  readonly #sql: ReturnType<typeof prepare>
  #added = 0
  #newest = 0
  /** The number of the last one that was looked at behind those that stay for longer. */
  #looked = 0

  constructor(db: DatabaseSync, most: number, rememberMs: number) {
    this.#most = most
    this.#rememberMs = rememberMs
    this.#sql = prepare(db)
  }

  /** Begins a transaction: what one adds that is taken back is not counted. */
  begin(): void {
    this.#added = 0
  }

  /** @returns whether an entry's id was delivered with its data, with others, or (undefined) not at all */
  fateOf(entry: OutboxEntry, now: number): 'done' | 'taken' | undefined {
    const found = this.#find(entry, now)
    if (found === undefined) return undefined
    if (found.fingerprint !== null && found.fingerprint !== fingerprintOf(entry)) return 'taken'
    // Of those who have given an id, the one who wants it to be remembered the longest decides.
    const until = found.delivered + this.#rememberMs
    if (until > found.until) this.#sql.extend.run(until, found.number)
    return 'done'
  }

  has(entry: OutboxEntry, now: number): boolean {
    return this.#find(entry, now) !== undefined
  }

  add({ customerId, id, environment = 'test', fingerprint }: DeliveredId, now: number): void {
    if (this.#most === 0) return
    const until = now + this.#rememberMs
    this.#newest = Number(this.#sql.add.run(customerId, id, environment, now, fingerprint, until).lastInsertRowid)
    this.#added++
  }

  /** A clock that was ahead when they were added must not make them stay for longer. */
  shorten(now: number): void {
    if (now < earliest) return
    const newest = this.#sql.newest.get() as { delivered: number } | undefined
    if (newest && newest.delivered > now) this.#sql.shorten.run({ now })
  }

  forget(customerId: string): void {
    this.#sql.forget.run(customerId)
  }

  /** Drops what is too old, or too much: faster than it comes, and a little at a time. */
  prune(now: number): void {
    if (this.#added === 0) return
    const most = 2 * this.#added + 8
    const { changes } = this.#sql.prune.run(most, this.#newest - this.#most, now)
    if (changes === 0) this.#pruneBehind(most, now)
  }

  /** Looks at those behind old ones that stay for longer: some at a time, round and round. */
  #pruneBehind(most: number, now: number): void {
    const { last, ids } = this.#sql.look.get(this.#looked, most) as { last: number; ids: number }
    this.#sql.pruneBehind.run(this.#looked, last, now)
    this.#looked = ids < most ? 0 : last
  }

  /** Drops the oldest ones, which make space for what has to be delivered; of few, only the older half: they free little. */
  makeRoom(): void {
    this.#sql.makeRoom.run(mostDropped)
  }

  #find({ customerId, id, environment = 'test' }: OutboxEntry, now: number): Found | undefined {
    return this.#sql.find.get(customerId, id, environment, now) as Found | undefined
  }
}

interface Found {
  number: number
  delivered: number
  until: number
  /** Missing where a version remembered the id that took none. */
  fingerprint: number | null
}

function prepare(db: DatabaseSync) {
  return {
    find: db.prepare(
      `SELECT number, delivered, ${end} AS until, fingerprint FROM seen
       WHERE customer = ? AND id = ? AND environment = ? AND ${end} >= ?`,
    ),
    extend: db.prepare('UPDATE seen SET until = ? WHERE number = ?'),
    // One that is delivered once more is the newest.
    add: db.prepare(
      'INSERT OR REPLACE INTO seen (customer, id, environment, delivered, fingerprint, until) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    newest: db.prepare('SELECT delivered FROM seen ORDER BY number DESC LIMIT 1'),
    shorten: db.prepare('UPDATE seen SET delivered = $now, until = until - delivered + $now WHERE delivered > $now'),
    forget: db.prepare('DELETE FROM seen WHERE customer = ?'),
    prune: db.prepare(
      `DELETE FROM seen WHERE number IN (
         SELECT number FROM (SELECT number, ${end} AS until FROM seen ORDER BY number LIMIT ?)
         WHERE number <= ? OR until < ?)`,
    ),
    look: db.prepare(
      'SELECT coalesce(max(number), 0) AS last, count(*) AS ids FROM (SELECT number FROM seen WHERE number > ? ORDER BY number LIMIT ?)',
    ),
    pruneBehind: db.prepare(`DELETE FROM seen WHERE number > ? AND number <= ? AND ${end} < ?`),
    makeRoom: db.prepare(
      `DELETE FROM seen WHERE number < (SELECT min(number) FROM seen)
         + min(?, ((SELECT max(number) FROM seen) - (SELECT min(number) FROM seen)) / 2)`,
    ),
  }
}
