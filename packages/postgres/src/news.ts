import { OutboxError } from '@obsidianlaunch/events'
import type { OutboxNews } from '@obsidianlaunch/events/outbox-kit'
import { Client, type ClientConfig } from 'pg'
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
  /** Numbers of what was told by the last look, which are taken out by the next. */
  #heard: readonly unknown[] = []
  readonly #rememberMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking: Promise<void> | undefined
  #isTold = false
  #hasEnded = false
  #lastLook = -Infinity
  #listener: Client | undefined
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
    // A server that does not answer does not say goodbye either.
    void this.#listener?.end().catch(ignored)
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
    void this.#listen()
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

  #hear(): Promise<Row[]> {
    const { schema } = this.#database
    return this.#database.ask(
      'hear',
      `SELECT heard.*, EXISTS (SELECT FROM "${schema}".enqueued) AS is_enqueued FROM "${schema}".hear($1, $2) AS heard`,
      [this.#owner, this.#heard],
    )
  }

  /** Hears at once what the server tells, where that is possible: through a pooler it may not be. */
  async #listen(): Promise<void> {
    const { options } = this.#database
    const now = performance.now()
    if (this.#listener !== undefined || options === undefined || now < this.#listensAt) return
    this.#listensAt = now + relistenMs
    // Those of a pool that is not quite one of `pg` may be anything.
    await this.#connect(options).catch(ignored)
  }

  async #connect(options: ClientConfig): Promise<void> {
    const client = new Client(options)
    this.#listener = client
    const lost = (): void => {
      if (this.#listener === client) this.#listener = undefined
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ payload }) => {
      if (payload === '' || payload === this.#owner) this.#told()
    })
    try {
      await client.connect()
      // Its declarations do not know of it.
      ;(client as Client & { unref(): void }).unref()
      await client.query(`LISTEN "${this.#database.schema}"`)
    } catch {
      lost()
      await client.end()
    }
  }

  #told(): void {
    if (this.#hasEnded) return
    this.#isTold = true
    if (this.#looking === undefined) this.#rest(Math.max(0, this.#lastLook + shortestMs - performance.now()))
  }
}

function ignored(): void {}
