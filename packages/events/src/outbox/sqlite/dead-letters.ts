import type { OutboxEntry } from '../../event/event.ts'
import type { DatabaseSync } from 'node:sqlite'
import type { DeadLetter, DeadLetterInfo, DeathReason } from '../outbox.ts'
import { entryColumns, entryOf, type EntryRow, valuesOf } from './entry-row.ts'

interface DeadRow extends EntryRow {
  number: number
  died: number
  reason: string
  attempts: number
  status: number | null
  detail: string | null
}

/** The entries that were given up. */
export class DeadLetters {
  readonly #sql: ReturnType<typeof prepare>

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db)
  }

  add(entry: OutboxEntry, { reason, attempts, status, detail }: DeadLetterInfo, now: number): void {
    this.#sql.add.run(...valuesOf(entry), now, reason, attempts, status ?? null, detail ?? null)
  }

  list(limit: number, afterId?: string): DeadLetter[] {
    const rows = this.#sql.list.all(numberOf(afterId ?? '0'), limit) as unknown as DeadRow[]
    return rows.map((row) => letterOf(row))
  }

  entryOf(letterId: string): OutboxEntry | undefined {
    const row = this.#sql.find.get(numberOf(letterId)) as DeadRow | undefined
    return row && entryOf(row)
  }

  delete(letterId: string): void {
    this.#sql.delete.run(numberOf(letterId))
  }

  forget(customerId: string): number {
    return Number(this.#sql.forget.run(customerId).changes)
  }

  count(): number {
    return (this.#sql.count.get() as { dead: number }).dead
  }
}

/** One that no letter has, where the text is none of our ids. */
function numberOf(letterId: string): number {
  return /^\d{1,15}$/.test(letterId) ? Number(letterId) : -1
}

function letterOf(row: DeadRow): DeadLetter {
  const { number, died, reason, attempts, status, detail } = row
  return {
    id: String(number),
    entry: entryOf(row),
    diedAt: died,
    reason: reason as DeathReason,
    attempts,
    ...(status !== null && { status }),
    ...(detail !== null && { detail }),
  }
}

function prepare(db: DatabaseSync) {
  return {
    add: db.prepare(
      `INSERT INTO dead (${entryColumns}, died, reason, attempts, status, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    list: db.prepare('SELECT * FROM dead WHERE number > ? ORDER BY number LIMIT ?'),
    find: db.prepare('SELECT * FROM dead WHERE number = ?'),
    delete: db.prepare('DELETE FROM dead WHERE number = ?'),
    forget: db.prepare('DELETE FROM dead WHERE customer = ?'),
    count: db.prepare('SELECT count(*) AS dead FROM dead'),
  }
}
