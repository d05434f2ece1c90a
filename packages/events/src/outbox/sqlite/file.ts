import type { DatabaseSync } from 'node:sqlite'
import { ConfigurationError, OutboxError } from '../../errors/errors.ts'
import { assertLocal, Fence } from './file-lock.ts'
import { FileNames, type Loss } from './file-names.ts'
import { type Emptied, logBytes, WriteAheadLog } from './log.ts'
import type { NodeModules } from './node-modules.ts'
import { Ending, mode, type OwnedFiles } from './rescue.ts'
import { assertCurrent, migrate } from './schema.ts'

const forOthers = 0o077

/** The file that shows who owns the outbox at `path`. One outbox has one of them, by whatever names it is known. */
export function ownerPathOf({ fs }: NodeModules, path: string): string {
  return `${fs.realpathSync(path)}-owner`
}

/**
 * Makes what is missing of the outbox at `path`, where locks can be relied upon.
 *
 * @returns the file that shows who owns the outbox, which stays empty
 */
export function createFile(modules: NodeModules, path: string, allowNetworkFileSystem: boolean): string {
  if (!allowNetworkFileSystem) assertLocal(modules, path)
  createOne(modules, path)
  assertOneName(modules, path)
  const owner = ownerPathOf(modules, path)
  createOne(modules, owner)
  return owner
}

/**
 * Takes the rights of others away from an outbox that was there before, and from the files beside it. Where a file system
 * knows no rights, nothing changes.
 *
 * @throws OutboxError where that is not for this process to do
 */
export function keepPrivate({ fs }: NodeModules, path: string): void {
  for (const name of ['', '-owner', '-wal', '-shm'].map((end) => fs.realpathSync(path) + end)) {
    const found = fs.statSync(name, { throwIfNoEntry: false })
    if (found === undefined || (found.mode & forOthers) === 0) continue
    try {
      fs.chmodSync(name, found.mode & 0o700)
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EPERM') throw thrown
      throw new OutboxError(
        'read-only',
        `The outbox file ${name} belongs to another user, and others than its owner can read it. Give it to the user of this process, and only to them (chown, chmod 600).`,
        thrown,
      )
    }
  }
}

