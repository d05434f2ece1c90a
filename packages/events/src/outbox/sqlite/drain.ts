import type { OutboxEntry } from '../../event/event.ts'
import type { DeadLetter } from '../outbox.ts'
import { outboxError } from './errors.ts'
import { openForReading } from './file.ts'
import type { NodeModules } from './node-modules.ts'
import { givenFile } from './options.ts'
import { SqliteOutbox, timeIn } from './sqlite-outbox.ts'

/** So many entries are handed over at once. */
const batch = 500

/** Takes what a file hands over. */
export interface OutboxTaker {
  /** Takes pending entries, in the order of the file. @returns for each whether the file need not keep it any more */
  pending(entries: readonly OutboxEntry[]): Promise<readonly boolean[]>
  /** Takes dead letters, the oldest first. @returns for each whether the file need not keep it any more */
  dead(letters: readonly DeadLetter[]): Promise<readonly boolean[]>
  /** Ends it before the next entries are handed over. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Hands over what a file keeps, to move it into another outbox. What was taken is erased, and before that nothing is: where it
 * is interrupted, the next time begins with what may have been taken. Meanwhile nobody else can own the file.
 *
 * @throws (as the promise's rejection) what the taker rejects with; OutboxError that says why the file cannot be emptied;
 * ConfigurationError where a tracker has it open
 */
export async function drainOutbox(path: string, taker: OutboxTaker): Promise<void> {
  const { modules, path: file, settings } = givenFile('drainOutbox', path, { ownerTimeoutMs: 0 })
  assertThere(modules, file)
  const outbox = new SqliteOutbox(modules, file, settings, timeIn(undefined))
  try {
    let seq = 0
    for (;;) {
      taker.signal?.throwIfAborted()
      const stored = await outbox.list(batch, seq)
      if (stored.length === 0) break
      const areTaken = await taker.pending(stored.map(({ entry }) => entry))
      const taken = stored.filter((_, at) => areTaken[at])
      await Promise.all(taken.map(({ entry }) => outbox.remove(entry)))
      seq = stored.at(-1)?.seq ?? seq
    }
    let letterId: string | undefined
    for (;;) {
      taker.signal?.throwIfAborted()
      const letters = await outbox.dead(batch, letterId)
      if (letters.length === 0) break
      const areTaken = await taker.dead(letters)
      await outbox.eraseDead(letters.filter((_, at) => areTaken[at]).map(({ id }) => id))
      letterId = letters.at(-1)?.id
    }
  } finally {
    await outbox.close()
  }
}

/** @throws OutboxError for a file that is not there, which would be made else, and for one that is no outbox */
function assertThere(modules: NodeModules, path: string): void {
  try {
    openForReading(modules, path).db.close()
  } catch (thrown) {
    throw outboxError(thrown, path, modules)
  }
}
