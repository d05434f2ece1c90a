import type { OutboxEntry } from '../../event/event.ts'
import { ClosedError, OutboxError } from '../../errors/errors.ts'
import { type Clock, type Time, timeOf } from '../../platform/clock.ts'
import { forward } from '../../platform/platform.ts'
import type { Claim, DeadLetter, AppendResult, LaneOrder, Outbox, Verdict, WaitingCustomer } from '../outbox.ts'
import type { ListedEntry } from './entry-row.ts'
import { isBusy, outboxError } from './errors.ts'
import { createFile, keepPrivate, openFile, openForReading, type OpenFile } from './file.ts'
import { own, pollWhileBusy } from './file-lock.ts'
import { GroupCommit } from './group-commit.ts'
import type { NodeModules } from './node-modules.ts'
import { Store } from './store.ts'
import type { StoreLimits, Work } from './transaction.ts'
import type { DatabaseSync } from 'node:sqlite'

export interface SqliteSettings extends StoreLimits {
  ownerTimeoutMs: number
  allowNetworkFileSystem: boolean
  readOnly: boolean
}

/** The time that an outbox goes by: a clock's, or the platform's. */
export function timeIn(clock: Pick<Clock, 'now'> | undefined): Pick<Time, 'now' | 'elapsed'> {
  return clock ? { now: () => clock.now(), elapsed: forward(() => clock.now()) } : timeOf(undefined)
}

/** Keeps what is pending in a file of SQLite's, which is opened at the first call. */
export class SqliteOutbox implements Outbox {
  readonly durable = true
  readonly #modules: NodeModules
  readonly #path: string
  readonly #settings: SqliteSettings
  readonly #time: Pick<Time, 'now' | 'elapsed'>
  /** Ends the wait for another owner. */
  readonly #closing = new AbortController()
  /** Ends each wait for another program that holds the file. */
  readonly #givingUp = new AbortController()
  readonly #group = new GroupCommit(() => this.#store ?? this.#open(), this.#givingUp.signal)
  #store: Store | undefined
  #owner: DatabaseSync | undefined
  #closed: Promise<void> | undefined

  constructor(modules: NodeModules, path: string, settings: SqliteSettings, time: Pick<Time, 'now' | 'elapsed'>) {
    this.#modules = modules
    this.#path = path
    this.#settings = settings
    this.#time = time
  }

  append(entries: readonly OutboxEntry[]): Promise<readonly AppendResult[]> {
    return this.#write({ adds: true, lasts: true, run: ({ lanes }) => entries.map((entry) => lanes.append(entry)) })
  }

