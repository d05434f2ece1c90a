import { ConfigurationError, type EventTrackingError, OutboxError } from '@obsidianlaunch/events'
import type { Database, Row } from '../database.ts'
import { migrations } from './sql.gen.ts'

/** The version of the schema that this package asks. */
export const version = Math.max(...migrations.map((migration) => migration.version))

/** @throws OutboxError (as the promise's rejection) for a schema of another version, or none, and a server that cannot be used */
export async function assertUsable(database: Database): Promise<void> {
  const { schema } = database
  const rows = await database.ask(
    'usable',
    `SELECT
      version, pg_is_in_recovery() AS is_replica, current_setting('transaction_isolation') AS isolation,
      (SELECT bool_or(prosrc ~ ('[ "]' || $1 || '"?\\.event')) FROM pg_proc
        WHERE pronamespace = to_regnamespace($1) AND proname = 'append') AS is_own
    FROM "${schema}".version`,
    [schema],
  )
  const [row] = rows
  try {
    assertVersion(schema, rows)
    assertServer(schema, row)
  } catch (thrown) {
    throw database.failed('opening', thrown as EventTrackingError)
  }
}

function assertServer(schema: string, row: Row | undefined): void {
  if (row?.['is_replica'] === true) {
    throw new OutboxError(
      'read-only',
      `The outbox ${schema} cannot be written: this server is a read-only replica. Give the address of the primary.`,
    )
  }
  // Each statement has to see what was committed before it, also behind a lock.
  if (row?.['isolation'] !== 'read committed') {
    throw new ConfigurationError(
      `postgresOutbox: transactions of this user are "${String(row?.['isolation'])}" by default, and have to be "read committed": ALTER ROLE … SET default_transaction_isolation = 'read committed'`,
    )
  }
  // A schema that was renamed or copied would fill the tables of another one.
  if (row['is_own'] !== true) {
    throw new OutboxError(
      'not-an-outbox',
      `The functions of the schema ${schema} work on tables of another schema: it was renamed or copied. Make it by \`npx @obsidianlaunch/events-cli outbox migrate URL\` under its own name.`,
    )
  }
}

/** Tells the version of a schema. @throws OutboxError for a table `version` of another program */
export function versionIn(schema: string, rows: readonly Row[]): number {
  const found = Number(rows[0]?.['version'] ?? Number.NaN)
  if (rows.length === 1 && Number.isSafeInteger(found)) return found
  throw new OutboxError(
    'not-an-outbox',
    `The schema ${schema} has a table "version" that is not ours: choose another schema. It was left as it is.`,
  )
}

function assertVersion(schema: string, rows: readonly Row[]): void {
  const found = versionIn(schema, rows)
  if (found > version) {
    throw new OutboxError(
      'newer',
      `The outbox ${schema} was made by a newer version of @obsidianlaunch/events-postgres: update this package. It was left as it is.`,
    )
  }
  if (found < version) {
    throw new OutboxError(
      'older',
      `The outbox ${schema} was made by an older version of @obsidianlaunch/events-postgres: bring it up to date by \`npx @obsidianlaunch/events-cli outbox migrate URL\`.`,
    )
  }
}
