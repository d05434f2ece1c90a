import type { EventTracker, Outbox, OutboxProblem } from '@obsidianlaunch/events'
import { isAddress } from '../outbox/address.ts'
import { databaseFailure, databaseOf, withoutAgain } from '../outbox/database.ts'
import { owned } from '../outbox/file.ts'
import { exitCodes, Failure, inOptions, usage } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { plain, plural } from '../terminal/text.ts'
import type { ImportOptions } from './options.ts'

const defaultRememberMs = 30 * 24 * 3_600_000
/** Time after which people want to know why nothing happens. */
const slowOpeningMs = 1_000
/** Time in which an outbox has to be open: longer than one question to a database may take, whose reason is then known. */
const openingPatienceMs = 15_000

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
      // What is told of a failure has its cause in words alone.
      const cause = { code: /\bENOTFOUND\b/.exec(message)?.[0] }
      const error = databaseFailure(database, Object.assign(new Error(message), { code, problem, cause }))
      return mayBeAway(problem) ? withNextStep(error as Failure, database.argument) : error
    },
  } satisfies Stored
}

function mayBeAway(problem: OutboxProblem | undefined): boolean {
  return problem === 'io' || problem === 'busy'
}

/** The next step after a database that is away, or is not there. */
function withNextStep({ message, exitCode, code, help }: Failure, argument: string): Failure {
  const advice = `Nothing was sent. Start it, or mend its address, and give the same command again. \`obsidian-events doctor --outbox${argument}\` looks into it.`
  return new Failure(`${message} ${advice}`, exitCode, code, { help })
}

/**
 * Opens the outbox, before anything is sent. One that is away is asked again for a while, since a server that is restarted comes
 * back; then the import ends, which may be given again as it is.
 *
 * @throws Failure that says why it cannot be opened
 */
export async function openStored(
  shell: Shell,
  tracker: EventTracker,
  stored: Stored,
  patienceMs = openingPatienceMs,
): Promise<void> {
  const howLong = `It is asked again for ${plural(Math.ceil(patienceMs / 1_000), 'second')}.`
  let told: 'nothing' | 'silence' | 'cause' = 'nothing'
  const tell = () => {
    const { trouble } = tracker.status().outbox
    const known = trouble === undefined ? 'silence' : 'cause'
    if (told === 'cause' || told === known) return
    told = known
    const why = trouble === undefined ? 'it has not answered.' : plain(inOptions(withoutAgain(trouble.message)))
    shell.err.wrap('', `${stored.name} is not open yet: ${why} ${howLong}`, 'yellow')
  }
  const slow = setInterval(tell, slowOpeningMs)
  let enough: NodeJS.Timeout | undefined
  const ended = new Promise<void>((resolve) => {
    enough = setTimeout(resolve, patienceMs)
    if (shell.stopped.aborted) resolve()
    shell.stopped.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([tracker.start(), ended]).finally(() => {
    clearInterval(slow)
    clearTimeout(enough)
  })
  const { state, trouble } = tracker.status().outbox
  if (state === 'open') return
  if (shell.stopped.aborted) throw new Failure(`Stopped before ${stored.name} was open: nothing was sent.`)
  throw stored.failure(trouble ?? { message: `${stored.name} has not answered.` })
}
