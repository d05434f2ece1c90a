import { setTimeout } from 'node:timers/promises'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { hasPassword, isAddress } from '../outbox/address.ts'
import { databaseAt, databaseFailure } from '../outbox/database.ts'
import { exitCodes, Failure } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'
import { flagOf, inFlags, type RelaySettings, variableOf } from './flags.ts'
import { configuration, type GivenFlags } from './settings.ts'

interface Trouble {
  readonly message: string
  readonly problem?: string | undefined
}

/** The outbox of a relay, and how it is told of. */
export interface RelayOutbox {
  readonly outbox: Outbox
  /** Its name for people: of a database the address without its password. */
  readonly name: string
  /** Other relays and trackers have it open, too. */
  readonly isShared: boolean
  /** The reason why it may take a while to open it. */
  readonly slow: string
  /** Makes a failure of why it cannot be opened. */
  failure(trouble: Trouble): unknown
}

/** Makes the outbox that the options name, which is opened later; none where they name none. */
export async function outboxFrom(settings: RelaySettings): Promise<RelayOutbox | undefined> {
  const { outbox: given, schema, outboxMaxBytes: maxBytes, outboxWait } = settings
  if (given === undefined) return undefined
  if (!isAddress(given)) {
    if (schema !== undefined)
      throw configuration(`${flagOf('schema')} belongs to a database, and ${flagOf('outbox')} is a file.`)
    const { sqliteThreadOutbox } = await import('@obsidianlaunch/events/sqlite-thread')
    const outbox = sqliteThreadOutbox(given, { maxBytes, ownerTimeoutMs: outboxWait && Math.round(outboxWait * 1_000) })
    const slow = 'another process may have to give it up first'
    return { outbox, name: plain(given), isShared: false, slow, failure: fileTrouble }
  }
  for (const name of ['outboxMaxBytes', 'outboxWait'] as const) {
    if (settings[name] !== undefined)
      throw configuration(`${flagOf(name)} belongs to a file, and ${flagOf('outbox')} is a database.`)
  }
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  const database = databaseAt(given, schema, { isNamed: true })
  const name = database.address + (schema === undefined ? '' : `, schema ${schema}`)
  return {
    outbox: postgresOutbox(database.url, { schema }),
    name,
    isShared: true,
    slow: 'the database has not answered',
    failure: ({ message, problem }) =>
      databaseFailure(
        database,
        Object.assign(new Error(message), { code: problem ? 'outbox' : 'configuration', problem }),
      ),
  }
}

function fileTrouble({ message, problem }: Trouble): Failure {
  const told = plain(inFlags(message), 2_000)
  return problem ? new Failure(told, exitCodes.failed, 'outbox') : configuration(told)
}

/** Warns of a password in the command line. */
export function warnOfPassword({ err }: Shell, { outbox }: GivenFlags): void {
  if (typeof outbox !== 'string' || !isAddress(outbox) || !hasPassword(outbox)) return
  const instead = `put the address into ${variableOf('outbox')}, or the password into PGPASSWORD`
  err.wrap(
    '',
    `The password stands in the command line, where everybody on this machine can read it: ${instead}.`,
    'yellow',
  )
}

/** So long the first words of a relay wait for a count. */
const countMs = 2_000

/**
 * Counts what an outbox holds at the start: what is not this tracker's alone it does not count itself. A database that cannot
 * tell soon, or at all, keeps no relay from serving.
 */
export async function pendingIn({ outbox, isShared }: RelayOutbox, counted: number): Promise<number | undefined> {
  if (!isShared) return counted
  const counting = (async () => outbox.counts())().catch(() => undefined)
  return (await Promise.race([counting, setTimeout(countMs, undefined, { ref: false })]))?.pending
}

/** Says whose the events are that a relay counts, where others have some in the same outbox. */
export function ownIn(stored: RelayOutbox | undefined): string {
  return stored?.isShared ? ' of this relay' : ''
}

/** Says in a message of the tracker whose the events are that it counts: each of those that share an outbox counts its own. */
export function withOwner(message: string, stored: RelayOutbox | undefined): string {
  return message.replace(/\bEvents pending: \d+/, `$&${ownIn(stored)}`)
}

/** Says what an outbox keeps at the end. */
export function keptIn(stored: RelayOutbox, pending: number): string {
  const { name, isShared } = stored
  const whom = isShared ? 'the other relays, and the next start' : 'the next start'
  return `${plural(pending, 'event')}${ownIn(stored)} in ${name} for ${whom}`
}
