import type { DatabaseSync } from 'node:sqlite'
import type { Entry } from './event.ts'
import type { Key } from './owed-ids.ts'
import { entryColumns, entryOf, type EntryRow, valuesOf } from './sqlite-entry.ts'

/** SQLite's own code for a file that contradicts itself. */
const corrupt = 11

/** The events, each with a link to the next one of its customer. */
export class SqliteChains {
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

  /** @returns its number, or undefined where an event of this customer, environment and id is there */
  add(entry: Entry, now: number): number | undefined {
    const seq = this.#last + 1
    if (this.#sql.add.run(seq, ...valuesOf(entry), now).changes === 0) return undefined
    this.#last = seq
    return seq
  }

  link(seq: number, next: number): void {
    this.#sql.link.run(seq, next)
  }

  /** An event, and for how long this owner has stored it. */
  read(seq: number, now: number): { entry: Entry; storedForMs: number | undefined } {
    const row = this.#sql.read.get(seq) as (EntryRow & { stored: number }) | undefined
    if (row === undefined) throw Object.assign(new Error(`Event number ${seq} is missing`), { errcode: corrupt })
    return { entry: entryOf(row), storedForMs: seq > this.#found ? now - row.stored : undefined }
  }

  /** Takes out the head of a chain. @returns the new one, if any */
  takeHead(seq: number): number | undefined {
    this.#sql.take.run(seq)
    return (this.#sql.unlink.get(seq) as { next: number } | undefined)?.next
  }

  takeAll(head: number): void {
    for (let next: number | undefined = head; next !== undefined;) next = this.takeHead(next)
  }

  /** Takes out an event that is not the head. @returns whether it was the tail */
  take(seq: number, before: number): boolean {
    this.#sql.unlink.get(before)
    const next = this.takeHead(seq)
    if (next !== undefined) this.link(before, next)
    return next === undefined
  }

  /** The number of an event in the chain, and of the one before it, which costs a look at each. */
  find(head: number, { id, environment = 'test' }: Key): { seq: number; before: number } | undefined {
    return this.#sql.find.get(head, id, environment) as { seq: number; before: number } | undefined
  }
}

function prepare(db: DatabaseSync) {
  return {
    last: db.prepare('SELECT coalesce(max(seq), 0) AS seq FROM event'),
    add: db.prepare(
      `INSERT INTO event (seq, ${entryColumns}, stored) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (customer, id, environment) WHERE minted = 0 DO NOTHING`,
    ),
    link: db.prepare('INSERT INTO link (seq, next) VALUES (?, ?)'),
    unlink: db.prepare('DELETE FROM link WHERE seq = ? RETURNING next'),
    read: db.prepare(`SELECT ${entryColumns}, stored FROM event WHERE seq = ?`),
    take: db.prepare('DELETE FROM event WHERE seq = ?'),
    find: db.prepare(
      `WITH RECURSIVE chain (seq, before) AS (
         VALUES (?, 0) UNION ALL SELECT link.next, chain.seq FROM chain JOIN link USING (seq))
       SELECT seq, before FROM chain JOIN event USING (seq) 
       WHERE event.id = ? AND event.environment = ? LIMIT 1`,
    ),
  }
}