  claim(max: number, leaseMs: number, first: LaneOrder): Promise<readonly Claim[]> {
    return this.#write({ reads: true, run: ({ lanes }) => lanes.claim(max, leaseMs, first) })
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): Promise<readonly boolean[]> {
    return this.#write({
      run: ({ lanes }) => verdicts.map(([claim, verdict]) => lanes.settle(claim, verdict)),
      remember: ({ lanes }) => verdicts.map(([claim, verdict]) => lanes.remember(claim, verdict)),
    })
  }

  dueInMs(): Promise<number> {
    return this.#write({ reads: true, run: ({ lanes }) => lanes.dueInMs() })
  }

  replay(ids: readonly string[]): Promise<number> {
    return this.#write({ adds: true, lasts: true, run: ({ lanes }) => lanes.replay(ids) })
  }

  remove(entry: Pick<OutboxEntry, 'customerId' | 'id'>): Promise<boolean> {
    return this.#write({ takesOut: true, lasts: true, run: ({ lanes }) => lanes.remove(entry) })
  }

  async forget(customerId: string): Promise<{ pending: number; dead: number }> {
    const forgotten = await this.#write<{ pending: number; dead: number }>({
      takesOut: true,
      lasts: true,
      run: ({ lanes }) => lanes.forget(customerId),
    })
    this.#store?.eraseLog()
    return forgotten
  }

  /** Lists what is pending, of all customers in the order in which it came, after the entry of a number. */
  list(limit: number, afterSeq: number): Promise<readonly ListedEntry[]> {
    return this.#call({ reads: true, run: ({ lanes }) => lanes.list(limit, afterSeq) })
  }

  /** Erases dead letters. */
  eraseDead(ids: readonly string[]): Promise<void> {
    return this.#write({ takesOut: true, lasts: true, run: ({ dead }) => ids.forEach((id) => dead.delete(id)) })
  }

  dead(limit: number, afterId?: string): Promise<readonly DeadLetter[]> {
    return this.#call({ reads: true, run: ({ dead }) => dead.list(limit, afterId) })
  }

  waiting(limit: number): Promise<readonly WaitingCustomer[]> {
    return this.#call({ reads: true, run: ({ lanes }) => lanes.waiting(limit) })
  }

  counts(): Promise<{ pending: number; dead: number }> {
    return this.#call({
      reads: true,
      run: ({ lanes, dead }) => ({ pending: lanes.pending(), dead: dead.count() + lanes.unwritten.dead }),
    })
  }

  /**
   * Carries out what was asked before, unless somebody else still owns the file: that is not waited for. Rejects, once
   * and with everything closed, where what is stored had to be saved elsewhere and no call was told so, or where the file
   * does not know how attempts ended. To call it again ends its wait for another program that holds the file.
   */
  close(): Promise<void> {
    if (this.#closed) {
      this.#givingUp.abort()
      return this.#closed.catch(() => undefined)
    }
    this.#closed = this.#close()
    return this.#closed
  }

  #write<T>(work: Work): Promise<T> {
    if (this.#settings.readOnly) return Promise.reject(forReading(this.#path))
    return this.#call(work)
  }

  #call<T>(work: Work): Promise<T> {
    if (this.#closed) return Promise.reject(new ClosedError(`The outbox ${this.#path} was closed: make a new one.`))
    return this.#group.add(work)
  }

  async #open(): Promise<Store> {
    try {
      this.#store = this.#settings.readOnly ? await this.#openStore(openForReading, 0) : await this.#takeOver()
      return this.#store
    } catch (thrown) {
      this.#owner?.close()
      this.#owner = undefined
      throw outboxError(thrown, this.#path, this.#modules)
    }
  }

  async #takeOver(): Promise<Store> {
    const { allowNetworkFileSystem, ownerTimeoutMs } = this.#settings
    const ownerPath = createFile(this.#modules, this.#path, allowNetworkFileSystem)
    this.#owner = await own(this.#modules, ownerPath, this.#path, ownerTimeoutMs, this.#closing.signal)
    keepPrivate(this.#modules, this.#path)
    return this.#openStore(openFile, Math.floor(this.#time.now()))
  }

  /** Another program that holds the file is waited for. */
  async #openStore(open: (modules: NodeModules, path: string) => OpenFile, openedAt: number): Promise<Store> {
    const now = this.#timeFrom(openedAt)
    let held: unknown
    const tryToOpen = (): Store | undefined => {
      let file: OpenFile | undefined
      try {
        file = open(this.#modules, this.#path)
        const store = new Store(this.#modules, file, now, this.#settings)
        if (!this.#settings.readOnly) store.takeOver()
        return store
      } catch (thrown) {
        file?.giveUp()
        held = thrown
        if (isBusy(thrown)) return undefined
        throw thrown
      }
    }
    const store = tryToOpen() ?? (await pollWhileBusy(tryToOpen, this.#givingUp.signal))
    if (store === undefined) throw held
    return store
  }

  /** Starts as the time of day, later than all that is stored, and goes on with what elapses: no clock that jumps moves it. */
  #timeFrom(openedAt: number): () => number {
    const offset = openedAt + 1 - this.#time.elapsed()
    return () => Math.floor(this.#time.elapsed() + offset)
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await this.#group.idle()
    try {
      await this.#store?.close(this.#givingUp.signal)
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
