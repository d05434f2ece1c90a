import type { Entry } from '../../event/event.ts'
import type { DatabaseSync } from 'node:sqlite'
import type { Time } from '../../platform/clock.ts'
import { ClosedError, OutboxError } from '../../errors/errors.ts'
import { type CarryOut, GroupCommit } from './group-commit.ts'
import type { Claim, DeadLetter, Fate, First, Outbox, Verdict } from '../outbox.ts'
import { SqliteFile } from './file.ts'
import { keepPrivate } from './mode.ts'
import type { NodeModules } from './node-modules.ts'
import { own } from './file-lock.ts'
import { patiently } from './patience.ts'
import { isBusy } from './errors.ts'
import { SqliteStore, type StoreLimits, type Work } from './transaction.ts'

export interface SqliteSettings extends StoreLimits {
  ownerTimeoutMs: number
  allowNetworkFileSystem: boolean
  readOnly: boolean
}

/** Keeps what is owed in a file of SQLite's, which is opened at the first call. */
export class SqliteOutbox implements Outbox {
  readonly durable = true
  readonly #modules: NodeModules
  readonly #file: SqliteFile
  readonly #settings: SqliteSettings
  readonly #time: Pick<Time, 'now' | 'elapsed'>
  readonly #group = new GroupCommit<Work>(
    () => this.#carryOut ?? this.#open(),
    ({ lasts }) => lasts ?? false,
  )
  #carryOut: CarryOut<Work> | undefined
  #store: SqliteStore | undefined
  #owner: DatabaseSync | undefined
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined

  constructor(modules: NodeModules, path: string, settings: SqliteSettings, time: Pick<Time, 'now' | 'elapsed'>) {
    this.#modules = modules
    this.#file = new SqliteFile(modules, path)
    this.#settings = settings
    this.#time = time
  }

  append(entries: readonly Entry[]): Promise<readonly Fate[]> {
    return this.#write({ adds: true, lasts: true, run: ({ lanes }) => entries.map((entry) => lanes.append(entry)) })
  }

  claim(max: number, leaseMs: number, first: First): Promise<readonly Claim[]> {
    return this.#write({ reads: true, run: ({ lanes }) => lanes.claim(max, leaseMs, first) })
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return this.#write({
      run: ({ lanes }) => verdicts.map(([claim, verdict]) => lanes.settle(claim, verdict)),
      remember: ({ lanes }) => verdicts.map(([claim, verdict]) => lanes.remember(claim, verdict)),
    })
  }

  dueInMs(): Promise<number> {
    return this.#write({ reads: true, run: ({ lanes, dueInMs }) => Math.min(lanes.dueInMs(), dueInMs) })
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#write({ adds: true, lasts: true, run: ({ lanes }) => lanes.replay(ids) })
  }

  remove(entry: Pick<Entry, 'customerId' | 'id'>): Promise<boolean> {
    return this.#write({ lasts: true, run: ({ lanes }) => lanes.remove(entry) })
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const forgotten = await this.#write<{ pending: number; dead: number }>({
      lasts: true,
      run: ({ lanes }) => lanes.forget(customerId),
    })
    this.#store?.eraseLog()
    return forgotten
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.#call({ reads: true, run: ({ dead }) => dead.list(limit, afterId) })
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#call({
      reads: true,
      run: ({ lanes, dead }) => ({ pending: lanes.pending(), dead: dead.count() + lanes.ahead.dead }),
    })
  }

  /**
   * Carries out what was asked before, unless somebody else still owns the file: that is not waited for. Rejects, once
   * and with everything closed, where what is stored had to be saved elsewhere and no call was told so, or where the file
   * does not know how attempts ended.
   */
  close(): Promise<void> {
    if (this.#closed) return this.#closed.catch(() => undefined)
    this.#closed = this.#close()
    return this.#closed
  }

  #write<T>(work: Work): Promise<T> {
    if (this.#settings.readOnly) return Promise.reject(forReading(this.#file.path))
    return this.#call(work)
  }

  #call<T>(work: Work): Promise<T> {
    if (this.#closed)
      return Promise.reject(new ClosedError(`The outbox ${this.#file.path} was closed: make a new one.`))
    return this.#group.add(work)
  }

  async #open(): Promise<CarryOut<Work>> {
    try {
      const store = this.#settings.readOnly
        ? await this.#openStore(() => this.#file.openForReading(), 0)
        : await this.#takeOver()
      this.#store = store
      this.#carryOut = (works, mayWait) => store.carryOut(works, mayWait)
      return this.#carryOut
    } catch (thrown) {
      this.#owner?.close()
      this.#owner = undefined
      throw this.#file.errorOf(thrown)
    }
  }

  async #takeOver(): Promise<SqliteStore> {
    const { path } = this.#file
    const { allowNetworkFileSystem, ownerTimeoutMs } = this.#settings
    const ownerPath = this.#file.create(allowNetworkFileSystem)
    this.#owner = await own(this.#modules, ownerPath, path, ownerTimeoutMs, this.#closing.signal)
    keepPrivate(this.#modules, this.#file.realPath)
    const openedAt = Math.floor(this.#time.now())
    return this.#openStore(
      () => this.#file.open(),
      openedAt,
      (store) => {
        store.lanes.shortenWaits()
        // An earlier owner may have been kept from it, or killed before.
        store.eraseLog()
      },
    )
  }

  /**
   * Time starts as the time of day, later than all that is stored, and goes on with what elapses: no wait follows a clock
   * that jumps. Another program that holds the file is waited for.
   */
  async #openStore(
    open: () => DatabaseSync,
    openedAt: number,
    prepare?: (store: SqliteStore) => void,
  ): Promise<SqliteStore> {
    const offset = openedAt + 1 - this.#time.elapsed()
    const now = () => Math.floor(this.#time.elapsed() + offset)
    let held: unknown
    const tryToOpen = (): SqliteStore | undefined => {
      let db: DatabaseSync | undefined
      try {
        db = open()
        const store = new SqliteStore(db, this.#file, now, this.#settings)
        prepare?.(store)
        return store
      } catch (thrown) {
        if (db) this.#file.giveUp(db)
        held = thrown
        if (isBusy(thrown)) return undefined
        throw thrown
      }
    }
    const store = tryToOpen() ?? (await patiently(tryToOpen))
    if (store === undefined) throw held
    return store
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#group.idle()
    try {
      await this.#store?.close()
    } finally {
      this.#owner?.close()
    }
  }
}

function forReading(path: string): OutboxError {
  return new OutboxError(
    'read-only',
    `The outbox ${path} was opened with readOnly, which lists and counts. For anything else end the process that owns it, and open it without readOnly.`,
  )
}
