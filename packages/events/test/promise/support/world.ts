import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventTracker, type Outbox, type TrackerOptions } from '../../../src/index.ts'
import { sqliteOutbox, type SqliteOutboxOptions } from '../../../src/outbox/sqlite/sqlite.ts'
import { Api } from './api.ts'
import { BooksWatch } from './books-watch.ts'
import { HeldClock } from './held-clock.ts'
import { HandedOut, rest } from './rest.ts'

export const maxDeliveryMs = 60_000
export const attemptTimeoutMs = 5_000
/** More timers than a tracker of these tests sets in a second: something rings again and again. */
const spinning = 200

/** A clock, an API and whatever trackers run on them, in which no real time passes. */
export class World implements AsyncDisposable {
  readonly clock = new HeldClock()
  readonly api = new Api()
  readonly books = new BooksWatch()
  readonly handedOut = new HandedOut()
  readonly trackers: EventTracker[] = []
  readonly errors: string[] = []
  readonly logged: string[] = []
  #directory: string | undefined

  path(name = 'events.db'): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), 'promise-'))
    return join(this.#directory, name)
  }

  sqlite(options: SqliteOutboxOptions = {}, name?: string): Outbox {
    return sqliteOutbox(this.path(name), { clock: this.clock, ...options })
  }

  tracker(options: TrackerOptions = {}): EventTracker {
    const tracker = new EventTracker({
      token: 'radioactive',
      baseUrl: 'http://127.0.0.1:9',
      fetch: this.api.fetch,
      clock: this.clock,
      maxDeliveryMs,
      attemptTimeoutMs,
      onError: (error) => this.errors.push(error.name),
      logger: { warn: () => undefined, error: (message) => this.logged.push(message) },
      ...options,
    })
    this.trackers.push(tracker)
    this.books.add(tracker)
    return tracker
  }

  /** A tracker with an outbox in a file. */
  durable(options: TrackerOptions = {}): EventTracker {
    return this.tracker({ outbox: this.sqlite(), ...options })
  }

  /** Lets time pass, and the event loop come to rest after each timer. */
  async pass(ms: number): Promise<void> {
    let rung = 0
    let at = this.clock.now()
    await rest()
    await this.clock.pass(ms, async () => {
      rung = this.clock.now() >= at + 1_000 ? 0 : rung + 1
      if (rung === 0) at = this.clock.now()
      if (rung > spinning) throw new Error('The timers spin')
      await rest()
    })
    await rest()
  }

  /** @throws where counts did not add up at some moment */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const tracker of this.trackers) void tracker.shutdown({ timeoutMs: 0 })
    // Whatever turns for ever has been seen by the test.
    await this.pass(attemptTimeoutMs).catch(() => undefined)
    this.books[Symbol.dispose]()
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true })
    if (this.books.wrong.length > 0) throw new Error(`The counts were ${this.books.wrong.join(' and ')}`)
  }
}
