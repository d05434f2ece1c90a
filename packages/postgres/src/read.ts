import { ConfigurationError } from '@obsidianlaunch/events'
import type { WaitingCustomer } from '@obsidianlaunch/events/outbox-kit'
import { Database, type Row } from './database.ts'
import { assertSource, settingsOf } from './options.ts'
import type { PostgresPool } from './pool.ts'
import { customerOf } from './rows.ts'
import { assertUsable } from './schema/version.ts'

/** Somebody waits for the answer, and it may take a while to count millions. */
const timeoutMs = 120_000

/** The contents of an outbox in a database, for the person who looks after it. */
export interface PostgresOutboxContents {
  readonly pending: number
  readonly dead: number
  /** The number of customers with pending events. */
  readonly customers: number
  /** Those of them that wait longest. */
  readonly waiting: readonly WaitingCustomer[]
}

/**
 * Looks into an outbox in a database, beside the trackers that share it: who waits, and for how long. All of it is of one
 * moment, and counted exactly, which takes a while where millions are pending. It changes nothing.
 *
 * @param source a Pool of the package `pg`, which is left open, or the address of a database
 * @param options.limit how many customers are listed; 100 where it is left out
 * @throws (as the promise's rejection) OutboxError that says why it cannot be read; ConfigurationError for a wrong argument
 * @example
 * const { pending, dead, waiting } = await readPostgresOutbox('postgres://events@db.internal/app')
 */
export async function readPostgresOutbox(
  source: PostgresPool | string,
  { schema, limit = 100 }: { schema?: string | undefined; limit?: number | undefined } = {},
): Promise<PostgresOutboxContents> {
  assertSource('readPostgresOutbox', source)
  if (!Number.isInteger(limit) || limit < 0 || limit >= 2 ** 31) {
    throw new ConfigurationError('readPostgresOutbox: limit must be an integer from 0 to 2147483647')
  }
  const database = new Database(source, { ...settingsOf('readPostgresOutbox', { schema }), timeoutMs })
  try {
    await assertUsable(database)
    return contentsOf(await database.ask('contents', statementFor(database.schema), [limit]))
  } finally {
    await database.close()
  }
}

/** One statement sees all of one moment. */
function statementFor(schema: string): string {
  return `SELECT
    (SELECT count(*) FROM "${schema}".event) + (SELECT count(*) FROM "${schema}".enqueued) AS pending,
    (SELECT count(*) FROM "${schema}".dead) AS dead,
    (SELECT count(*) FROM (
      SELECT customer_id FROM "${schema}".lane UNION SELECT customer_id FROM "${schema}".enqueued
    ) AS c) AS customers,
    (SELECT json_agg(w) FROM "${schema}".waiting($1, ${2 ** 31 - 1}) AS w) AS waiting`
}

function contentsOf([row]: readonly Row[]): PostgresOutboxContents {
  const { pending, dead, customers, waiting } = row as Row
  return {
    pending: Number(pending),
    dead: Number(dead),
    customers: Number(customers),
    waiting: ((waiting ?? []) as Row[]).map(customerOf),
  }
}
