import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OutboxError } from './errors.ts'
import { isIoError } from './sqlite-problems.ts'
import { checkpoint } from './sqlite-rescue.ts'

/** How long the log may become before it is moved into the database: so many pages with their heads. */
const bytesOf = (pages: number) => 32 + pages * (24 + 4_096)
export const logBytes = bytesOf(4_000)
/** On a disk that was full, a log that grows would take the room that the database needs. */
const smallLogBytes = bytesOf(64)

/**
 * The write-ahead log. A sync that fails may leave a gap in it: the system takes for written what it could not write, later
 * syncs succeed, and after a power loss whatever stands behind the gap is gone. So after an error nothing is acknowledged
 * before all of the log is in the database, and the disk has confirmed that.
 */
export class SqliteLog {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #measure: () => void
  readonly #move: StatementSync
  /** Of what an earlier process met, nothing is known. */
  #isDoubtful = true

  /** @param measure is called where the log may have become shorter, and nothing else will tell */
  constructor(db: DatabaseSync, path: string, measure: () => void) {
    this.#db = db
    this.#path = path
    this.#measure = measure
    this.#move = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  }

  /** Takes note of an error, whatever it came from. */
  doubt(thrown: unknown): void {
    if (!isIoError(thrown)) return
    this.#isDoubtful = true
    // SQLite may have cut it before it failed.
    this.#measure()
  }

  /** Before something that lasts is written. @throws where the log cannot be relied upon */
  assertSound(): void {
    if (!this.#isDoubtful) return
    if (!checkpoint(this.#db)) {
      throw new OutboxError(
        'busy',
        `The outbox ${this.#path} is read by another program, and nothing can be stored before its log is in the database: end that program.`,
      )
    }
    this.#isDoubtful = false
    this.#measure()
  }

  /** Moves a long log into the database. SQLite would do so by itself, and not say that it failed. */
  keepShort(bytes: number, isTight: boolean): void {
    if (bytes <= (isTight ? smallLogBytes : logBytes)) return
    try {
      this.#move.get()
    } catch (thrown) {
      this.doubt(thrown)
    }
  }
}
