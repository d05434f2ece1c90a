/**
 * Ownership of an outbox, and how it meets other programs that hold the file. One process at a time owns an outbox, by a
 * lock of the operating system; a file system whose locks do not hold is refused; where they fail all the same, a number in
 * the database tells an owner that another one has come after it.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ClosedError, ConfigurationError } from '../../errors/errors.ts'
import type { TrackingError } from '../../errors/tracking-error.ts'
import { elapsedTime, startTimer, stopTimer } from '../../platform/platform.ts'
import { isBusy, isFull, outboxError } from './errors.ts'
import type { NodeModules } from './node-modules.ts'

/** Pauses between two looks at a lock that another owner has. */
const ownerPauseMs = 50
const firstPauseMs = 10
const longestPauseMs = 100
/** The time for which another program that holds the file is waited for. */
const longestBusyMs = 2_000

/** File systems of Linux that are known to grant locks that do not hold. @see https://man7.org/linux/man-pages/man2/statfs.2.html */
const network: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x01021997: '9p',
  0x5346414f: 'AFS',
}

/** All that runs in user space says the same number: its name says what it is. */
const userSpace = 0x65735546
const lyingInUserSpace =
  /^fuse\.(sshfs|s3fs|s3ql|rclone|gcsfuse|goofys|geesefs|blobfuse2?|mountpoint-s3|davfs|curlftpfs|grpcfuse|osxfs|smbnetfs|juicefs)$/

/** @throws ConfigurationError for a file system whose locks cannot be relied upon */
export function assertLocal({ fs, path: { dirname } }: NodeModules, path: string): void {
  if (process.platform !== 'linux') return
  const directory = dirname(path)
  const type = typeOf(fs, directory)
  if (type === undefined) return
  const name = type === userSpace ? lyingMount(fs, fs.realpathSync(directory)) : network[type]
  if (name === undefined) return
  throw new ConfigurationError(
    `The outbox ${path} is on ${name}, where locks cannot be relied upon, so that two processes could own it at once. Keep it on a local disk, or set allowNetworkFileSystem if you know that only one process ever opens it.`,
  )
}

