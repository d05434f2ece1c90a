import { setTimeout as pass } from 'node:timers/promises'
import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { createDatabase } from '@obsidianlaunch/testkit/database'
import { Pool, type PoolClient } from 'pg'
import { migrate, postgresOutbox } from '../../src/index.ts'

/** A request that has arrived at the API. */
export interface Arrival {
  readonly path: string
  readonly id: string | null
  readonly body: { readonly customer_id: string; readonly event?: string; readonly [field: string]: unknown }
}

/** A database with an outbox in it, the trackers that send what is in it, and what has arrived. */
export class Site implements AsyncDisposable {
  readonly url: string
  readonly pool: Pool
  readonly arrivals: Arrival[] = []
  readonly #database: AsyncDisposable
  readonly #trackers: EventTracker[] = []

  private constructor(database: AsyncDisposable & { url: string }) {
    this.#database = database
    this.url = database.url
    this.pool = new Pool({ connectionString: database.url, max: 20 })
    // A database that is dropped ends the connections that are just being closed.
    this.pool.on('error', () => undefined)
  }

  static async open(): Promise<Site> {
    const site = new Site(await createDatabase())
    await migrate(site.url)
    return site
  }

  /** A tracker that sends what the outbox holds. */
  async tracker(options: TrackerOptions = {}): Promise<EventTracker> {
    const tracker = new EventTracker({
      token: 'token-of-the-tests',
      outbox: postgresOutbox(this.url),
      fetch: async (url, init) => {
        const { pathname } = new URL(url)
        const headers = new Headers(init.headers)
        const body = JSON.parse(String(init.body)) as Arrival['body']
        this.arrivals.push({ path: pathname, id: headers.get('idempotency-key'), body })
        return new Response('{}', { status: 200 })
      },
      ...options,
    })
    this.#trackers.push(tracker)
    await tracker.start()
    return tracker
  }

  /** Runs something in a transaction, which commits. */
  async transaction<T>(use: (client: PoolClient) => Promise<T>, end: 'COMMIT' | 'ROLLBACK' = 'COMMIT'): Promise<T> {
    const client = await this.pool.connect()
    try {
      await client.query('BEGIN')
      const result = await use(client)
      await client.query(end)
      return result
    } finally {
      client.release()
    }
  }

  async query(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.pool.query<Record<string, unknown>>(text, values)).rows
  }

  /** Waits until nothing is enqueued or pending. Whoever sends it looks by himself, too, but not at once. */
  async settled(): Promise<void> {
    await this.query('NOTIFY obsidian_events')
    const left = `SELECT EXISTS (SELECT FROM obsidian_events.enqueued) OR EXISTS (SELECT FROM obsidian_events.event) AS left`
    while ((await this.query(left))[0]?.['left'] === true) await pass(20)
  }

  /** The names of what has arrived, of one customer or all. */
  events(customerId?: string): unknown[] {
    const bodies = this.arrivals.map(({ body }) => body)
    return bodies
      .filter((body) => customerId === undefined || body.customer_id === customerId)
      .map(({ event }) => event)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#trackers.map((tracker) => tracker.shutdown({ timeoutMs: 5_000 })))
    await this.pool.end()
    await this.#database[Symbol.asyncDispose]()
  }
}
