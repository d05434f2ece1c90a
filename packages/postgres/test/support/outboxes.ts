import type { Claim, Outbox, OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { createDatabase } from '@obsidianlaunch/testkit/database'
import { Pool, type PoolClient } from 'pg'
import { migrate, postgresOutbox, type PostgresOutboxOptions } from '../../src/index.ts'

/** A database with an outbox in it, and whatever a test opens of it, until the end of the block. */
export class Outboxes implements AsyncDisposable {
  readonly url: string
  /** Connections for what no outbox does. */
  readonly pool: Pool
  /** Ends what was opened, the newest first. */
  readonly #ends: (() => unknown)[] = []

  private constructor(database: AsyncDisposable & { url: string }) {
    this.url = database.url
    this.#ends.push(() => database[Symbol.asyncDispose]())
    this.pool = new Pool({ connectionString: database.url })
    this.pool.on('error', () => undefined)
    this.#ends.push(() => this.pool.end())
  }

  static async make(): Promise<Outboxes> {
    const outboxes = new Outboxes(await createDatabase())
    await migrate(outboxes.url)
    return outboxes
  }

  open(options?: PostgresOutboxOptions, source: Parameters<typeof postgresOutbox>[0] = this.url): Outbox {
    const outbox = postgresOutbox(source, options)
    this.#ends.push(() => outbox.close())
    return outbox
  }

  atEnd(end: () => unknown): void {
    this.#ends.push(end)
  }

  /** A connection of its own, which stays in whatever transaction it begins. */
  async session(): Promise<PoolClient> {
    const client = await this.pool.connect()
    client.on('error', () => undefined)
    this.#ends.push(() => client.release(true))
    return client
  }

  async sql(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.pool.query<Record<string, unknown>>(text, values)).rows
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.toReversed()) await end()
  }
}

let made = 0

export function entry(given: Partial<OutboxEntry> = {}): OutboxEntry {
  const id = `id-${++made}`
  const body = JSON.stringify({ event: id })
  return { id, customerId: 'ada', operation: 'trackEvent', body, acceptedAt: 1_790_000_000_000, ...given }
}

export async function lend(outbox: Outbox, leaseMs = 60_000): Promise<Claim> {
  const [claim] = await outbox.claim(1, leaseMs, 'oldest')
  if (claim === undefined) throw new Error('Nothing was lent.')
  return claim
}
