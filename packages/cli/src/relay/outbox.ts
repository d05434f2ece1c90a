import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { addressOf, hasPassword, isAddress } from '../outbox/database.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'
import { flagOf, type RelaySettings, variableOf } from './flags.ts'
import { configuration, type GivenFlags } from './settings.ts'

/** The outbox of a relay, and how it is told of. */
export interface RelayOutbox {
  readonly outbox: Outbox
  /** Its name for people: of a database the address without its password. */
  readonly name: string
  /** Other relays and trackers have it open, too. */
  readonly isShared: boolean
  /** The reason why it may take a while to open it. */
  readonly slow: string
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
    return { outbox, name: plain(given), isShared: false, slow: 'another process may have to give it up first' }
  }
  for (const name of ['outboxMaxBytes', 'outboxWait'] as const) {
    if (settings[name] !== undefined)
      throw configuration(`${flagOf(name)} belongs to a file, and ${flagOf('outbox')} is a database.`)
  }
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  const name = addressOf(given) + (schema === undefined ? '' : `, schema ${schema}`)
  return { outbox: postgresOutbox(given, { schema }), name, isShared: true, slow: 'the database has not answered' }
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

/** Counts what an outbox holds at the start: what is not this tracker's alone it does not count itself. */
export async function pendingIn({ outbox, isShared }: RelayOutbox, counted: number): Promise<number> {
  return isShared ? (await outbox.counts()).pending : counted
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
