import type { Outbox, WaitingCustomer } from '@obsidianlaunch/events/sqlite'
import { existsSync } from 'node:fs'
import { usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { hasScheme, isAddress } from './address.ts'
import { databaseFailure, databaseOf, databaseVariable, lookIntoDatabase, openDatabase } from './database.ts'
import { lookInto, openOutbox } from './file.ts'

/** Contents of an outbox. Only a file is owned by somebody. */
export interface Contents {
  readonly isOwned?: boolean
  readonly pending: number
  readonly dead: number
  readonly customers: number
  readonly waiting: readonly WaitingCustomer[]
}

/** An outbox that a command line names: a file, or a schema of a database. */
export interface Place {
  readonly kind: 'file' | 'database'
  /** Its name for people. */
  readonly name: string
  /** The words by which another command line names it, with a blank before. */
  readonly argument: string
  /** Its name in a record. */
  readonly fields: { readonly file: string } | { readonly database: string; readonly schema: string }
  look(limit: number): Promise<Contents>
  /** Opens it, with `toChange` to change it. Close it. */
  open(how: { toChange: boolean }): Promise<Outbox>
  /** Makes of what was thrown a failure that says which outbox it is about. */
  failure(thrown: unknown): unknown
}

/**
 * Finds the outbox that is meant: what was typed, or the database of the variable.
 *
 * @throws Failure that says what to write
 */
export function placeOf(shell: Shell, given: string | undefined, schema: string | undefined): Place {
  if (given !== undefined && !isAddress(given)) {
    if (schema !== undefined) throw usage('--schema belongs to a database, and this is a file.')
    return filePlace(given)
  }
  if (given === undefined && !shell.env[databaseVariable]) {
    throw usage(
      `Name the outbox: a file such as events.db, or postgres://user@host/database; or set ${databaseVariable} to that.`,
    )
  }
  const database = databaseOf(shell, given, schema)
  const { address, argument } = database
  return {
    kind: 'database',
    name: schema === undefined ? address : `${address}, ${plain(database.schema, 63)}`,
    argument,
    fields: { database: address, schema: database.schema },
    look: (limit) => lookIntoDatabase(database, limit),
    open: () => openDatabase(database),
    failure: (thrown) => databaseFailure(database, thrown),
  }
}

function filePlace(path: string): Place {
  const name = plain(path)
  return {
    kind: 'file',
    name,
    argument: ` ${name}`,
    fields: { file: name },
    look: (limit) => lookInto(path, limit),
    open: (how) => openOutbox(path, how),
    failure: (thrown) => thrown,
  }
}

/** The outbox and the customer that `forget` is given: one word alone is the customer, in the database of the variable. */
export function placeAndCustomer(
  shell: Shell,
  words: readonly [string | undefined, string | undefined],
  schema: string | undefined,
): { place: Place; customerId: string } {
  const [first, second] = words
  if (first !== undefined && second !== undefined) return { place: placeOf(shell, first, schema), customerId: second }
  // Somebody has left out the customer, and the name of a file is none.
  if (first === undefined || hasScheme(first) || existsSync(first) || !shell.env[databaseVariable]) {
    throw usage(`forget needs the outbox and the customer, or the customer alone if ${databaseVariable} is set.`)
  }
  return { place: placeOf(shell, undefined, schema), customerId: first }
}