/** Opens the outbox at `path` for its owner. */
export function openFile(modules: NodeModules, path: string): OpenFile {
  const db = new modules.sqlite.DatabaseSync(path)
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA cell_size_check = ON; PRAGMA secure_delete = ON')
    migrate(db, path)
    const { journal_mode: journal } = db.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string }
    if (journal !== 'wal') throw new Error(`SQLite keeps no write-ahead log there, but ${journal}`)
    db.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 0;
             PRAGMA journal_size_limit = ${logBytes}; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY`)
    const fence = new Fence(db)
    const realPath = modules.fs.realpathSync(path)
    // Only now the log and its index are there.
    const log = new WriteAheadLog(modules.fs, db, fence, `${realPath}-wal`)
    const names = new FileNames(modules.fs, realPath)
    return new OpenFile(modules, path, db, { db, path: realPath, names, log, fence })
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/** Opens the outbox at `path` for whoever only reads it, also beside its owner. */
export function openForReading(modules: NodeModules, path: string): OpenFile {
  modules.fs.statSync(path)
  const db = new modules.sqlite.DatabaseSync(path, { readOnly: true })
  try {
    assertCurrent(db, path)
    return new OpenFile(modules, path, db)
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/**
 * The file of an outbox while it is open. What its names, its log and its fence say is looked at around each transaction.
 *
 * | state   | becomes | when                                                                                    |
 * |---------|---------|-----------------------------------------------------------------------------------------|
 * | closed  | opening | the first call: the lock is taken, the file made and brought to the newest version      |
 * | opening | closed  | any of that fails. The next call tries again                                            |
 * | opening | open    | the owner before is superseded                                                          |
 * | open    | moved   | a name is lost, the log is cut, or another owner has come: what was stored is saved, and nothing more is stored |
 * | open    | closed  | the outbox is closed: the log is moved into the file, and free pages are given back     |
 * | moved   | closed  | the outbox is closed: what a later owner has written is not touched                     |
 *
 * A file that is only read is never moved. Syncs that fail are the matter of the {@link WriteAheadLog}.
 */
export class OpenFile {
  readonly path: string
  readonly db: DatabaseSync
  readonly #modules: NodeModules
  /** Undefined where it is only read. */
  readonly #owned: OwnedFiles | undefined
  /** Its end, once it is moved. */
  #ending: Ending | undefined

  constructor(modules: NodeModules, path: string, db: DatabaseSync, owned?: OwnedFiles) {
    this.#modules = modules
    this.path = path
    this.db = db
    this.#owned = owned
  }

  /** The write-ahead log, for its owner. */
  get log(): WriteAheadLog | undefined {
    return this.#owned?.log
  }

  /**
   * Ends the outbox where its files are not what was opened: what would be written then would be lost with this process.
   * Saves what was stored before. Comes before each transaction.
   *
   * @param isNew whether something is to be acknowledged that is not in it yet
   */
  assertInPlace(isNew: boolean): void {
    this.#look(isNew)
    this.#ending?.assert(isNew)
  }

  /** Does the same after a transaction, before it is acknowledged. */
  assertStayed(): void {
    if (this.#owned && !this.#ending) {
      const { names, log } = this.#owned
      const lost = names.lost(false) ?? (log.measure() ? undefined : cut(log))
      if (lost) this.#end(this.#owned, lost)
    }
    this.#ending?.assert(true)
  }

  /**
   * Ends the outbox where another owner has come after this one. Part of each transaction, so that nobody can come between.
   *
   * @param writes whether the transaction does
   */
  assertOwned(writes: boolean): void {
    if (this.#owned === undefined || this.#ending) return
    const { fence } = this.#owned
    if (fence.isRaised()) {
      this.#end(this.#owned, { what: 'ownership', path: this.path }).assert(true)
    }
    if (writes) fence.raise()
  }

  /**
   * Moves the log into the database and empties it, as far as others let it. A log that has lost its name would be written
   * over what a later owner has stored; where that is so there is nothing left to do here, and each call is told.
   */
  emptyLog(): Emptied {
    try {
      this.#look(true)
    } catch {
      return { isMoved: false, isEmpty: false }
    }
    return this.#owned && !this.#ending ? this.#owned.log.empty() : { isMoved: true, isEmpty: true }
  }

  /**
   * Closes the connection; `tidy` is done before where the files are still this owner's.
   *
   * @throws (once all is closed) where they are not, and no call was told so
   */
  close(tidy: () => void): void {
    try {
      this.#owned?.names.distrust()
      this.#look(true)
      if (this.#owned && !this.#ending) tidy()
    } catch {
      // Everything that was acknowledged is in the file, or is saved. The next owner tidies up.
    }
    try {
      this.#owned?.names.distrust()
      this.#look(false)
      this.#ending?.close()
    } finally {
      this.giveUp()
    }
    this.#ending?.assertTold()
  }

  /** Closes a connection that is of no use. */
  giveUp(): void {
    this.#owned?.log.close()
    this.#owned?.names.close()
    this.db.close()
  }

  #look(alsoForSigns: boolean): void {
    if (this.#owned === undefined || this.#ending) return
    const { names, log } = this.#owned
    let lost = names.lost(alsoForSigns)
    // A log that is cut weighs more than a sign that is gone.
    if (lost?.what !== 'database' && lost?.what !== 'log' && log.isCut()) lost = cut(log)
    if (lost) this.#end(this.#owned, lost)
  }

  #end(owned: OwnedFiles, loss: Loss): Ending {
    this.#ending = new Ending(this.#modules, owned, loss, this.path)
    return this.#ending
  }
}

function cut({ path }: WriteAheadLog): Loss {
  return { what: 'log', path, isCut: true }
}

function assertOneName({ fs }: NodeModules, path: string): void {
  const found = fs.statSync(path)
  if (!found.isFile() || found.nlink < 2) return
  throw new ConfigurationError(
    `The outbox ${path} has a second name, a hard link: two owners could not know of each other. Remove the other name.`,
  )
}

function createOne({ fs }: NodeModules, path: string): void {
  try {
    // Only where it is new: to close one that is in use would drop its locks.
    fs.closeSync(fs.openSync(path, 'wx', mode))
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown
  }
}
