import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { type Database, databaseFailure, defaultSchema } from './database.ts'

/** Makes the outbox in a database, or brings it up to date. */
export async function migrateDatabase(shell: Shell, database: Database): Promise<void> {
  const { migrate } = await import('@obsidianlaunch/events-postgres')
  const { url, schema, address } = database
  const { from, to } = await migrate(url, { schema }).catch((thrown: unknown) => {
    throw databaseFailure(database, thrown)
  })
  shell.report({ type: 'migrated', database: address, schema, from, to }, () => {
    const { out } = shell
    const what = `The outbox ${plain(schema, 63)} of ${address}`
    if (from === to) return out.wrap('', `${what} is up to date, at version ${to}. Nothing was changed.`)
    const done = from === 0 ? `was made, at version ${to}` : `was brought from version ${from} to ${to}`
    out.wrap(`${out.tone('green', '✓')} `, `${what} ${done}.`)
  })
}

/** Prints the SQL that does the same, for people's own migrations. */
export async function printSql(shell: Shell, schema = defaultSchema, from = 0): Promise<void> {
  const { migrations } = await import('@obsidianlaunch/events-postgres')
  const all = migrations({ schema })
  const newest = all.at(-1)?.version ?? 0
  if (from > newest) throw usage(`--from: The newest version is ${newest}.`)
  for (const { version, name, sql } of all.filter((step) => step.version > from)) {
    shell.report({ type: 'migration', version, name, sql }, () =>
      shell.out.print(`-- Version ${version}: ${name}. To be run in one transaction.\n\n${sql.trim()}\n`),
    )
  }
}
