import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'
import { startTimer, stopTimer } from '../../platform/platform.ts'
import { isIoError } from './errors.ts'
import type { Fence } from './file-lock.ts'
import type { NodeModules } from './node-modules.ts'

/** The length that the log may reach before it is moved into the database: so many pages with their heads. */
const headBytes = 32
const bytesOf = (pages: number) => headBytes + pages * (24 + 4_096)
export const logBytes = bytesOf(4_000)
/** On a disk that was full, a log that grows would take the space that the database needs. */
const smallLogBytes = bytesOf(64)
/** The part of a log that is written at once. */
const pieceBytes = 1_048_576

const firstPauseMs = 20
const longestPauseMs = 2_000

/** The state of a log that was emptied, as far as it was. */
export interface Emptied {
  /** All of it is in the database. */
  readonly isMoved: boolean
  /** Nothing of it is left in its file. */
  readonly isEmpty: boolean
}

/** The trust that the disk deserves with the log. */
type Trust = 'inherited' | 'sound' | 'failed' | 'rewritten'

/**
 * The write-ahead log. A sync that fails may leave a gap in it: the system takes for written what it could not write, later
 * syncs succeed, and after a power loss whatever stands behind the gap is gone. So after an error nothing is acknowledged
 * before all of the log is in the database, and the disk has confirmed that. And before that the log is written once more:
 * if the power fails while it is moved, nothing else can complete what was moved in part.
 *
 * | state     | becomes   | when                                                                    |
 * |-----------|-----------|-------------------------------------------------------------------------|
 * | inherited | sound     | it is written once more: nothing is known of the syncs of an earlier process |
 * | any       | failed    | the disk fails, in whatever call                                        |
 * | failed    | rewritten | it is written once more                                                 |
 * | rewritten | sound     | all of it is moved into the database: from here on events are stored again |
 */
export class WriteAheadLog {
  readonly path: string
  readonly #db: DatabaseSync
  readonly #fs: NodeModules['fs']
  readonly #fence: Fence
  readonly #move: StatementSync
  readonly #empty: StatementSync
  /** The log itself, whatever its name leads to. SQLite holds no lock on it, so that it may be opened and closed. */
  readonly #file: number
  readonly #frameBytes: number
  readonly #head = new Uint8Array(4)
  #trust: Trust = 'inherited'
  #bytes = 0
  #hasGap = false

  constructor(fs: NodeModules['fs'], db: DatabaseSync, fence: Fence, path: string) {
    this.path = path
    this.#db = db
    this.#fs = fs
    this.#fence = fence
    this.#move = db.prepare('PRAGMA wal_checkpoint(PASSIVE)')
    this.#empty = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
    const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { page_size: number }
    this.#frameBytes = 24 + pageBytes
    this.#file = fs.openSync(path, 'r+')
    this.measure()
  }

  /**
   * Takes the log to be as long as it is now: only SQLite has changed it.
   *
   * @returns false where there is a gap before what was written last, which a cut leaves while SQLite is writing
   */
  measure(): boolean {
    const { size } = this.#fs.fstatSync(this.#file)
    // Where SQLite goes on writing behind a cut, the length has changed all the same; and to look costs as much again.
    if (size !== this.#bytes) {
      const frames = size > this.#bytes ? Math.floor((this.#bytes - headBytes) / this.#frameBytes) : 0
      this.#hasGap = size > 0 && this.#isBlankAt(frames > 0 ? headBytes + (frames - 1) * this.#frameBytes : 0)
    }
    this.#bytes = size
    return !this.#hasGap
  }

  /** Tells whether something of it is gone since it was measured: what stood there is only in the memory of SQLite. */
  isCut(): boolean {
    const { size } = this.#fs.fstatSync(this.#file)
    if (size === 0) return this.#bytes > 0 && !this.#isEmptiedBySqlite()
    return size < this.#bytes || this.#hasGap
  }

