import { statSync } from 'node:fs'
import type { Outbox, OutboxContents } from '@obsidianlaunch/events/sqlite'
import { exitCodes, Failure, fileFailure } from '../terminal/failure.ts'
import { plain } from '../terminal/text.ts'

/** Reads the file of an outbox, which has to exist: reading must not create one. */
export async function lookInto(path: string, limit: number): Promise<OutboxContents> {
  assertFile(path)
  const { readOutbox } = await import('@obsidianlaunch/events/sqlite')
  return readOutbox(path, { limit })
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
