import type { DatabaseSync } from 'node:sqlite'
import type { NodeModules } from './sqlite-module.ts'

type FileSystem = NodeModules['fs']

/** What an owner has lost: a file that is no longer what it opened, or, with all files in place, its ownership. */
export interface Loss {
  readonly what: 'database' | 'log' | 'index' | 'owner' | 'ownership'
  readonly path: string
  /** Whether part of the log is gone: what stood there is only in the memory of SQLite. */
  readonly isCut?: true
}

/**
 * The names that lead to an open outbox's files. What is written to a file that has lost its name is gone with the
 * process, and SQLite does not look: it keeps the files open.
 */
export class SqliteNames {
  readonly path: string
  readonly #fs: FileSystem
  readonly #parts: readonly (Loss & { identity: string })[]
  /** The log itself, whatever its name leads to. SQLite holds no lock on it, so that it may be opened and closed. */
  readonly #log: number
  readonly #header = new Uint8Array(4)
  #logBytes = 0

  /** Takes what is there now for the files of the owner. */
  constructor(fs: FileSystem, path: string) {
    this.#fs = fs
    this.path = path
    const part = (what: Loss['what'], end: string) => ({ what, path: path + end, identity: identityOf(fs, path + end) })
    this.#parts = [part('database', ''), part('log', '-wal'), part('index', '-shm'), part('owner', '-owner')]
    this.#log = fs.openSync(this.logPath, 'r+')
    this.measure()
  }

  get logPath(): string {
    return `${this.path}-wal`
  }

  /** Takes the log to be as long as it is now: only SQLite has changed it. @returns its length in bytes */
  measure(): number {
    this.#logBytes = this.#fs.fstatSync(this.#log).size
    return this.#logBytes
  }

  /** Looks whether everything is still what was opened. */
  lost(db: DatabaseSync): Loss | undefined {
    for (const { what, path, identity } of this.#parts) {
      if (identityOf(this.#fs, path) !== identity) return { what, path }
    }
    return this.#isCut(db) ? { what: 'log', path: this.logPath, isCut: true } : undefined
  }

  /** Whether another log with content stands where the lost one did: somebody else has written. */
  hasOtherLog(): boolean {
    const found = this.#fs.statSync(this.logPath, { throwIfNoEntry: false })
    return found !== undefined && found.size > 0 && identityOf(this.#fs, this.logPath) !== this.#parts[1]?.identity
  }

  /** Makes sure that closing the connection cannot write a lost log over what others have written since. */
  emptyLog(): void {
    this.#fs.ftruncateSync(this.#log)
  }

  close(): void {
    this.#fs.closeSync(this.#log)
  }

  #isCut(db: DatabaseSync): boolean {
    const { size } = this.#fs.fstatSync(this.#log)
    if (size === 0) return this.#logBytes > 0 && !isEmptied(db)
    if (size < this.#logBytes) return true
    // Whoever cut it while SQLite was writing left a gap where it begins.
    this.#fs.readSync(this.#log, this.#header, 0, 4, 0)
    return this.#header.every((byte) => byte === 0)
  }
}

/** Whether SQLite, of this process or another, has itself emptied the log. */
function isEmptied(db: DatabaseSync): boolean {
  try {
    return (db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number }).log === 0
  } catch {
    return false
  }
}

function identityOf(fs: FileSystem, path: string): string {
  const found = fs.statSync(path, { throwIfNoEntry: false })
  return found ? `${found.dev}:${found.ino}` : ''
}
