import { randomUUID } from 'node:crypto'
import type { OutboxProblem } from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/sqlite'
import { type Database, databaseFailure, openDatabase } from '../outbox/database.ts'
import { exitCodes, Failure } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'
import type { Found } from './check-outbox.ts'
import { asTheMessageSays, type Finding, failure, ok } from './checklist.ts'

/** Checks that the server answers, lets this user in, and has the schema of this version. */
export function checkDatabase(database: Database, timeoutMs: number): Promise<Finding<Found>> {
  return asked(database, timeoutMs, async (outbox) => {
    const { pending, dead } = await outbox.counts()
    const waiting = (await outbox.waiting?.(1)) ?? []
    const message = `${database.address} answers, and its schema ${database.schema} is of this version.`
    return ok(message, { yields: { pending, dead, waiting } })
  })
}

/** Checks the right to change it, by changes of which there is nothing to change: the server looks at the rights first. */
export function checkRights(database: Database, timeoutMs: number): Promise<Finding> {
  return asked(database, timeoutMs, async (outbox) => {
    await outbox.replay([])
    await outbox.forget(randomUUID())
    return ok('This user may read what is stored, replay it and erase it.')
  })
}

const advice = 'Check that the server runs, and that this machine reaches it; then run the doctor again.'

/** Tells a server that does not answer, or not now. */
function isAway(thrown: unknown): boolean {
  const { problem } = thrown as { problem?: OutboxProblem }
  return problem === 'io' || problem === 'busy'
}

async function asked<T>(
  database: Database,
  timeoutMs: number,
  ask: (outbox: Outbox) => Promise<Finding<T>>,
): Promise<Finding<T>> {
  const outbox = await openDatabase(database, timeoutMs)
  try {
    return await ask(outbox)
  } catch (thrown) {
    const error = databaseFailure(database, thrown)
    if (!(error instanceof Failure)) throw error
    const isConfiguration = error.exitCode === exitCodes.configuration
    return failure(plain(error.message), isAway(thrown) ? advice : asTheMessageSays, { isConfiguration })
  } finally {
    await outbox.close()
  }
}
