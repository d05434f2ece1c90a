import type { Moved } from '@obsidianlaunch/events-postgres'
import { exitCodes, Failure, failureFrom } from '../terminal/failure.ts'
import type { Shell } from '../terminal/shell.ts'
import { count, plain, plural, sentences } from '../terminal/text.ts'
import { type Database, databaseFailure } from './database.ts'
import { filesOf, lookInto, owned } from './file.ts'

/** Moves what a file keeps into a database, and says how much that was. */
export async function moveFile(shell: Shell, path: string, database: Database): Promise<void> {
  const { url, schema, address } = database
  const { isOwned, pending, dead } = await lookInto(path, 0)
  if (isOwned) {
    throw owned(
      `A tracker has ${plain(path)} open: end its program first. Start it again with the database, and not with the file.`,
    )
  }
  const { moveOutbox } = await import('@obsidianlaunch/events-postgres')
  let moved: Moved = { pending: 0, dead: 0, taken: 0, left: 0 }
  const onMoved = (now: Moved): void => {
    moved = now
    const done = now.pending + now.dead + now.taken
    if (shell.err.live) shell.err.rewrite(shell.err.tone('dim', `${count(done)} of ${count(pending + dead)} moved`))
  }
  try {
    await moveOutbox(path, url, { schema, signal: shell.stopped, onMoved })
  } catch (thrown) {
    shell.err.clear()
    if (!shell.stopped.aborted)
      throw interrupted(isOf(schema, thrown) ? databaseFailure(database, thrown) : thrown, moved)
  }
  shell.err.clear()
  tell(shell, path, { address, schema }, moved)
  if (moved.left > 0) {
    const which = `${plural(moved.left, 'event')} left in ${plain(path)}`
    throw new Failure(`${which}: PostgreSQL cannot store a zero character in the id of a customer or an event.`)
  }
}

/** Says of a failure what it has left: nothing is lost, and it may be done again. */
function interrupted(thrown: unknown, { pending, dead, taken }: Moved): unknown {
  const done = pending + dead + taken
  if (done === 0) return thrown
  const { message, exitCode, code, help } = failureFrom(thrown)
  const left = `${plural(done, 'event')} moved so far; the others are still in the file. Run it again to go on.`
  return new Failure(sentences(message, left), exitCode, code, { help })
}

/** Says what is of no use any more: the file, and what stands beside it. */
function emptied(path: string): string {
  const others = filesOf(path)
    .slice(1)
    .map((each) => plain(each))
  return `${[plain(path), ...others].join(', ')}: empty now, and may be deleted.`
}

/** Tells what the database has said from what the file has. */
function isOf(schema: string, thrown: unknown): boolean {
  return thrown instanceof Error && thrown.message.startsWith(`The outbox ${schema} `)
}

function tell(
  shell: Shell,
  path: string,
  { address, schema }: Pick<Database, 'address' | 'schema'>,
  moved: Moved,
): void {
  const { pending, dead, taken } = moved
  const isComplete = !shell.stopped.aborted
  const record = { type: 'moved', file: plain(path), database: address, schema, ...moved, complete: isComplete }
  shell.report(record, () => {
    const { out } = shell
    if (isComplete && pending + dead + taken + moved.left === 0) {
      return out.wrap('', `${plain(path)} is empty: nothing to move.`)
    }
    const what = `${plural(pending, 'pending event')} and ${plural(dead, 'dead letter')} moved to ${address}`
    out.wrap(`${out.tone(isComplete ? 'green' : 'yellow', isComplete ? '✓' : '!')} `, what)
    if (taken > 0) {
      const doubles = `${plural(taken, 'event')} more among the dead letters there: another event had the id. Look by`
      out.wrap('  ', `${doubles} obsidian-events outbox dead`, 'yellow')
    }
    if (!isComplete) out.wrap('  ', 'Stopped before the end: the others are still in the file. Run it again to go on.')
    else if (moved.left === 0) out.wrap('  ', emptied(path), 'dim')
  })
  if (!isComplete && shell.exitCode === exitCodes.ok) shell.exitCode = exitCodes.failed
}
