import { OutboxError } from '@obsidianlaunch/events'
import type { Database } from '../database.ts'
import { migrations } from './sql.gen.ts'

/** The version of the schema that this package asks. */
export const version = Math.max(...migrations.map((migration) => migration.version))

/** @throws OutboxError (as the promise's rejection) for a schema of another version, or none */
export async function assertVersion(database: Database): Promise<void> {
  const { schema } = database
  const [row] = await database.ask('version', `SELECT version FROM "${schema}".version`)
  const found = row?.['version'] as number
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
  throw foreign(schema)
}

/** The error for a schema that somebody else has made. */
export function foreign(schema: string): OutboxError {
  return new OutboxError(
    'not-an-outbox',
    `The schema ${schema} has a table "version" that is not ours: choose another schema. It was left as it is.`,
  )
}
