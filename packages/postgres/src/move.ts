import { OutboxError } from '@obsidianlaunch/events'
import type { AppendResult, DeadLetter, OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { drainOutbox } from '@obsidianlaunch/events/sqlite'
import { assertSource, settingsOf } from './options.ts'
import type { PostgresPool } from './pool.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

export interface MoveOptions {
  /** The schema of the database that has the outbox. @default 'obsidian_events' */
  schema?: string | undefined
  /** Ends it after what is being moved. What was not moved is still in the file. */
  signal?: AbortSignal | undefined
  /** Hears how much was moved so far. */
  onMoved?: ((moved: Moved) => void) | undefined
}

/** Amounts of a move. */
export interface Moved {
  readonly pending: number
  readonly dead: number
  /** Pending events that are among the dead letters now: the database had another event under their ids. */
  readonly taken: number
  /** The number of those that are still in the file, since PostgreSQL cannot store the text of their ids. */
  readonly left: number
}

/**
 * Moves what the file of a `sqliteOutbox` keeps into a database, where it is sent by those who share that: pending events at
 * the ends of their lanes, each customer's in order, and dead letters. Nothing leaves the file before the database has it, and
 * what the database has already it does not take twice: where it was interrupted, run it again. The file has to be owned by
 * nobody.
 *
 * @param path the file of a `sqliteOutbox`
 * @param source a Pool of the package `pg`, which is left open, or the address of a database
 * @throws (as the promise's rejection) OutboxError that says what failed; ConfigurationError for a wrong argument, and for a
 * file that a tracker has open
 * @example
 * const { pending, dead } = await moveOutbox('events.db', 'postgres://events@db.internal/app')
 */
export async function moveOutbox(
  path: string,
  source: PostgresPool | string,
  { schema, signal, onMoved }: MoveOptions = {},
): Promise<Moved> {
  assertSource('moveOutbox', source)
  const outbox = new PostgresOutbox(source, settingsOf('moveOutbox', { schema }))
  let moved: Moved = { pending: 0, dead: 0, taken: 0, left: 0 }
  const add = ({ pending = 0, dead = 0, taken = 0, left = 0 }: Partial<Moved>): void => {
    moved = {
      pending: moved.pending + pending,
      dead: moved.dead + dead,
      taken: moved.taken + taken,
      left: moved.left + left,
    }
    onMoved?.(moved)
  }
  try {
    // Before the file is touched.
    await outbox.dueInMs()
    const pending = async (entries: readonly OutboxEntry[]): Promise<readonly boolean[]> => {
      const fates = await appended(outbox, entries)
      const doubles = entries.filter((_, at) => fates[at] === 'taken')
      await buried(outbox, doubles.map(letterOf))
      const [taken, left] = [doubles.length, fates.filter((fate) => fate === undefined).length]
      add({ pending: entries.length - taken - left, taken, left })
      return fates.map((fate) => fate !== undefined)
    }
    const dead = async (letters: readonly DeadLetter[]): Promise<readonly boolean[]> => {
      const areStored = await buried(outbox, letters)
      const stored = areStored.filter(Boolean).length
      add({ dead: stored, left: letters.length - stored })
      return areStored
    }
    await drainOutbox(path, { pending, dead, signal })
    return moved
  } finally {
    await outbox.close()
  }
}

/** Appends entries, each alone where one of them cannot be stored: that one has no fate. */
async function appended(
  outbox: PostgresOutbox,
  entries: readonly OutboxEntry[],
): Promise<readonly (AppendResult | undefined)[]> {
  // Whatever its id is, it is remembered when it is delivered: where this is interrupted before it has left the file, the
  // next one finds that.
  const given = entries.map((entry) => ({ ...entry, hasMintedId: false }))
  return eachIfNotAll(given, (some) => outbox.append(some))
}

/** Stores dead letters as they are. @returns whether each was stored */
async function buried(outbox: PostgresOutbox, letters: readonly DeadLetter[]): Promise<readonly boolean[]> {
  const stored = await eachIfNotAll(letters, async (some) => {
    if (some.length > 0) await outbox.takeOver(some)
    return some.map(() => true)
  })
  return stored.map((isStored) => isStored === true)
}

/** Does all at once, or each alone where one of them is impossible: that one has no answer. */
async function eachIfNotAll<Given, Answer>(
  given: readonly Given[],
  all: (given: readonly Given[]) => Promise<readonly Answer[]>,
): Promise<readonly (Answer | undefined)[]> {
  try {
    return await all(given)
  } catch (thrown) {
    if (!isImpossible(thrown)) throw thrown
    if (given.length === 1) return [undefined]
    const answers: (Answer | undefined)[] = []
    for (const one of given) answers.push(...(await eachIfNotAll([one], all)))
    return answers
  }
}

function isImpossible(thrown: unknown): boolean {
  return thrown instanceof OutboxError && thrown.problem === 'entry'
}

/** Makes a dead letter of an event whose id another one has: nobody is there any more to be told. */
function letterOf(entry: OutboxEntry): DeadLetter {
  const detail = 'Not sent: when it was moved here from a file, another event of this customer had its id.'
  return { id: '', entry, diedAt: Date.now(), reason: 'refused', attempts: 0, detail }
}
