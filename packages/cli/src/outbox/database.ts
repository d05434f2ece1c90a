import type { PostgresOutboxContents } from '@obsidianlaunch/events-postgres'
import type { OutboxProblem } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { exitCodes, Failure, failureFrom, inOptions, isSdkError, textOf, usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { addressOf, addressProblem, hasPassword, withSslMode } from './address.ts'

/** The variable that names a database where a command line does not: a command line can be read by others. */
export const databaseVariable = 'DATABASE_URL'
export const defaultSchema = 'obsidian_events'

/** A schema of a database that has, or is to have, an outbox. */
export interface Database {
  /** The address with its password: never to be shown. */
  readonly url: string
  readonly schema: string
  /** The address as it may be shown. */
  readonly address: string
  /** The words by which a command line names it again; empty where a variable does. */
  readonly argument: string
}

/**
 * Reads which database is meant: the one that was typed, or that of the variable.
 *
 * @throws Failure that says what to write
 */
export function databaseOf(shell: Shell, given: string | undefined, schema = defaultSchema): Database {
  const typed = given !== undefined
  const url = given ?? shell.env[databaseVariable]?.trim()
  if (url === undefined || url === '') {
    throw usage(`Name the database: postgres://user@host/database, or set ${databaseVariable}.`)
  }
  const problem = addressProblem(url)
  if (problem !== undefined) {
    if (typed) throw usage(problem)
    throw new Failure(`${databaseVariable}: ${problem}`, exitCodes.configuration, 'configuration')
  }
  if (typed && hasPassword(url)) {
    shell.err.wrap(
      '',
      `The password stands in the command line, where everybody on this machine can read it: set ${databaseVariable} to the address instead, or PGPASSWORD.`,
      'dim',
    )
  }
  return databaseAt(url, schema, { isNamed: typed })
}

/** Makes a database of an address that is none of those with a problem. Where it is not named, a variable names it. */
export function databaseAt(url: string, schema = defaultSchema, { isNamed }: { isNamed: boolean }): Database {
  const address = addressOf(url)
  const flag = schema === defaultSchema ? '' : ` --schema ${plain(schema, 63)}`
  return { url: withSslMode(url), schema, address, argument: `${isNamed ? ` ${address}` : ''}${flag}` }
}

/** Problems of a database that a person has to mend: each is a wrong setting. The others may pass by themselves. */
const ofSettings: ReadonlySet<OutboxProblem | undefined> = new Set([
  'denied',
  'missing',
  'read-only',
  'older',
  'newer',
  'not-an-outbox',
])

/** Makes a failure that names the database, and how its outbox is made: nobody sees what a variable has named. */
export function databaseFailure(
  { address, argument }: Pick<Database, 'address' | 'argument'>,
  thrown: unknown,
): unknown {
  if (thrown instanceof Failure || !isSdkError(thrown)) return thrown
  const { exitCode, code, help } = failureFrom(thrown)
  const { problem, cause } = thrown as { problem?: OutboxProblem; cause?: { code?: unknown } }
  const isSetting = ofSettings.has(problem) || cause?.code === 'ENOTFOUND'
  // A tracker asks a database again; a command does not.
  const message = plain(inOptions(withoutAgain(textOf(thrown))))
  const said = `${message.replace('outbox migrate URL', `outbox migrate${argument}`)} The database is ${address}.`
  if (isSetting) return new Failure(said, exitCodes.configuration, 'configuration', { help })
  return new Failure(said, exitCode, code, { help })
}

/** Leaves out that a tracker asks again. */
export function withoutAgain(message: string): string {
  return message.replace(/ It (?:has worked before: it )?is asked again\.$/, '')
}

export async function lookIntoDatabase({ url, schema }: Database, limit: number): Promise<PostgresOutboxContents> {
  const { readPostgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return readPostgresOutbox(url, { schema, limit })
}

/** Opens the outbox of a database, beside whoever shares it. Close it. */
export async function openDatabase({ url, schema }: Database, timeoutMs?: number): Promise<Outbox> {
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return postgresOutbox(url, { schema, timeoutMs })
}
