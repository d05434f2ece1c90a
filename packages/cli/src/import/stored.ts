import type { EventTracker, Outbox, OutboxProblem } from '@obsidianlaunch/events'
import { isAddress } from '../outbox/address.ts'
import { databaseFailure, databaseOf } from '../outbox/database.ts'
import { owned } from '../outbox/file.ts'
import { exitCodes, Failure, inOptions, usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import type { ImportOptions } from './options.ts'

const defaultRememberMs = 30 * 24 * 3_600_000
/** Time after which people want to know why nothing happens. */
const slowOpeningMs = 1_000

/** The outbox of an import, in which the ids of events are remembered. */
export interface Stored {
  readonly outbox: Outbox
  /** Its name for people. */
  readonly name: string
  /** Others send what is in it, too. */
  readonly isShared: boolean
  /** Makes a failure of why it cannot be opened. */
  failure(trouble: { message: string; problem?: OutboxProblem | undefined }): unknown
}

/** Makes the outbox that the options name, which is opened later; none where they name none. */
export async function storedFrom(shell: Shell, options: ImportOptions): Promise<Stored | undefined> {
  const { outbox: given, schema, remember: rememberMs = defaultRememberMs } = options
  if (given === undefined) {
    const stranger = options.remember !== undefined ? '--remember' : schema !== undefined ? '--schema' : undefined
    if (stranger !== undefined) throw usage(`${stranger} goes only with --outbox.`)
    return undefined
  }
  if (given === true || isAddress(given))
    return inDatabase(shell, given === true ? undefined : given, options, rememberMs)
  if (schema !== undefined) throw usage('--schema belongs to a database, and --outbox is a file.')
  const { sqliteOutbox } = await import('@obsidianlaunch/events/sqlite')
  return {
    outbox: sqliteOutbox(given, { rememberMs, rememberedIds: Number.MAX_SAFE_INTEGER, ownerTimeoutMs: 0 }),
    name: plain(given),
    isShared: false,
    failure: ({ message }) =>
      message.includes('is in use by another tracker')
        ? owned(`${plain(given)} is in use by another import or tracker: go on once that has ended.`)
        : new Failure(plain(message, 2_000), exitCodes.failed, 'outbox'),
  }
}

async function inDatabase(shell: Shell, given: string | undefined, { schema }: ImportOptions, rememberMs: number) {
  const database = databaseOf(shell, given, schema)
  const { postgresOutbox } = await import('@obsidianlaunch/events-postgres')
  return {
    outbox: postgresOutbox(database.url, { schema: database.schema, rememberMs }),
    name: database.address,
    isShared: true,
    failure: ({ message, problem }) => {
      const code = problem === undefined ? 'configuration' : 'outbox'
      return databaseFailure(database, Object.assign(new Error(message), { code, problem }))
    },
  } satisfies Stored
}

/** Opens the outbox, before anything is sent. @throws Failure that says why it cannot be opened */
export async function openStored(shell: Shell, tracker: EventTracker, stored: Stored): Promise<void> {
  let told: 'nothing' | 'silence' | 'cause' = 'nothing'
  const tell = () => {
    const { trouble } = tracker.status().outbox
    const known = trouble === undefined ? 'silence' : 'cause'
    if (told === 'cause' || told === known) return
    told = known
    const why = trouble === undefined ? 'it has not answered.' : plain(inOptions(trouble.message))
    shell.err.wrap('', `${stored.name} is not open yet: ${why}`, 'yellow')
  }
  const timer = setInterval(tell, slowOpeningMs)
  const stopped = new Promise<void>((resolve) => {
    if (shell.stopped.aborted) resolve()
    shell.stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([tracker.start(), stopped]).finally(() => clearInterval(timer))
  const { state, trouble } = tracker.status().outbox
  if (state === 'opening') throw new Failure(`Stopped before ${stored.name} was open: nothing was sent.`)
  if (state === 'failed') throw stored.failure(trouble ?? { message: `${stored.name} cannot be opened.` })
}
