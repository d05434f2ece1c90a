/** An outbox in PostgreSQL for `@obsidianlaunch/events`, which several machines share. */
import type { Outbox } from '@obsidianlaunch/events'
import { assertSource, type PostgresOutboxOptions, settingsOf } from './options.ts'
import type { PostgresPool } from './pool.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

export { enqueue, enqueueStatement } from './enqueue/enqueue.ts'
export type { EnqueuedEvent, EnqueueOptions, EnqueueStatement } from './enqueue/enqueue.ts'
export { moveOutbox, type Moved, type MoveOptions } from './move.ts'
export type { PostgresOutboxOptions } from './options.ts'
export type { PostgresClient, PostgresPool, PostgresPoolClient } from './pool.ts'
export { type PostgresOutboxContents, readPostgresOutbox } from './read.ts'
export { migrate, type Migration, migrations, type SchemaOptions } from './schema/migrate.ts'

/**
 * An outbox in a schema of a PostgreSQL database. Any number of trackers and relays may share it, on any number of machines:
 * the events of a customer are sent one at a time and in order, whoever tracked them and whoever sends them. It is opened at
 * the first event; make its schema before, by `migrate`.
 *
 * @param source a Pool of the package `pg`, which is left open, or the address of a database
 * @throws ConfigurationError for an argument that is impossible
 * @example
 * const tracker = new EventTracker({ outbox: postgresOutbox('postgres://events@db.internal/app') })
 */
export function postgresOutbox(source: PostgresPool | string, options: PostgresOutboxOptions = {}): Outbox {
  assertSource('postgresOutbox', source)
  return new PostgresOutbox(source, settingsOf('postgresOutbox', options))
}