  /** Takes note of an error, whatever it came from. */
  doubt(thrown: unknown): void {
    if (!isIoError(thrown)) return
    this.#trust = 'failed'
    try {
      // SQLite may have cut it before it failed.
      this.measure()
    } catch {
      // It failed once more: it is told already.
    }
  }

  /** Comes before something that lasts is written. @throws where the log cannot be relied upon */
  assertSound(): void {
    if (this.#trust === 'sound') return
    this.fill()
    if (this.#trust !== 'rewritten') return
    if (!moveLog(this.#db)) {
      throw new OutboxError(
        'busy',
        `The outbox ${this.path.replace(/-wal$/, '')} is read by another program, and nothing can be stored before its log is in the database: end that program.`,
      )
    }
    this.#trust = 'sound'
    this.measure()
  }

  /** Fills the gap that it may have on the disk, before it is moved. @throws where the disk fails again */
  fill(): void {
    if (this.#trust !== 'inherited' && this.#trust !== 'failed') return
    // Another owner may write to it.
    if (!this.#fence.isRaised()) this.#rewrite()
    this.#trust = this.#trust === 'failed' ? 'rewritten' : 'sound'
  }

  /** Moves a long log into the database. SQLite would do so by itself, and not say that it failed. */
  keepShort(isTight: boolean): void {
    if (this.#bytes <= (isTight ? smallLogBytes : logBytes)) return
    try {
      this.fill()
      this.#move.get()
    } catch (thrown) {
      this.doubt(thrown)
    }
  }

  /** Moves all of it into the database and empties it, as far as others let it: they are not waited for. */
  empty(): Emptied {
    try {
      this.fill()
      const { busy, log, checkpointed } = this.#empty.get() as Record<'busy' | 'log' | 'checkpointed', number>
      this.measure()
      return { isMoved: log === checkpointed, isEmpty: busy === 0 }
    } catch (thrown) {
      this.doubt(thrown)
      return { isMoved: false, isEmpty: false }
    }
  }

  /** Makes sure that closing the connection cannot write what is in it over what others have written since. */
  discard(): void {
    this.#fs.ftruncateSync(this.#file)
  }

  close(): void {
    this.#fs.closeSync(this.#file)
  }

  #rewrite(): void {
    const piece = new Uint8Array(pieceBytes)
    for (
      let at = 0, length: number;
      (length = this.#fs.readSync(this.#file, piece, 0, pieceBytes, at)) > 0;
      at += length
    )
      this.#fs.writeSync(this.#file, piece, 0, length, at)
    this.#fs.fsyncSync(this.#file)
  }

  /** Tells whether nothing was written at the beginning of the log, or of one of its frames: that is never zero. */
  #isBlankAt(place: number): boolean {
    this.#fs.readSync(this.#file, this.#head, 0, this.#head.length, place)
    return this.#head.every((byte) => byte === 0)
  }

  /** Tells whether SQLite, of this process or another, has itself emptied it. */
  #isEmptiedBySqlite(): boolean {
    try {
      return (this.#move.get() as { log: number }).log === 0
    } catch {
      return false
    }
  }
}

/** Moves all that the log holds into the database, and waits for the disk. @returns whether that was possible */
export function moveLog(db: DatabaseSync): boolean {
  const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
  return busy === 0
}

/** Empties the log, in which what was erased still stands, as soon as those who read the file allow it. */
export class LogErasure {
  readonly #empty: () => Emptied
  #timer: unknown

  /** @param empty empties it as far as that is possible now */
  constructor(empty: () => Emptied) {
    this.#empty = empty
  }

  start(): void {
    this.stop()
    this.#try(firstPauseMs)
  }

  stop(): void {
    if (this.#timer !== undefined) stopTimer(this.#timer)
  }

  #try(pauseMs: number): void {
    if (this.#empty().isEmpty) return
    this.#timer = startTimer(() => this.#try(Math.min(2 * pauseMs, longestPauseMs)), pauseMs)
    // An idle tracker holds no process. The next owner goes on with it.
    ;(this.#timer as { unref?: () => void }).unref?.()
  }
}
