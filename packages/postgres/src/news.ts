import type { OutboxNews } from '@obsidianlaunch/events/outbox-kit'
import { Client } from 'pg'
import type { Database } from './database.ts'
import { endOf } from './rows.ts'

/** The pause between two looks at what others have done, in case nobody tells. */
const pollMs = 2_000
/** So soon after a look nothing new is looked for, however much is told. */
const shortestMs = 20
/** The pause before it is tried again to listen. */
const relistenMs = 30_000

/**
 * Looks for what other owners have done: now and then, and as soon as the server tells. It keeps no process alive.
 *
 * | state   | becomes | when                                                          |
 * |---------|---------|---------------------------------------------------------------|
 * | –       | resting | `begin`                                                       |
 * | resting | looking | the pause is over, or the server tells                        |
 * | looking | resting | the server has answered, or failed                            |
 * | looking | looking | the server has told meanwhile, or had more than one answer    |
 * | any     | ended   | `end`                                                         |
 */
export class NewsWatch {
  readonly #database: Database
  readonly #owner: string
  readonly #news: OutboxNews
  #heard = '0'
  #timer: ReturnType<typeof setTimeout> | undefined
  #looking: Promise<void> | undefined
  #isTold = false
  #hasEnded = false
  #lastLook = -Infinity
  #listener: Client | undefined
  #listensAt = 0

  constructor(database: Database, owner: string, news: OutboxNews) {
    this.#database = database
    this.#owner = owner
    this.#news = news
  }

  /** Resolves once the others know that they are to tell. */
  begin(): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : this.#look()
  }

  async end(): Promise<void> {
    this.#hasEnded = true
    clearTimeout(this.#timer)
    await this.#looking?.catch(ignored)
    await this.#listener?.end().catch(ignored)
    await this.#database.call('leave', [this.#owner]).catch(ignored)
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
    const rows = await this.#database.call('hear', [this.#owner, this.#heard])
    if (this.#hasEnded) return
    const told = rows.filter(({ number }) => number !== null)
    const last = told.at(-1)
    if (last !== undefined) {
      this.#heard = last['number'] as string
      // What was heard is taken out by the next look.
      this.#isTold = true
      this.#news.ended(told.map(endOf))
    }
    if (rows[0]?.['due_in'] === 0) this.#news.due()
  }

  /** Hears at once what the server tells, where that is possible: through a pooler it may not be. */
  async #listen(): Promise<void> {
    const { options } = this.#database
    const now = performance.now()
    if (this.#listener !== undefined || options === undefined || now < this.#listensAt) return
    this.#listensAt = now + relistenMs
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
      await client.end().catch(ignored)
    }
  }

  #told(): void {
    if (this.#hasEnded) return
    this.#isTold = true
    if (this.#looking === undefined) this.#rest(Math.max(0, this.#lastLook + shortestMs - performance.now()))
  }
}

function ignored(): void {}
