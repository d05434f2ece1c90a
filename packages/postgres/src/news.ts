import { OutboxError } from '@obsidianlaunch/events'
import type { OutboxNews } from '@obsidianlaunch/events/outbox-kit'
import { Client } from 'pg'
import type { Database, Row } from './database.ts'
import { pump } from './enqueue/pump.ts'
import { endOf } from './rows.ts'

/** The pause between two looks at what others have done, in case nobody tells. */
const pollMs = 2_000
/** So soon after a look nothing new is looked for, however much is told. */
const shortestMs = 20
/** The pause before it is tried again to listen. */
const relistenMs = 30_000

/**
 * Looks for what other owners have done, and for what transactions have enqueued, which it moves: now and then, and as soon as
 * the server tells. It keeps no process alive.
 *
 * | state   | becomes | when                                                          |
 * |---------|---------|---------------------------------------------------------------|
 * | –       | resting | `begin`                                                       |
 * | resting | looking | the pause is over, or the server tells                        |
 * | looking | resting | the server has answered, or failed                            |
 * | looking | looking | the server has told meanwhile, or had more than one answer, or something was moved |
 * | any     | ended   | `end`                                                         |
 */
export class NewsWatch {
  readonly #database: Database
  readonly #owner: string
  readonly #news: OutboxNews
  readonly #rememberMs: number
  /** Numbers of what was told by the last look, which are taken out by the next. */
  #heard: readonly unknown[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking: Promise<void> | undefined
  #isTold = false
  #hasEnded = false
  #lastLook = -Infinity
  #listener: Client | undefined
  #isListening = false
  #listensAt = 0

  constructor(database: Database, owner: string, news: OutboxNews, rememberMs: number) {
    this.#database = database
    this.#owner = owner
    this.#news = news
    this.#rememberMs = rememberMs
  }

  /** Resolves once the others know that they are to tell. */
  begin(): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : this.#look()
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    clearTimeout(this.#timer)
    await this.#looking?.catch(ignored)
    if (this.#listener !== undefined) this.#drop(this.#listener)
    const hasBegun = this.#lastLook > -Infinity
    if (hasBegun) await this.#database.call('leave', [this.#owner]).catch(ignored)
  }

  #rest(ms: number): void {
    clearTimeout(this.#timer)
    // Whoever waits for something asks by himself, and is told what fails.
    this.#timer = setTimeout(() => void this.#look().catch(ignored), ms)
    this.#timer.unref()
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined
      if (!this.#hasEnded) this.#rest(this.#isTold ? shortestMs : pollMs)
    })
    return this.#looking
  }

  async #lookNow(): Promise<void> {
    this.#isTold = false
    this.#lastLook = performance.now()
    // The options of a pool that is not quite one of `pg` may be anything.
    void this.#listen().catch(ignored)
    const rows = await this.#hear()
    if (this.#hasEnded) return
    const told = rows.filter(({ number }) => number !== null)
    this.#heard = told.map(({ number }) => number)
    if (told.length > 0) {
      // What was heard is taken out by the next look.
      this.#isTold = true
      this.#news.ended(told.map(endOf))
    }
    const isMoved = rows[0]?.['is_enqueued'] === true && (await this.#pump())
    if (isMoved) this.#isTold = true
    if ((isMoved || rows[0]?.['due_in'] === 0) && !this.#hasEnded) this.#news.due()
  }

  /** Tells whether something was moved. What cannot be moved now does not hold up what is stored, but for a right that lacks. */
  async #pump(): Promise<boolean> {
    try {
      return (await pump(this.#database, this.#rememberMs)) > 0
    } catch (thrown) {
      if (thrown instanceof OutboxError && thrown.problem === 'denied') throw thrown
      return false
    }
  }

  /** Asks over the connection that listens, which shows whether it is still there: one that hangs would never tell. */
  async #hear(): Promise<Row[]> {
    const { schema } = this.#database
    const listener = this.#isListening ? this.#listener : undefined
    try {
      return await this.#database.ask(
        'hear',
        `SELECT heard.*, EXISTS (SELECT FROM "${schema}".enqueued) AS is_enqueued FROM "${schema}".hear($1, $2) AS heard`,
        [this.#owner, this.#heard],
        listener,
      )
    } catch (thrown) {
      if (listener !== undefined) this.#drop(listener)
      throw thrown
    }
  }

  /** Hears at once what the server tells, where that is possible. */
  async #listen(): Promise<void> {
    const { options, timeoutMs, schema } = this.#database
    const now = performance.now()
    if (this.#listener !== undefined || options === undefined || now < this.#listensAt) return
    this.#listensAt = now + relistenMs
    // A pool hides its password from whoever copies its options.
    const { password } = options
    const client = new Client({ ...options, password, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs })
    this.#listener = client
    client.on('error', () => this.#drop(client))
    client.on('end', () => this.#drop(client))
    client.on('notification', ({ payload }) => {
      if (payload === '' || payload === this.#owner) this.#told()
    })
    try {
      await client.connect()
      // Its declarations do not know of it.
      const connected = client as Client & { processID: number; unref(): void }
      connected.unref()
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      // Behind a pooler a connection would listen that is somebody else's by the next statement.
      if (rows[0]?.pid !== connected.processID) {
        this.#listensAt = Infinity
        return this.#drop(client)
      }
      await client.query(`LISTEN "${schema}"`)
      this.#isListening = this.#listener === client
      // One that has worked is replaced at once.
      this.#listensAt = 0
    } catch {
      this.#drop(client)
    }
  }

  /** Lets a connection go, without waiting: a server that does not answer does not say goodbye either. */
  #drop(client: Client): void {
    if (this.#listener === client) {
      this.#listener = undefined
      this.#isListening = false
    }
    client.end().catch(ignored)
  }

  #told(): void {
    if (this.#hasEnded) return
    this.#isTold = true
    if (this.#looking === undefined) this.#rest(Math.max(0, this.#lastLook + shortestMs - performance.now()))
  }
}

function ignored(): void {}
