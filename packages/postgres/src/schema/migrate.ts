import { Pool } from 'pg'
import { outboxError } from '../errors.ts'
import { assertSchema, assertSource, defaultSchema } from '../options.ts'
import type { PostgresPool } from '../pool.ts'
import { migrations as files } from './sql.gen.ts'
import { version } from './version.ts'
import { OutboxError } from '@obsidianlaunch/events'

/** The time in which the server has to answer at all. */
const connectMs = 10_000

/** A step that brings the schema from the version before it to its own. */
export interface Migration {
  readonly version: number
  /** A word or two, for the name of a file. */
  readonly name: string
  /** Statements that are to run in one transaction. */
  readonly sql: string
}

export interface SchemaOptions {
  /** The schema of the database that has the outbox. @default 'obsidian_events' */
  schema?: string | undefined
}

/**
 * Lists the steps that make the outbox, for migrations of your own. The same SQL is in the folder `sql` of this package, for
 * the schema `obsidian_events`.
 *
 * @throws ConfigurationError for a name that is impossible
 * @example
 * for (const { version, name, sql } of migrations()) writeFileSync(`migrations/${version}-${name}.sql`, sql)
 */
export function migrations({ schema = defaultSchema }: SchemaOptions = {}): readonly Migration[] {
  assertSchema('migrations', schema)
  if (schema === defaultSchema) return files
  return files.map(({ version: to, name, sql }) => ({ version: to, name, sql: named(sql, schema) }))
}

/**
 * Makes the outbox in a database, or brings it up to date: all in one transaction, one program at a time. Run it before new
 * code is started, by a user who may create schemas; trackers never do.
 *
 * @returns the versions before and after; `from` is 0 where there was none
 * @throws (as the promise's rejection) OutboxError that says why it cannot be done; ConfigurationError for a wrong argument
 * @example
 * await migrate(process.env.DATABASE_URL)
 */
export async function migrate(
  source: PostgresPool | string,
  { schema = defaultSchema }: SchemaOptions = {},
): Promise<{ from: number; to: number }> {
  assertSource('migrate', source)
  assertSchema('migrate', schema)
  const own =
    typeof source === 'string'
      ? new Pool({ connectionString: source, max: 1, connectionTimeoutMillis: connectMs })
      : undefined
  own?.on('error', ignore)
  try {
    const client = await (own ?? (source as PostgresPool)).connect()
    client.on('error', ignore)
    let failure: Error | undefined
    try {
      return await stepUp(client, schema)
    } catch (thrown) {
      failure = thrown as Error
      throw thrown
    } finally {
      // A transaction that failed ends with its connection.
      if (failure === undefined) client.off('error', ignore)
      client.release(failure)
    }
  } catch (thrown) {
    throw outboxError(thrown, schema)
  } finally {
    await own?.end()
  }
}

/** Puts a name in the place of the one that is written out: quoted, since it may be a word of SQL, but for the name of the channel. */
function named(sql: string, schema: string): string {
  return sql.replaceAll(`'${defaultSchema}'`, `'${schema}'`).replaceAll(defaultSchema, `"${schema}"`)
}

type Asking = { query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> }

async function stepUp(client: Asking, schema: string): Promise<{ from: number; to: number }> {
  await client.query('BEGIN')
  // Who comes second waits here, and finds it done.
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema}.migrate`])
  const from = await versionOf(client, schema)
  if (from > version) {
    throw new OutboxError(
      'newer',
      `The outbox ${schema} was made by a newer version of this package. It was left as it is.`,
    )
  }
  for (const step of migrations({ schema })) if (step.version > from) await client.query(step.sql)
  await client.query('COMMIT')
  return { from, to: version }
}

async function versionOf(client: Asking, schema: string): Promise<number> {
  const { rows } = await client.query('SELECT to_regclass($1) AS found', [`"${schema}".version`])
  if (rows[0]?.['found'] === null) return 0
  const found = await client.query(`SELECT version FROM "${schema}".version`)
  return Number(found.rows[0]?.['version'] ?? 0)
}

function ignore(): void {}
