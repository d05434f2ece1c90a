import type { PostgresOutboxContents } from '@obsidianlaunch/events-postgres'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { exitCodes, Failure, usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'

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

export function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
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
  const address = addressOf(url)
  const flag = schema === defaultSchema ? '' : ` --schema ${plain(schema, 63)}`
  return { url, schema, address, argument: `${typed ? ` ${address}` : ''}${flag}` }
}

/** Says what to write in place of an address that cannot be one. The address is not shown: it may have a password. */
export function addressProblem(url: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    return 'Write the address of a PostgreSQL database: postgres://user@host:5432/database.'
  }
  // After a / ? or # in it, a password that begins with digits would be read as a port, and shown.
  if (URL.canParse(url) && !/[/?#].*@/.test(url.replace(/^\w+:\/\//, ''))) return undefined
  return 'That address cannot be read. In user and password, characters such as @ : / # ? are written as %40 %3A %2F %23 %3F.'
}

/** The address of a database as it may be shown: without its password, and without options, which may have one. */
export function addressOf(url: string): string {
  const { username, host, pathname } = new URL(url)
  return plain(`postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`)
}

export function hasPassword(url: string): boolean {
  const { password, searchParams } = new URL(url)
  return password !== '' || searchParams.has('password')
}

export async function lookIntoDatabase({ url, schema }: Database, limit: number): Promise<PostgresOutboxContents> {
  const { readPostgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return readPostgresOutbox(url, { schema, limit })
}

/** Opens the outbox of a database, beside whoever shares it. Close it. */
export async function openDatabase({ url, schema }: Database): Promise<Outbox> {
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return postgresOutbox(url, { schema })
}
