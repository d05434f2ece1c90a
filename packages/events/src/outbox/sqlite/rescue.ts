import type { DatabaseSync } from 'node:sqlite'
import type { NodeModules } from './node-modules.ts'

type FileSystem = NodeModules['fs']

/** Only its owner may read it, and so also the files that SQLite keeps beside it. */
export const mode = 0o600

/** Moves all that the log holds into the database, and waits for the disk. @returns whether that was possible */
export function checkpoint(db: DatabaseSync): boolean {
  const { busy } = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }
  return busy === 0
}

/** The copy of an outbox that has lost its files: an outbox of its own, beside the place where they were. */
export class RescuedCopy {
  readonly path: string
  readonly #modules: Pick<NodeModules, 'fs' | 'sqlite'>
  readonly #fs: FileSystem
  readonly #db: DatabaseSync

  /** Writes it. The disk has confirmed it then. @param isTorn whether some of it may be as another owner has left it */
  constructor(modules: Pick<NodeModules, 'fs' | 'sqlite'>, db: DatabaseSync, path: string, isTorn: boolean) {
    this.#modules = modules
    this.#fs = modules.fs
    this.#db = db
    this.path = freePath(this.#fs, path)
    this.#write(this.path, isTorn)
  }

  get isThere(): boolean {
    return this.#fs.existsSync(this.path)
  }

  /** Follows what was delivered since; what holds nothing any more goes. */
  renew(): void {
    if (isEmpty(this.#db)) return this.#fs.rmSync(this.path, { force: true })
    const next = freePath(this.#fs, this.path)
    this.#write(next)
    this.#move(next, this.path)
  }

  /** Puts it in the place of the outbox at `path`, whose log and index are of no use any more. */
  moveTo(path: string): void {
    for (const end of ['-wal', '-shm']) this.#fs.rmSync(path + end, { force: true })
    this.#move(this.path, path)
  }

  #move(from: string, to: string): void {
    this.#fs.renameSync(from, to)
    confirm(this.#fs, to)
  }

  #write(path: string, isTorn = false): void {
    try {
      this.#db.prepare('VACUUM INTO ?').run(path)
      if (isTorn) this.#mendLanes(path)
      confirm(this.#fs, path)
    } catch (thrown) {
      this.#fs.unlinkSync(path)
      throw thrown
    }
  }

  #mendLanes(path: string): void {
    const copy = new this.#modules.sqlite.DatabaseSync(path)
    try {
      copy.exec(`BEGIN; ${lanesAnew}; COMMIT`)
    } finally {
      copy.close()
    }
  }
}

/** The lanes by what is pending: a later event of a customer has a higher number. */
const lanesAnew = `
  DELETE FROM link;
  DELETE FROM lane;
  INSERT INTO link (seq, next)
    SELECT * FROM (SELECT seq, lead(seq) OVER (PARTITION BY customer ORDER BY seq) AS next FROM event)
    WHERE next IS NOT NULL;
  INSERT INTO lane (customer, head, tail, length, due, turn, wait, attempts)
    SELECT customer, min(seq), max(seq), count(*), 0, min(seq), 0, 0 FROM event GROUP BY customer`

/** Tells whether nothing is in it that somebody could miss. */
export function isEmpty(db: DatabaseSync): boolean {
  const { kept } = db.prepare('SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM dead) AS kept').get() as {
    kept: number
  }
  return kept === 0
}

/** An empty file that was not there before. */
function freePath(fs: FileSystem, path: string): string {
  for (let number = 1; ; number++) {
    const free = `${path}-rescued-${number}`
    try {
      fs.closeSync(fs.openSync(free, 'wx', mode))
      return free
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown
    }
  }
}

/** Waits until the disk has a file that nobody has open, and its name. */
function confirm(fs: FileSystem, path: string): void {
  for (const each of [path, path.replace(/[^\\/]*$/, '.')]) {
    try {
      const file = fs.openSync(each, each === path ? 'r+' : 'r')
      try {
        fs.fsyncSync(file)
      } finally {
        fs.closeSync(file)
      }
    } catch (thrown) {
      // Windows opens no directory.
      if (each === path) throw thrown
    }
  }
}
