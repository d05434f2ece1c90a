import { elapsedTime, timeOfDay } from '../../platform/platform.ts'
import type { NodeModules } from './node-modules.ts'

type FileSystem = NodeModules['fs']

/** A loss of an owner: a file that is no longer what it opened, or, with all files in place, its ownership. */
export interface Loss {
  readonly what: 'database' | 'log' | 'index' | 'owner' | 'ownership'
  readonly path: string
  /** Tells whether part of the log is gone: what stood there is only in the memory of SQLite. */
  readonly isCut?: true
}

interface Name extends Loss {
  /** The file that it led to when it was opened; undefined where it led to none. */
  readonly opened: Found | undefined
}

type Found = Pick<import('node:fs').Stats, 'dev' | 'ino' | 'size'>

/** The names are looked at so often at least, whatever their folder says. */
const longestTrustMs = 1_000
/** The age from which no later change can bear the same time, by how finely the file system counts. */
const settledMs = { seconds: 2_000, finer: 500 }

/**
 * The names that lead to an open outbox's files. What is written to a file that has lost its name is gone with the
 * process, and SQLite does not look: it keeps the files open.
 *
 * To look at each name costs much, and a folder says by its time whether one of its names has changed. So the folder is
 * asked, and the names only in these cases:
 *
 * | the folder                                                    | the names are looked at                         |
 * |---------------------------------------------------------------|-------------------------------------------------|
 * | says another time than when all of them were last found right | now                                             |
 * | changed a moment before that look                             | each time: a later change may bear the same time |
 * | cannot be opened, or tells no time                            | each time                                       |
 * | says the same time for long                                   | once a second: it does not show what is mounted over one of its files, nor that a folder above it has moved |
 */
export class FileNames {
  readonly #fs: FileSystem
  readonly #database: Name
  readonly #log: Name
  /** Names of files whose loss costs nothing at once, though two owners then no longer see each other. */
  readonly #signs: readonly Name[]
  readonly #folder: number | undefined
  /** The time of the folder in which all names were found right; undefined where it cannot be relied upon. */
  #rightSince: number | undefined
  #trustedUntil = 0

  /** Takes what is there now for the files of the owner. */
  constructor(fs: FileSystem, path: string) {
    this.#fs = fs
    this.#database = this.#name('database', path)
    this.#log = this.#name('log', `${path}-wal`)
    this.#signs = [this.#name('index', `${path}-shm`), this.#name('owner', `${path}-owner`)]
    this.#folder = openFolder(fs, path)
  }

  /** Finds a name that no longer leads to the file that was opened; `alsoSigns` of those too that other processes look at. */
  lost(alsoSigns: boolean): Loss | undefined {
    return this.#isUnchanged() ? undefined : this.#look(alsoSigns)
  }

  /** Looks at each name next time. */
  distrust(): void {
    this.#rightSince = undefined
  }

  /** Tells whether another log with content stands where the lost one did: somebody else has written. */
  hasOtherLog(): boolean {
    return this.hasLostLog() && (this.#find(this.#log.path)?.size ?? 0) > 0
  }

  hasLostLog(): boolean {
    return this.#isLost(this.#log)
  }

  close(): void {
    if (this.#folder !== undefined) this.#fs.closeSync(this.#folder)
  }

  #isUnchanged(): boolean {
    return this.#rightSince !== undefined && elapsedTime() < this.#trustedUntil && this.#time() === this.#rightSince
  }

  #look(alsoSigns: boolean): Loss | undefined {
    // Read before the names: a change in between makes it old.
    const time = alsoSigns ? this.#time() : undefined
    this.#rightSince = undefined
    const lost = [this.#database, this.#log, ...(alsoSigns ? this.#signs : [])].find((name) => this.#isLost(name))
    // Who deletes all of them has begun with the database, perhaps after it was looked at.
    if (lost && this.#isLost(this.#database)) return this.#database
    if (lost || time === undefined) return lost
    const age = time % 1_000 === 0 ? settledMs.seconds : settledMs.finer
    if (timeOfDay() - time > age) this.#rightSince = time
    this.#trustedUntil = elapsedTime() + longestTrustMs
    return undefined
  }

  /** The moment when a name in the folder last changed, which no program can set as it likes; undefined where that is not told. */
  #time(): number | undefined {
    if (this.#folder === undefined) return undefined
    const { ctimeMs } = this.#fs.fstatSync(this.#folder)
    return ctimeMs > 0 ? ctimeMs : undefined
  }

  #name(what: Loss['what'], path: string): Name {
    return { what, path, opened: this.#find(path) }
  }

  #isLost({ path, opened }: Name): boolean {
    const found = this.#find(path)
    return found?.ino !== opened?.ino || found?.dev !== opened?.dev
  }

  #find(path: string): Found | undefined {
    return this.#fs.statSync(path, { throwIfNoEntry: false })
  }
}

/** Undefined where the system opens no folder, as Windows. */
function openFolder(fs: FileSystem, path: string): number | undefined {
  try {
    return fs.openSync(path.replace(/[^\\/]*$/, '.'), 'r')
  } catch {
    return undefined
  }
}