/** The name of the file system at `directory`, where its locks are known not to hold. */
function lyingMount(fs: NodeModules['fs'], directory: string): string | undefined {
  let found = { point: '', kind: '' }
  for (const line of fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', source = ''] = line.split(' - ')
    const point = (mount.split(' ')[4] ?? '').replaceAll(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const holds = directory === point || directory.startsWith(point.endsWith('/') ? point : `${point}/`)
    if (point !== '' && holds && point.length >= found.point.length) found = { point, kind: source.split(' ')[0] ?? '' }
  }
  return lyingInUserSpace.test(found.kind) ? found.kind : undefined
}

/** Undefined where it may not be asked for, as in Deno without --allow-sys. */
function typeOf(fs: NodeModules['fs'], directory: string): number | undefined {
  try {
    return fs.statfsSync(directory).type >>> 0
  } catch {
    return undefined
  }
}

/**
 * Makes this process the only owner of the outbox at `path`: two that write to one file can damage it, and would deliver
 * everything twice. It holds a lock of the operating system on a file beside it, `ownerPath`, which ends with the process
 * however that ends; whoever only reads the outbox is not kept out. `closing` ends the wait for another owner at once.
 *
 * @returns what to close in order to give it up
 * @see https://sqlite.org/wal.html#walresetbug
 */
export async function own(
  modules: NodeModules,
  ownerPath: string,
  path: string,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<DatabaseSync> {
  const owner = new modules.sqlite.DatabaseSync(ownerPath)
  try {
    const end = elapsedTime() + timeoutMs
    while (!takes(owner)) {
      if (closing.aborted) throw new ClosedError(`The outbox ${path} was closed while another process still owned it.`)
      if (elapsedTime() >= end) throw notOwned(modules, ownerPath, path, timeoutMs)
      await pause(ownerPauseMs, closing)
    }
    return owner
  } catch (thrown) {
    owner.close()
    throw thrown
  }
}

/** Tells whether somebody owns the outbox, without a claim to it. */
export function isOwned({ fs, sqlite }: NodeModules, ownerPath: string): boolean {
  if (!fs.existsSync(ownerPath)) return false
  const owner = new sqlite.DatabaseSync(ownerPath, { readOnly: true })
  try {
    owner.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (thrown) {
    if (isBusy(thrown)) return true
    throw thrown
  } finally {
    owner.close()
  }
}

function takes(owner: DatabaseSync): boolean {
  try {
    // Not waited for here, which would hold up the whole process.
    owner.exec('PRAGMA busy_timeout = 0')
    for (const sql of ['PRAGMA journal_mode = MEMORY', 'BEGIN EXCLUSIVE']) owner.prepare(sql).get()
    return true
  } catch (thrown) {
    if (isBusy(thrown)) return false
    throw thrown
  }
}

/** SQLite says the same of a lock that somebody holds and of one that the file system does not grant to anybody. */
function notOwned(modules: NodeModules, ownerPath: string, path: string, timeoutMs: number): TrackingError {
  return grantsLocks(modules, ownerPath) ? heldElsewhere(path, timeoutMs) : outboxError({ code: 'ENOLCK' }, path)
}

/** Tries a lock on a file that nobody else knows. */
function grantsLocks({ fs, sqlite }: NodeModules, ownerPath: string): boolean {
  const path = `${ownerPath}-${Math.random().toString(36).slice(2)}`
  const db = new sqlite.DatabaseSync(path)
  try {
    return takes(db)
  } finally {
    db.close()
    fs.rmSync(path, { force: true })
  }
}

/** Waits until it is time to look again, or it was `givenUp`. */
function pause(ms: number, givenUp: AbortSignal): Promise<void> {
  return new Promise((passed) => {
    const end = (): void => {
      stopTimer(timer)
      givenUp.removeEventListener('abort', end)
      passed()
    }
    const timer = startTimer(end, ms)
    givenUp.addEventListener('abort', end)
  })
}

function heldElsewhere(path: string, timeoutMs: number): ConfigurationError {
  return new ConfigurationError(
    `The outbox ${path} is in use by another tracker, here or in another process, and was not given up within ${timeoutMs} ms (ownerTimeoutMs). Give each process a file of its own, or end the other one first.`,
  )
}

/**
 * Asks again and again, with pauses in which the process goes on, while another program holds the file.
 *
 * @returns the answer, or undefined where there was none in time, or before it was `givenUp`
 */
export async function pollWhileBusy<T>(ask: () => T | undefined, givenUp: AbortSignal): Promise<T | undefined> {
  const end = elapsedTime() + longestBusyMs
  let pauseMs = firstPauseMs
  while (elapsedTime() < end && !givenUp.aborted) {
    await pause(pauseMs, givenUp)
    const answer = ask()
    if (answer !== undefined) return answer
    pauseMs = Math.min(2 * pauseMs, longestPauseMs)
  }
  return undefined
}

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
  readonly #other: StatementSync
  readonly #db: DatabaseSync
  /** Tells whether the database has the number. */
  #isWritten = false

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#read = db.prepare('SELECT number FROM owner')
    // In each transaction: the cheapest answer is no row.
    this.#other = db.prepare('SELECT 1 FROM owner WHERE number <> ?')
    this.#earlier = numberOf(this.#read)
    this.#number = this.#earlier + 1 + Math.floor(Math.random() * widest)
    this.#write = db.prepare('UPDATE owner SET number = ?')
    try {
      this.raise()
    } catch (thrown) {
      // What is stored there can be delivered all the same: the first transaction that finds space raises it.
      if (!isFull(thrown)) throw thrown
    }
  }

  /** Supersedes the owner before, as a part of a transaction or as one of its own. */
  raise(): void {
    if (!this.#isWritten) this.#write.run(this.#number)
  }

  /** Tells whether another owner has come. In a transaction that then writes, nobody can come in between. */
  isRaised(): boolean {
    if (this.#isWritten) return this.#other.get(this.#number) !== undefined
    const found = numberOf(this.#read)
    this.#isWritten = found === this.#number
    return !this.#isWritten && found !== this.#earlier
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
