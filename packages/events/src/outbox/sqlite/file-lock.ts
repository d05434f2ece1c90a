import type { DatabaseSync } from 'node:sqlite'
import { ClosedError, ConfigurationError, type EventTrackingError } from '../../errors/errors.ts'
import { elapsedTime, startTimer, stopTimer } from '../../platform/platform.ts'
import type { NodeModules } from './node-modules.ts'
import { isBusy, outboxError } from './errors.ts'

const pollMs = 50

/**
 * Makes this process the only owner of the outbox at `path`: two that write to one file can damage it, and would deliver
 * everything twice. It holds a lock of the operating system on a file beside it, `ownerPath`, which ends with the process
 * however that ends; whoever only reads the outbox is not kept out. `closing` ends the wait for another owner at once.
 *
 * @returns what to close in order to give it up
 * @see https://sqlite.org/wal.html#walresetbug
 */
export async function own(
  modules: NodeModules,
  ownerPath: string,
  path: string,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<DatabaseSync> {
  const owner = new modules.sqlite.DatabaseSync(ownerPath)
  try {
    const end = elapsedTime() + timeoutMs
    while (!takes(owner)) {
      if (closing.aborted) throw new ClosedError(`The outbox ${path} was closed while another process still owned it.`)
      if (elapsedTime() >= end) throw notOwned(modules, ownerPath, path, timeoutMs)
      await pause(closing)
    }
    return owner
  } catch (thrown) {
    owner.close()
    throw thrown
  }
}

/** Whether somebody owns the outbox, without a claim to it. */
export function isOwned({ fs, sqlite }: NodeModules, ownerPath: string): boolean {
  if (!fs.existsSync(ownerPath)) return false
  const owner = new sqlite.DatabaseSync(ownerPath, { readOnly: true })
  try {
    owner.prepare('SELECT count(*) FROM sqlite_schema').get()
    return false
  } catch (thrown) {
    if (isBusy(thrown)) return true
    throw thrown
  } finally {
    owner.close()
  }
}

function takes(owner: DatabaseSync): boolean {
  try {
    // Not waited for here, which would hold up the whole process.
    owner.exec('PRAGMA busy_timeout = 0')
    for (const sql of ['PRAGMA journal_mode = MEMORY', 'BEGIN EXCLUSIVE']) owner.prepare(sql).get()
    return true
  } catch (thrown) {
    if (isBusy(thrown)) return false
    throw thrown
  }
}

/** SQLite says the same of a lock that somebody holds and of one that the file system does not grant to anybody. */
function notOwned(modules: NodeModules, ownerPath: string, path: string, timeoutMs: number): EventTrackingError {
  return grantsLocks(modules, ownerPath) ? heldElsewhere(path, timeoutMs) : outboxError({ code: 'ENOLCK' }, path)
}

/** Tries a lock on a file that nobody else knows. */
function grantsLocks({ fs, sqlite }: NodeModules, ownerPath: string): boolean {
  const path = `${ownerPath}-${Math.random().toString(36).slice(2)}`
  const db = new sqlite.DatabaseSync(path)
  try {
    return takes(db)
  } finally {
    db.close()
    fs.rmSync(path, { force: true })
  }
}

/** Until it is time to look again. */
function pause(closing: AbortSignal): Promise<void> {
  return new Promise((passed) => {
    const end = (): void => {
      stopTimer(timer)
      closing.removeEventListener('abort', end)
      passed()
    }
    const timer = startTimer(end, pollMs)
    closing.addEventListener('abort', end)
  })
}

function heldElsewhere(path: string, timeoutMs: number): ConfigurationError {
  return new ConfigurationError(
    `The outbox ${path} is in use by another tracker, here or in another process, and was not given up within ${timeoutMs} ms (ownerTimeoutMs). Give each process a file of its own, or end the other one first.`,
  )
}
