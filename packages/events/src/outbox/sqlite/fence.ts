import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { NodeModules } from './node-modules.ts'
import { isFull } from './errors.ts'

/** Bytes of an integer, by its serial type. @see https://sqlite.org/fileformat.html#record_format */
const lengths = [0, 1, 2, 3, 4, 6, 8]
const leaf = 0x0d

/** By how much an owner raises the number at most: two that start from the same one must not arrive at the same one. */
const widest = 1_000_000

/**
 * The fencing number of an owner, which each raises when it opens the database: whoever finds another one than its own has
 * been superseded, whatever the locks say.
 */
export class Fence {
  /** The number of the owner before. */
  readonly #earlier: number
  readonly #number: number
  readonly #read: StatementSync
  readonly #write: StatementSync
  readonly #version: StatementSync
  readonly #db: DatabaseSync
  /** Tells whether the database has the number. */
  #isWritten = false
  /** The version, as SQLite counts, of the database in which the number was last read. */
  #readIn: number | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#read = db.prepare('SELECT number FROM owner')
    this.#version = db.prepare('PRAGMA data_version')
    this.#earlier = numberOf(this.#read)
    this.#number = this.#earlier + 1 + Math.floor(Math.random() * widest)
    this.#write = db.prepare('UPDATE owner SET number = ?')
    try {
      this.raise()
    } catch (thrown) {
      // What is stored there can be delivered all the same: the first transaction that finds room raises it.
      if (!isFull(thrown)) throw thrown
    }
  }

  /** Supersedes the owner before, as a part of a transaction or as one of its own. */
  raise(): void {
    if (!this.#isWritten) this.#write.run(this.#number)
  }

  /**
   * Tells whether another owner has come. In a transaction that then writes, nobody can come in between.
   *
   * @see https://sqlite.org/pragma.html#pragma_data_version
   */
  isRaised(): boolean {
    // It changes when another connection has written, and only then.
    const { data_version: version } = this.#version.get() as { data_version: number }
    if (version === this.#readIn) return false
    const found = numberOf(this.#read)
    if (found === this.#number) this.#isWritten = true
    const isRaised = found !== this.#number && (this.#isWritten || found !== this.#earlier)
    if (!isRaised && this.#isWritten) this.#readIn = version
    return isRaised
  }

  /**
   * Tells if the database says so as it is on the disk, without any log: this connection would look into its own, which may
   * have lost its name, and one that is opened beside it would share that.
   */
  isRaisedIn(fs: NodeModules['fs'], path: string): boolean {
    const page = this.#page(fs, path)
    // One row: its cell has a length, a number, and a record of a length, a type and the integer.
    const start = page.getUint16(8) + 3
    if (page.getUint8(0) !== leaf || page.getUint16(3) !== 1) return false
    const length = lengths[page.getUint8(start)] ?? 0
    let number = page.getUint8(start) === 9 ? 1 : 0
    for (let at = 1; at <= length; at++) number = number * 256 + page.getUint8(start + at)
    return number !== this.#number && number !== this.#earlier
  }

  #page(fs: NodeModules['fs'], path: string): DataView {
    const { page_size: size } = this.#db.prepare('PRAGMA page_size').get() as { page_size: number }
    const root = this.#db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'owner'").get() as {
      rootpage: number
    }
    const bytes = new Uint8Array(size)
    // Never closed: that would drop what locks are left on it.
    fs.readSync(fs.openSync(path, 'r'), bytes, 0, size, (root.rootpage - 1) * size)
    return new DataView(bytes.buffer)
  }
}

function numberOf(sql: StatementSync): number {
  return (sql.get() as { number: number }).number
}
