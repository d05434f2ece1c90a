import { Command, Option } from 'commander'
import { usage } from '../terminal/failure.ts'
import { integerFrom, letterNumber, schemaName } from '../terminal/option-values.ts'
import type { Place } from '../outbox/place.ts'
import type { Shell } from '../terminal/shell.ts'

const outboxArgument = ['[outbox]', 'file of the outbox, or postgres://user@host/database'] as const
const databaseArgument = ['[database]', 'postgres://user@host/database'] as const
const schemaOption = ['--schema <name>', 'schema of the database (obsidian_events)', schemaName] as const

const variable = `
Without an outbox it is the database of the variable DATABASE_URL. Other users
of this machine can read a command line: let no password stand in it.`

interface Given {
  schema?: string
}

/** Commands for an outbox, in a file or a database. What they do is in modules that are loaded when needed. */
export function outboxCommand(shell: Shell): Command {
  const outbox = new Command('outbox')
    .summary('look into an outbox, and change it')
    .description(
      'Look into the file or the database in which trackers keep their pending events, replay dead letters, erase a customer, make and upgrade the schema of a database, move a file into it.',
    )
    .helpCommand(false)
    .addHelpText('after', examplesOf('list events.db', 'dead events.db', 'replay events.db --all'))
    .addHelpText('after', variable)
  for (const build of [list, dead, replay, forget, migrate, sql, move]) outbox.addCommand(build(shell))
  return outbox
}

function list(shell: Shell): Command {
  return new Command('list')
    .summary('list pending events by customer')
    .description('List the customers with pending events, the oldest event first.')
    .addHelpText('after', examplesOf('list events.db', 'list events.db --limit 100'))
    .argument(...outboxArgument)
    .option('--limit <n>', 'how many', integerFrom(0, 1_000_000), 20)
    .option(...schemaOption)
    .action(async (given: string | undefined, { limit, schema }: Given & { limit: number }) => {
      const { listWaiting } = await import('../outbox/lists.ts')
      return inPlace(await placeOf(shell, given, schema), (place) => listWaiting(shell, place, limit))
    })
}

function dead(shell: Shell): Command {
  return new Command('dead')
    .summary('list dead letters')
    .addHelpText('after', examplesOf('dead events.db', 'dead events.db --json'))
    .description(
      'List the dead letters, the oldest first: events that the API refused for good or that became too old.',
    )
    .argument(...outboxArgument)
    .option('--limit <n>', 'how many', integerFrom(0, 1_000_000), 20)
    .option(...schemaOption)
    .action(async (given: string | undefined, { limit, schema }: Given & { limit: number }) => {
      const { listDead } = await import('../outbox/lists.ts')
      return inPlace(await placeOf(shell, given, schema), (place) => listDead(shell, place, limit))
    })
}

function replay(shell: Shell): Command {
  return new Command('replay')
    .summary('make dead letters pending again')
    .addHelpText('after', examplesOf('replay events.db --id 3 --id 4', 'replay events.db --all'))
    .description(
      "Make dead letters pending again, each at the end of its customer's lane. A file may not be open in a tracker; a database may be in use.",
    )
    .argument(...outboxArgument)
    .addOption(new Option('--id <number>', 'one of them; may be repeated').argParser<string[]>(letterNumber))
    .option('--all', 'every one')
    .option(...schemaOption)
    .action(async (given: string | undefined, { id: ids, all, schema }: Given & { id?: string[]; all?: true }) => {
      if ((ids === undefined) === (all === undefined)) throw usage('replay needs either --id or --all.')
      const { replayDead } = await import('../outbox/changes.ts')
      return inPlace(await placeOf(shell, given, schema), (place) => replayDead(shell, place, ids))
    })
}

function forget(shell: Shell): Command {
  return new Command('forget')
    .summary('erase a customer')
    .addHelpText('after', examplesOf('forget events.db user123', 'forget events.db user123 --yes'))
    .description(
      'Erase all events of a customer, pending or dead. A file may not be open in a tracker; a database may be in use.',
    )
    .usage('[options] [outbox] <customer>')
    .argument(...outboxArgument)
    .argument('[customer]', 'your own id of the customer')
    .option('--yes', 'do not ask')
    .option(...schemaOption)
    .action(async (first: string | undefined, second: string | undefined, { yes, schema }: Given & { yes?: true }) => {
      const { placeAndCustomer } = await import('../outbox/place.ts')
      const { place, customerId } = placeAndCustomer(shell, [first, second], schema)
      const { forgetCustomer } = await import('../outbox/changes.ts')
      return inPlace(place, () => forgetCustomer(shell, place, customerId, yes === true))
    })
}

function migrate(shell: Shell): Command {
  return new Command('migrate')
    .summary('make the outbox in a database, or upgrade it')
    .addHelpText('after', examplesOf('migrate postgres://admin@db.internal/app', 'migrate --schema app_events'))
    .addHelpText('after', variable)
    .description(
      'Make the outbox in a database, or bring it up to date, in one transaction. Run it before new code is started, by a user who may create schemas.',
    )
    .argument(...databaseArgument)
    .option(...schemaOption)
    .action(async (given: string | undefined, { schema }: Given) => {
      const { databaseOf } = await import('../outbox/database.ts')
      const { migrateDatabase } = await import('../outbox/schema.ts')
      return migrateDatabase(shell, databaseOf(shell, given, schema))
    })
}

function sql(shell: Shell): Command {
  return new Command('sql')
    .summary('print the SQL that migrate runs')
    .addHelpText('after', examplesOf('sql', 'sql --schema app_events --from 1'))
    .description('Print the SQL that `migrate` runs, for migrations of your own.')
    .option(...schemaOption)
    .option('--from <version>', 'version that is there already', integerFrom(0, 1_000_000), 0)
    .action(async ({ schema, from }: Given & { from: number }) => {
      const { printSql } = await import('../outbox/schema.ts')
      return printSql(shell, schema, from)
    })
}

function move(shell: Shell): Command {
  return new Command('move')
    .summary('move a file into a database')
    .addHelpText('after', examplesOf('move events.db postgres://events@db.internal/app', 'move events.db'))
    .addHelpText('after', variable)
    .description(
      "Move what a file keeps into a database: pending events, each customer's in order, and dead letters. Nothing leaves the file before the database has it; where it was interrupted, run it again. No tracker may have the file open.",
    )
    .argument('<file>', 'file of the outbox')
    .argument(...databaseArgument)
    .option(...schemaOption)
    .action(async (file: string, given: string | undefined, { schema }: Given) => {
      const { databaseOf } = await import('../outbox/database.ts')
      const { moveFile } = await import('../outbox/move.ts')
      return moveFile(shell, file, databaseOf(shell, given, schema))
    })
}

async function placeOf(shell: Shell, given: string | undefined, schema: string | undefined) {
  const place = await import('../outbox/place.ts')
  return place.placeOf(shell, given, schema)
}

/** Does something with an outbox. What fails says which one it was. */
async function inPlace(place: Place, work: (place: Place) => Promise<void>): Promise<void> {
  try {
    await work(place)
  } catch (thrown) {
    throw place.failure(thrown)
  }
}

function examplesOf(...lines: string[]): string {
  return ['\nExamples:', ...lines.map((line) => `  obsidian-events outbox ${line}`)].join('\n')
}
