import type { DatabaseSync } from 'node:sqlite'
import type { OutboxEntry, Environment, Key, Operation } from '../../event/event.ts'

/** SQLite's own code for a file that contradicts itself. */
const corrupt = 11

/** The columns that an entry fills, pending or dead. */
export const entryColumns = 'customer, id, minted, operation, body, accepted, environment'

export interface EntryRow {
  customer: string
  id: string
  minted: number
  operation: string
  body: string
  accepted: number
  environment: string
}

/** In the order of the columns. */
export function valuesOf({
  customerId,
  id,
  hasMintedId = false,
  operation,
  body,
  acceptedAt,
  environment = 'test',
}: OutboxEntry) {
  return [customerId, id, Number(hasMintedId), operation, body, acceptedAt, environment] as const
}

export function entryOf({ id, customer, minted, operation, body, accepted, environment }: EntryRow): OutboxEntry {
  const entry = {
    id,
    customerId: customer,
    operation: operation as Operation,
    body,
    acceptedAt: accepted,
    environment: environment as Environment,
  }
  return minted ? { ...entry, hasMintedId: true } : entry
}

/** The rows of pending entries, each with a link to the next one of its customer. */
export class EntryRows {
  readonly #sql: ReturnType<typeof prepare>
  /** The last number that an earlier process gave. */
  readonly #found: number
  /** Never given twice, not even where an event has left in the meantime: what comes later has a higher one. */
  #last: number

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db)
    this.#found = (this.#sql.last.get() as { seq: number }).seq
    this.#last = this.#found
  }

  /** @returns its number, or undefined where an entry of this customer, environment and id is there */
  add(entry: OutboxEntry, now: number): number | undefined {
    const { customerId, id, hasMintedId, operation, body, acceptedAt, environment = 'test' } = entry
    const seq = this.#last + 1
    const minted = hasMintedId ? 1 : 0
    const { changes } = this.#sql.add.run(seq, customerId, id, minted, operation, body, acceptedAt, environment, now)
    if (changes === 0) return undefined
    this.#last = seq
    return seq
  }

  /** Tells whether the entry that is there under its id is the same. */
  has({ customerId, id, operation, body, environment = 'test' }: OutboxEntry): boolean {
    return this.#sql.has.get(customerId, id, environment, operation, body) !== undefined
  }

  /** Puts an entry behind the tail of a lane, which it is not part of yet. @returns false where there is no such lane */
  linkToTail(customerId: string, seq: number): boolean {
    return this.#sql.linkToTail.run(seq, customerId).changes > 0
  }

  read(seq: number, now: number): StoredEntry {
    const row = this.#sql.read.get(seq) as PendingRow | undefined
    if (row === undefined) throw damaged(`Event number ${seq} is missing`)
    return { seq, entry: entryOf(row), storedForMs: this.#storedForMs(seq, row, now) }
  }

  /** Reads the head of a lane, in one look with how often it was tried and refused. */
  readHead(customerId: string, now: number): StoredEntry & { attempts: number; refusals: number } {
    const row = this.#sql.readHead.get(customerId) as HeadRow | undefined
    if (row === undefined) throw damaged('A lane is in the line, and not in its table')
    const { head: seq, attempts, refusals } = row
    if (row.id === null) throw damaged(`Event number ${seq} is missing`)
    return { seq, entry: entryOf(row), storedForMs: this.#storedForMs(seq, row, now), attempts, refusals }
  }

  /** Reads entries of all customers, in the order in which they came, after the one of a number. */
  list(limit: number, afterSeq: number): ListedEntry[] {
    const rows = this.#sql.list.all(afterSeq, limit) as unknown as (EntryRow & { seq: number })[]
    return rows.map((row) => ({ seq: row.seq, entry: entryOf(row) }))
  }

  /** The number of the entry behind another, if any. */
  next(seq: number): number | undefined {
    return (this.#sql.next.get(seq) as { next: number } | undefined)?.next
  }

  /** Takes out the head of a chain. @returns the new one, if any */
  takeHead(seq: number): number | undefined {
    this.#sql.take.run(seq)
    return (this.#sql.unlink.get(seq) as { next: number } | undefined)?.next
  }

  takeAll(head: number): void {
    for (let next: number | undefined = head; next !== undefined;) next = this.takeHead(next)
  }

  /** Takes out an entry that is not the head. @returns whether it was the tail */
  take(seq: number, before: number): boolean {
    this.#sql.unlink.get(before)
    const next = this.takeHead(seq)
    if (next !== undefined) this.#sql.link.run(before, next)
    return next === undefined
  }

  /**
   * Finds the number of an entry in the chain of a lane, and of the one before it, which costs a look at each.
   *
   * @throws where the chain is longer than the lane says: a damaged one may go round
   */
  find(lane: { head: number; length: number }, { id, environment = 'test' }: Key): Found | undefined {
    const { head, length } = lane
    const found = this.#sql.find.get(head, length, id, environment, length) as (Found & { place: number }) | undefined
    if (found && found.place > length) throw damaged(`The lane of event number ${head} goes on where it should end`)
    return found
  }

  #storedForMs(seq: number, { stored }: PendingRow, now: number): number | undefined {
    return seq > this.#found ? now - stored : undefined
  }
}

/** A pending entry and its number in the file. */
export interface ListedEntry {
  readonly seq: number
  readonly entry: OutboxEntry
}

/** A pending entry, with what the file knows of it. */
export interface StoredEntry extends ListedEntry {
  /** For how long this owner has stored it, where this one did. */
  readonly storedForMs: number | undefined
}

interface PendingRow extends EntryRow {
  stored: number
}

interface HeadRow extends PendingRow {
  head: number
  attempts: number
  refusals: number
}

/** The place of an entry in its chain. */
interface Found {
  readonly seq: number
  readonly before: number
}

function damaged(what: string): Error {
  return Object.assign(new Error(what), { errcode: corrupt })
}

function prepare(db: DatabaseSync) {
  return {
    last: db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM event'),
    add: db.prepare(
      `INSERT INTO event (seq, ${entryColumns}, stored) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (customer, id, environment) WHERE minted = 0 DO NOTHING`,
    ),
    has: db.prepare(
      `SELECT 1 FROM event
       WHERE customer = ? AND id = ? AND environment = ? AND minted = 0 AND operation = ? AND body = ?`,
    ),
    link: db.prepare('INSERT INTO link (seq, next) VALUES (?, ?)'),
    linkToTail: db.prepare('INSERT INTO link (seq, next) SELECT tail, ? FROM lane WHERE customer = ?'),
    unlink: db.prepare('DELETE FROM link WHERE seq = ? RETURNING next'),
    list: db.prepare(`SELECT seq, ${entryColumns} FROM event WHERE seq > ? ORDER BY seq LIMIT ?`),
    next: db.prepare('SELECT next FROM link WHERE seq = ?'),
    read: db.prepare(`SELECT ${entryColumns}, stored FROM event WHERE seq = ?`),
    readHead: db.prepare(
      `SELECT head, attempts, refusals, ${entryColumns}, stored
       FROM (SELECT head, attempts, refusals FROM lane WHERE customer = ?) LEFT JOIN event ON seq = head`,
    ),
    take: db.prepare('DELETE FROM event WHERE seq = ?'),
    find: db.prepare(
      `WITH RECURSIVE chain (seq, before, place) AS (
         VALUES (?, 0, 1) UNION ALL
         SELECT link.next, chain.seq, place + 1 FROM chain JOIN link USING (seq) WHERE place <= ?)
       SELECT seq, before, place FROM chain LEFT JOIN event USING (seq)
       WHERE (event.id = ? AND event.environment = ?) OR place > ? LIMIT 1`,
    ),
  }
}
