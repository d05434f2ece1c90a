import { existsSync, statSync } from 'node:fs'
import type { Outbox, OutboxContents } from '@obsidianlaunch/events/sqlite'
import { exitCodes, Failure, fileFailure, usage } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'
import { isAddress } from './address.ts'

/** Reads the file of an outbox, which has to exist: reading must not create one. */
export async function lookInto(path: string, limit: number): Promise<OutboxContents> {
  assertFile(path)
  const { readOutbox } = await import('@obsidianlaunch/events/sqlite')
  try {
    return await readOutbox(path, { limit })
  } catch (thrown) {
    if (!(thrown as Error).message.includes('needs node:sqlite')) throw thrown
    const message = `The file of an outbox needs node:sqlite: Node 22.13 or newer. This is ${process.version}.`
    throw new Failure(message, exitCodes.configuration, 'configuration')
  }
}

/** The files of an outbox that are there: its own, and those that SQLite and its owner keep beside it. */
export function filesOf(path: string): string[] {
  return ['', '-wal', '-shm', '-owner'].map((end) => path + end).filter((each) => existsSync(each))
}

/** Opens an outbox to read beside its owner, or, with `toChange`, to change it alone. Close it. */
export async function openOutbox(path: string, { toChange }: { toChange: boolean }): Promise<Outbox> {
  const { isOwned } = await lookInto(path, 0)
  if (isOwned && toChange) {
    throw owned(
      `A tracker has ${plain(path)} open: outbox list and outbox dead work beside it, replay and forget do not. ` +
        'End its program first, or let that do it: tracker.replay(ids), tracker.forget(customerId).',
    )
  }
  const { sqliteOutbox } = await import('@obsidianlaunch/events/sqlite')
  return sqliteOutbox(path, toChange ? { ownerTimeoutMs: 0 } : { readOnly: true })
}

/** Makes a failure of a file that somebody else owns. */
export function owned(message: string): Failure {
  return new Failure(message, exitCodes.failed, 'owned')
}

function assertFile(path: string): void {
  if (isAddress(path)) throw usage('Give the file of an outbox, such as events.db, and no address.')
  try {
    if (statSync(path).isFile()) return
  } catch (error) {
    throw fileFailure(path, 'read', error)
  }
  throw new Failure(
    `${plain(path)} is not a file. Give the file of an outbox, such as events.db.`,
    exitCodes.failed,
    'file',
  )
}
