import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Clock,
  type EventTrackingError,
  EventTracker,
  type TrackerStats,
  type TrackerOptions,
} from '../../../src/index.ts'
import { sqliteOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Api, type Script } from './api.ts'
import { Books } from './books.ts'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** Turns of the event loop without a request, after which everything rests: a commit takes a turn, and so on. */
const quietTurns = 8

export interface ProcessOptions extends TrackerOptions {
  /** The file of its outbox, in the directory of the world; in memory where it is left out. */
  file?: string
  /** Milliseconds by which its wall clock is ahead of the world's. */
  aheadMs?: number
}

/** A process with one tracker. */
export interface Process {
  readonly tracker: EventTracker
  /** Errors that `onError` was given. */
  readonly told: EventTrackingError[]
  /** Shuts the tracker down at once. */
  stop(): Promise<TrackerStats>
  /** Ends it as SIGKILL does: it hears, sends and is called no more; its file stays as it is, under the name `copy`. */
  kill(copy?: string): void
}

/** A machine in simulated time: processes run on it one after the other, over the same files and the same API. */
export class World implements Disposable {
  readonly clock = new FakeClock()
  readonly api: Api
  readonly books = new Books()
  readonly directory = mkdtempSync(join(tmpdir(), 'promise-'))
  readonly #startedAt = this.clock.now()

  constructor(script: Script) {
    this.api = new Api(this.clock, script)
  }

  /** Milliseconds since the world began. */
  get now(): number {
    return this.clock.now() - this.#startedAt
  }

  path(file: string): string {
    return join(this.directory, file)
  }

  start({ file, aheadMs = 0, ...options }: ProcessOptions = {}): Process {
    const told: EventTrackingError[] = []
    const life = { hasEnded: false }
    const clock = this.#clockOf(life, aheadMs)
    const tracker = new EventTracker({
      token: 'radioactive',
      clock,
      fetch: async (...request: [input: Request | string, init?: RequestInit]) =>
        life.hasEnded ? new Promise<never>(() => undefined) : this.api.fetch(...request),
      onError: (error) => told.push(error),
      ...(file !== undefined && { outbox: sqliteOutbox(this.path(file), { clock }) }),
      ...options,
    })
    this.books.watch(tracker)
    return {
      tracker,
      told,
      stop: async () => {
        const report = await this.until(tracker.shutdown({ timeoutMs: 0 }))
        this.books.forget(tracker)
        return report
      },
      kill: (copy) => {
        life.hasEnded = true
        this.books.forget(tracker)
        if (file !== undefined && copy !== undefined) this.#copy(file, copy)
      },
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.rest()
    await this.clock.pass(ms, this.rest)
    await this.rest()
  }

  /** Lets the processes stand still for so long. Then their timers ring, and only then the network is read: as Node does. */
  async freeze(ms: number): Promise<void> {
    await this.rest()
    this.api.freeze()
    await this.clock.oversleep(ms, async () => undefined)
    this.api.thaw()
    await this.pass(0)
  }

  /** Lets time pass until the promise has settled. */
  async until<T>(promise: PromiseLike<T>, mostMs = hour): Promise<T> {
    const wait = { hasSettled: false }
    const settled = () => (wait.hasSettled = true)
    promise.then(settled, settled)
    await this.rest()
    for (const end = this.now + mostMs; !wait.hasSettled && this.now < end;) await this.pass(second)
    if (!wait.hasSettled) throw new Error(`Not settled within ${mostMs} ms`)
    return promise
  }

  /** Until nothing is on its way any more but what time has to bring. */
  readonly rest = async (): Promise<void> => {
    for (let quiet = 0; quiet < quietTurns; quiet++) {
      const { stirs } = this.api
      await new Promise((turn) => setImmediate(turn))
      this.books.sample()
      if (stirs !== this.api.stirs) quiet = 0
    }
  };

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  #clockOf(life: { hasEnded: boolean }, aheadMs: number): Clock {
    return {
      now: () => this.clock.now() + aheadMs,
      setTimeout: (callback, delayMs) => this.clock.setTimeout(() => life.hasEnded || callback(), delayMs),
      clearTimeout: (handle) => this.clock.clearTimeout(handle),
    }
  }

  #copy(file: string, copy: string): void {
    for (const end of ['', '-wal', '-journal']) {
      if (existsSync(this.path(file) + end)) copyFileSync(this.path(file) + end, this.path(copy) + end)
    }
  }
}
