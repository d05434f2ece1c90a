import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'
import { isIoError } from './errors.ts'
import { checkpoint } from './rescue.ts'

/** The length that the log may reach before it is moved into the database: so many pages with their heads. */
const bytesOf = (pages: number) => 32 + pages * (24 + 4_096)
export const logBytes = bytesOf(4_000)
/** On a disk that was full, a log that grows would take the room that the database needs. */
const smallLogBytes = bytesOf(64)

interface LogFile {
  readonly path: string
  measureLog(): void
  rewriteLog(): void
}

/**
 * The write-ahead log. A sync that fails may leave a gap in it: the system takes for written what it could not write, later
 * syncs succeed, and after a power loss whatever stands behind the gap is gone. So after an error nothing is acknowledged
 * before all of the log is in the database, and the disk has confirmed that. And before that the log is written once more:
 * if the power fails while it is moved, nothing else can complete what was moved in part.
 */
export class SqliteLog {
  readonly #db: DatabaseSync
  readonly #file: LogFile
  readonly #move: StatementSync
  /** Tells whether the disk failed since all of it was in the database. */
  #isDoubtful = false
  /** Tells whether the disk may lack some of what the system has of it: nothing is known of an earlier process. */
  #mayHaveGap = true

  constructor(db: DatabaseSync, file: LogFile) {
    this.#db = db
    this.#file = file
    this.#move = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  }

  /** Takes note of an error, whatever it came from. */
  doubt(thrown: unknown): void {
    if (!isIoError(thrown)) return
    this.#isDoubtful = true
    this.#mayHaveGap = true
    // SQLite may have cut it before it failed.
    this.#file.measureLog()
  }

  /** Before something that lasts is written. @throws where the log cannot be relied upon */
  assertSound(): void {
    this.fill()
    if (!this.#isDoubtful) return
    if (!checkpoint(this.#db)) {
      throw new OutboxError(
        'busy',
        `The outbox ${this.#file.path} is read by another program, and nothing can be stored before its log is in the database: end that program.`,
      )
    }
    this.#isDoubtful = false
    this.#file.measureLog()
  }

  /** Before it is moved into the database: fills the gap that it may have on the disk. @throws where the disk fails again */
  fill(): void {
    if (!this.#mayHaveGap) return
    this.#file.rewriteLog()
    this.#mayHaveGap = false
  }

  /** Moves a long log into the database. SQLite would do so by itself, and not say that it failed. */
  keepShort(bytes: number, isTight: boolean): void {
    if (bytes <= (isTight ? smallLogBytes : logBytes)) return
    try {
      this.fill()
      this.#move.get()
    } catch (thrown) {
      this.doubt(thrown)
    }
  }
}
