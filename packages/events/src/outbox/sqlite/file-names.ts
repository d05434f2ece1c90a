import type { DatabaseSync } from 'node:sqlite'
import type { NodeModules } from './node-modules.ts'

type FileSystem = NodeModules['fs']

/** A loss of an owner: a file that is no longer what it opened, or, with all files in place, its ownership. */
export interface Loss {
  readonly what: 'database' | 'log' | 'index' | 'owner' | 'ownership'
  readonly path: string
  /** Tells whether part of the log is gone: what stood there is only in the memory of SQLite. */
  readonly isCut?: true
}

interface Part extends Loss {
  /** Undefined where it had no name when it was opened. */
  readonly opened: Found | undefined
}

/** The part of a log that is written at once. */
const pieceBytes = 1_048_576

type Found = Pick<import('node:fs').Stats, 'dev' | 'ino' | 'size'>

/**
 * The names that lead to an open outbox's files. What is written to a file that has lost its name is gone with the
 * process, and SQLite does not look: it keeps the files open.
 */
export class SqliteNames {
  readonly path: string
  readonly #fs: FileSystem
  readonly #database: Part
  readonly #log: Part
  /** Files whose loss costs nothing at once, though two owners then no longer see each other. */
  readonly #others: readonly Part[]
  /** The log itself, whatever its name leads to. SQLite holds no lock on it, so that it may be opened and closed. */
  readonly #opened: number
  readonly #head = new Uint8Array(4)
  #logBytes = 0
  #hasGap = false

  /** Takes what is there now for the files of the owner. */
  constructor(fs: FileSystem, path: string) {
    this.#fs = fs
    this.path = path
    this.#database = this.#part('database', path)
    this.#log = this.#part('log', `${path}-wal`)
    this.#others = [this.#part('index', `${path}-shm`), this.#part('owner', `${path}-owner`)]
    this.#opened = fs.openSync(this.#log.path, 'r+')
    this.measure()
  }

  /** The length of the log when it was last measured. */
  get logBytes(): number {
    return this.#logBytes
  }

  /** Takes the log to be as long as it is now: only SQLite has changed it. @returns its length in bytes */
  measure(): number {
    return this.#measured(this.#fs.fstatSync(this.#opened).size)
  }

  /** Writes the log once more as it is, and waits for the disk. */
  rewriteLog(): void {
    const piece = new Uint8Array(pieceBytes)
    for (
      let at = 0, length: number;
      (length = this.#fs.readSync(this.#opened, piece, 0, pieceBytes, at)) > 0;
      at += length
    )
      this.#fs.writeSync(this.#opened, piece, 0, length, at)
    this.#fs.fsyncSync(this.#opened)
  }

  /** Looks whether what is and was written can be found. */
  lost(db: DatabaseSync): Loss | undefined {
    if (this.#isLost(this.#database)) return this.#database
    const log = this.#find(this.#log.path)
    if (!isSame(log, this.#log.opened)) return this.#log
    return this.#isCut(db, log?.size ?? 0) ? this.#cut : undefined
  }

  /** Measures the log, and looks whether what SQLite has just written can be found. */
  lostMeanwhile(): Loss | undefined {
    if (this.#isLost(this.#database)) return this.#database
    const log = this.#find(this.#log.path)
    if (!log || !isSame(log, this.#log.opened)) return this.#log
    this.#measured(log.size)
    return this.#hasGap ? this.#cut : undefined
  }

  /** Looks whether other processes can still see that the outbox is owned and used. */
  lostSign(): Loss | undefined {
    return this.#others.find((part) => this.#isLost(part))
  }

  /** Tells whether another log with content stands where the lost one did: somebody else has written. */
  hasOtherLog(): boolean {
    return this.#isLost(this.#log) && (this.#find(this.#log.path)?.size ?? 0) > 0
  }

  /** Makes sure that closing the connection cannot write a log that is lost over what others have written since. */
  emptyLostLog(): void {
    if (this.#isLost(this.#log)) this.#fs.ftruncateSync(this.#opened)
  }

  close(): void {
    this.#fs.closeSync(this.#opened)
  }

  #isCut(db: DatabaseSync, size: number): boolean {
    if (size === 0) return this.#logBytes > 0 && !isEmptied(db)
    return size < this.#logBytes || this.#hasGap
  }

  get #cut(): Loss {
    return { ...this.#log, isCut: true }
  }

  /** Tells of a gap where the log begins, which a cut leaves while SQLite is writing. */
  #measured(bytes: number): number {
    this.#logBytes = bytes
    this.#hasGap = bytes > 0 && !this.#hasHead()
    return bytes
  }

  #part(what: Loss['what'], path: string): Part {
    return { what, path, opened: this.#find(path) }
  }

  #isLost({ path, opened }: Part): boolean {
    return !isSame(this.#find(path), opened)
  }

  #find(path: string): Found | undefined {
    return this.#fs.statSync(path, { throwIfNoEntry: false })
  }

  #hasHead(): boolean {
    this.#fs.readSync(this.#opened, this.#head, 0, this.#head.length, 0)
    return this.#head.some((byte) => byte !== 0)
  }
}

function isSame(found: Found | undefined, opened: Found | undefined): boolean {
  return found?.ino === opened?.ino && found?.dev === opened?.dev
}

/** Tells whether SQLite, of this process or another, has itself emptied the log. */
function isEmptied(db: DatabaseSync): boolean {
  try {
    return (db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number }).log === 0
  } catch {
    return false
  }
}
