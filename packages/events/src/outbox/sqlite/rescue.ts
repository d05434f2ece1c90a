import type { DatabaseSync } from 'node:sqlite'
import { OutboxError } from '../../errors/errors.ts'
import type { Fence } from './file-lock.ts'
import type { FileNames, Loss } from './file-names.ts'
import { moveLog, type WriteAheadLog } from './log.ts'
import type { NodeModules } from './node-modules.ts'

type FileSystem = NodeModules['fs']

/** Only its owner may read it, and so also the files that SQLite keeps beside it. */
export const mode = 0o600

/** The files that an owner has open. */
export interface OwnedFiles {
  readonly db: DatabaseSync
  /** The path of the database, whatever links lead to it. */
  readonly path: string
  readonly names: FileNames
  readonly log: WriteAheadLog
  readonly fence: Fence
}

const uses = { log: 'log', index: 'index of its log', owner: 'sign of its owner' } as const

/** The end of an outbox whose files are no longer what its owner opened. What was acknowledged is saved at once. */
export class Ending {
  readonly #fs: FileSystem
  readonly #files: OwnedFiles
  readonly #loss: Loss
  readonly #copy: RescuedCopy | undefined
  readonly #error: OutboxError
  /** Tells whether somebody else has written, or may have, whom closing the connection must not disturb. */
  #isSuperseded = true
  /** Tells whether a call was answered with it. */
  #isTold = false

  /** @param path the path that the outbox was given */
  constructor(modules: NodeModules, files: OwnedFiles, loss: Loss, path: string) {
    this.#fs = modules.fs
    this.#files = files
    this.#loss = loss
    let saved = ''
    let cause: unknown
    try {
      this.#copy = this.#save(modules)
      if (this.#copy) saved = ` What was stored there is in ${this.#copy.path}, an outbox of its own.`
    } catch (thrown) {
      cause = thrown
      saved = ' What was stored there could not be saved beside it, for the reason that the cause names'
      saved += loss.what === 'database' ? ': let this process deliver it first, else it is lost.' : '.'
    }
    this.#error = new OutboxError('moved', `${sentence(loss, path)}${saved}`, cause)
  }

  /** A database that is gone still delivers what was in it: nobody else has that. */
  assert(isNew: boolean): void {
    if (!isNew && this.#loss.what === 'database') return
    this.#isTold = true
    throw this.#error
  }

  /** @throws where what was acknowledged is no longer in its place, and no call was told so */
  assertTold(): void {
    const isElsewhere = this.#copy?.isThere || this.#error.cause !== undefined
    if (isElsewhere && !this.#isTold) throw this.#error
  }

  /** Comes before the connection is closed, which would move a log into the database whatever stands there by now. */
  close(): void {
    const { names, log } = this.#files
    if (this.#loss.what === 'database') this.#copy?.renew()
    else if (names.hasLostLog() && this.#hasSuccessor()) log.discard()
  }

  /** @returns the copy, where what was acknowledged could not stay in its place */
  #save(modules: NodeModules): RescuedCopy | undefined {
    const { what } = this.#loss
    if (what === 'ownership') return undefined
    this.#isSuperseded = this.#files.names.hasOtherLog()
    return what === 'database' ? this.#saveBeside(modules) : this.#saveInPlace(modules)
  }

  #saveInPlace(modules: NodeModules): RescuedCopy | undefined {
    const { db, path, fence } = this.#files
    const { what, isCut = false } = this.#loss
    this.#isSuperseded ||= fence.isRaisedIn(modules.fs, path)
    // The other one has used the same log: it has all that is in it.
    if (fence.isRaised()) return undefined
    if (!this.#isSuperseded && !isCut && this.#isMoved()) return undefined
    // Without them what is in the log is still found.
    if (what === 'owner' || what === 'index') return undefined
    if (this.#isSuperseded) return this.#saveBeside(modules)
    // The database may hold a part of the log, as far as those who read it allowed, and is damaged without the rest.
    new RescuedCopy(modules, db, path, false).moveTo(path)
    return undefined
  }

  #saveBeside(modules: NodeModules): RescuedCopy | undefined {
    const { db, path } = this.#files
    return isEmpty(db) ? undefined : new RescuedCopy(modules, db, path, this.#isSuperseded)
  }

  /** Tells whether another owner has come since, in so far as that can be read. */
  #hasSuccessor(): boolean {
    const { path, names, fence } = this.#files
    if (this.#isSuperseded || names.hasOtherLog()) return true
    try {
      return fence.isRaisedIn(this.#fs, path)
    } catch {
      return false
    }
  }

  #isMoved(): boolean {
    try {
      return moveLog(this.#files.db)
    } catch {
      return false
    }
  }
}

function sentence({ what, path }: Loss, outbox: string): string {
  if (what === 'database') {
    return `The outbox ${outbox} was deleted or replaced while it was in use. Restart this process; until then it still delivers what it had stored there.`
  }
  if (what === 'ownership') {
    return `The outbox ${outbox} was taken over by another tracker while it was in use here, so that its locks do not hold: never open or copy its files in the program that owns them, and keep them on a local disk. Restart this process once the other one has ended.`
  }
  return `The outbox ${outbox} lost its ${uses[what]}: ${path} was deleted, replaced or cut while it was in use. Restart this process; only then what was stored is delivered.`
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
