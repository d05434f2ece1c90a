import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError, type EventTrackingError } from '../../errors/errors.ts'
import { Ending } from './ending.ts'
import { logBytes } from './log.ts'
import type { NodeModules } from './node-modules.ts'
import { type Loss, SqliteNames } from './file-names.ts'
import { outboxError } from './errors.ts'
import { mode } from './rescue.ts'
import { assertLocal } from './file-system.ts'
import { Fence } from './fence.ts'
import { assertCurrent, migrate } from './schema.ts'

/** An outbox's file, by its absolute path. */
export class SqliteFile {
  readonly path: string
  readonly #modules: NodeModules
  #names: SqliteNames | undefined
  #fence: Fence | undefined
  #ending: Ending | undefined

  constructor(modules: NodeModules, path: string) {
    this.#modules = modules
    this.path = path
  }

  /**
   * Makes what is missing, where locks can be relied upon.
   *
   * @returns the file that shows who owns the outbox, which stays empty
   */
  create(allowNetworkFileSystem: boolean): string {
    if (!allowNetworkFileSystem) assertLocal(this.#modules, this.path)
    this.#createOne(this.path)
    this.#assertOneName()
    const owner = this.ownerPath
    this.#createOne(owner)
    return owner
  }

  /** One outbox has one of them, by whatever names it is known. */
  get ownerPath(): string {
    return `${this.realPath}-owner`
  }

  /** The path of the file, beside which SQLite keeps others. */
  get realPath(): string {
    return this.#modules.fs.realpathSync(this.path)
  }

  open(): DatabaseSync {
    const db = new this.#modules.sqlite.DatabaseSync(this.path)
    try {
      db.exec('PRAGMA busy_timeout = 0; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON')
      migrate(db, this.path)
      const { journal_mode: journal } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
      if (journal !== 'wal') throw new Error(`SQLite keeps no write-ahead log there, but ${journal}`)
      db.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 0;
               PRAGMA journal_size_limit = ${logBytes}; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY`)
      this.#fence = new Fence(db)
      // Only now the log and its index are there.
      this.#names = new SqliteNames(this.#modules.fs, this.#modules.fs.realpathSync(this.path))
      return db
    } catch (thrown) {
      db.close()
      throw thrown
    }
  }

  openForReading(): DatabaseSync {
    this.#modules.fs.statSync(this.path)
    const db = new this.#modules.sqlite.DatabaseSync(this.path, { readOnly: true })
    try {
      assertCurrent(db, this.path)
      return db
    } catch (thrown) {
      db.close()
      throw thrown
    }
  }

  /**
   * Ends the outbox where its files are not what was opened: what would be written then would be lost with this process.
   * Saves what was acknowledged before. Comes before each transaction.
   *
   * @param isNew whether something is to be acknowledged that is not in it yet
   */
  assertInPlace(db: DatabaseSync, isNew: boolean): void {
    this.#look(db, isNew)
    this.#ending?.assert(isNew)
  }

  /** Does the same after a transaction, before it is acknowledged. @returns the length of the log in bytes */
  assertStayed(db: DatabaseSync): number {
    const loss = this.#ending ? undefined : this.#names?.lostMeanwhile()
    if (loss) this.#end(db, loss)
    this.#ending?.assert(true)
    return this.#names?.logBytes ?? 0
  }

  /**
   * Ends the outbox where another owner has come after this one. Part of each transaction, so that nobody can come between.
   *
   * @param writes whether the transaction does
   */
  assertOwned(db: DatabaseSync, writes: boolean): void {
    const hasEnded = this.#ending !== undefined
    if (hasEnded) return
    if (this.#fence?.isRaised()) {
      this.#end(db, { what: 'ownership', path: this.path })
      this.#ending?.assert(true)
    }
    if (writes) this.#fence?.raise()
  }

  /** Remembers how long the log is that SQLite has written. @returns its length in bytes */
  measureLog(): number {
    return this.#names?.measure() ?? 0
  }

  /** Writes the log once more where the disk may lack some of it, unless another owner writes to it. */
  rewriteLog(): void {
    if (this.#fence?.isRaised()) return
    this.#names?.rewriteLog()
  }

  /**
   * Closes the connection; `tidy` is done before where the files are still this owner's.
   *
   * @throws (once all is closed) where they are not, and no call was told so
   */
  close(db: DatabaseSync, tidy: () => void): void {
    try {
      this.#look(db, true)
      if (!this.#ending) tidy()
    } catch {
      // Everything that was acknowledged is in the file, or is saved. The next owner tidies up.
    }
    try {
      this.#look(db, false)
      this.#ending?.close()
    } finally {
      this.#names?.close()
      db.close()
    }
    this.#ending?.assertTold()
  }

  errorOf(thrown: unknown): EventTrackingError {
    return outboxError(thrown, this.path, this.#modules)
  }

  /** Closes a connection that is of no use. */
  giveUp(db: DatabaseSync): void {
    this.#names?.close()
    this.#names = undefined
    db.close()
  }

  #look(db: DatabaseSync, alsoForSigns: boolean): void {
    if (this.#ending) return
    const loss = this.#names?.lost(db) ?? (alsoForSigns ? this.#names?.lostSign() : undefined)
    if (loss) this.#end(db, loss)
  }

  #end(db: DatabaseSync, loss: Loss): void {
    if (!this.#names || !this.#fence) return
    this.#ending = new Ending(this.#modules, db, this.#names, this.#fence, loss, this.path)
  }

  #assertOneName(): void {
    const found = this.#modules.fs.statSync(this.path)
    if (!found.isFile() || found.nlink < 2) return
    throw new ConfigurationError(
      `The outbox ${this.path} has a second name, a hard link: two owners could not know of each other. Remove the other name.`,
    )
  }

  #createOne(path: string): void {
    const { fs } = this.#modules
    try {
      // Only where it is new: to close one that is in use would drop its locks.
      fs.closeSync(fs.openSync(path, 'wx', mode))
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown
    }
  }
}
