import type { DatabaseSync } from 'node:sqlite'
import { type EventTrackingError, OutboxError } from './errors.ts'
import type { NodeModules } from './sqlite-module.ts'
import { outboxError } from './sqlite-problems.ts'
import { assertCurrent, migrate } from './sqlite-schema.ts'

/** Only its owner may read it, and so also the files that SQLite keeps beside it. */
const mode = 0o600

/** An outbox's file, by its absolute path. */
export class SqliteFile {
  readonly path: string
  readonly #modules: NodeModules
  #identity = ''

  constructor(modules: NodeModules, path: string) {
    this.#modules = modules
    this.path = path
  }

  /** Makes what is missing. @returns the file that shows who owns the outbox, which stays empty */
  create(): string {
    this.#createOne(this.path)
    const owner = this.ownerPath
    this.#createOne(owner)
    return owner
  }

  /** One outbox has one of them, by whatever names it is known. */
  get ownerPath(): string {
    return `${this.realPath}-owner`
  }

  /** Where the file stands, beside which SQLite keeps others. */
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
      db.exec(`PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 4000;
               PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY`)
      this.#identity = this.#lookUp()
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

  /** What is appended to a file that was taken away would be lost with this process. */
  assertInPlace(): void {
    if (this.#lookUp() === this.#identity) return
    throw new OutboxError(
      'moved',
      `The outbox ${this.path} was deleted or replaced while it was in use. Restart this process; what it had stored there before it still delivers while it runs.`,
    )
  }

  errorOf(thrown: unknown): EventTrackingError {
    return outboxError(thrown, this.path, this.#modules)
  }

  #lookUp(): string {
    const found = this.#modules.fs.statSync(this.path, { throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}` : ''
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
