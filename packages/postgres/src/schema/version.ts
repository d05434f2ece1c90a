import { ConfigurationError, OutboxError } from '@obsidianlaunch/events'
import type { Database } from '../database.ts'
import { migrations } from './sql.gen.ts'

/** The version of the schema that this package asks. */
export const version = Math.max(...migrations.map((migration) => migration.version))

/** @throws OutboxError (as the promise's rejection) for a schema of another version, or none, and a server that cannot be used */
export async function assertUsable(database: Database): Promise<void> {
  const { schema } = database
  const [row] = await database.ask(
    'usable',
    `SELECT version, pg_is_in_recovery() AS is_replica, current_setting('transaction_isolation') AS isolation
    FROM "${schema}".version`,
  )
  if (row?.['is_replica'] === true) {
    throw new OutboxError(
      'read-only',
      `The outbox ${schema} cannot be written: this server is a read-only replica. Give the address of the primary.`,
    )
  }
  // Each statement has to see what was committed before it, also behind a lock.
  if (row !== undefined && row['isolation'] !== 'read committed') {
    throw new ConfigurationError(
      `postgresOutbox: transactions of this user are "${String(row['isolation'])}" by default, and have to be "read committed": ALTER ROLE … SET default_transaction_isolation = 'read committed'`,
    )
  }
  assertVersion(schema, row?.['version'])
}

function assertVersion(schema: string, given: unknown): void {
  const found = Number(given ?? Number.NaN)
  if (found === version) return
  if (found > version) {
    throw new OutboxError(
      'newer',
      `The outbox ${schema} was made by a newer version of @obsidianlaunch/events-postgres: update this package. It was left as it is.`,
    )
  }
  if (found < version) {
    throw new OutboxError(
      'older',
      `The outbox ${schema} was made by an older version of @obsidianlaunch/events-postgres: bring it up to date by \`npx obsidian-events outbox migrate URL\`.`,
    )
  }
  throw new OutboxError(
    'not-an-outbox',
    `The schema ${schema} has a table "version" that is not ours: choose another schema.`,
  )
}
