/** An outbox in a file that a thread of its own reads and writes: a slow disk never holds up the event loop. */
import type { Outbox } from '../outbox.ts'
import { givenFile, type SqliteOutboxOptions } from '../sqlite/options.ts'
import { ThreadOutbox } from './thread-outbox.ts'

export type { Outbox } from '../outbox.ts'
export type { SqliteOutboxOptions } from '../sqlite/options.ts'

/**
 * The outbox of `sqliteOutbox` in a worker thread, for a process that answers others while its disk is busy. The file, the
 * options and the errors are the same. An event costs more, since it is copied to the thread and back: in a process that
 * answers nobody `sqliteOutbox` is cheaper.
 *
 * @example
 * const tracker = new EventTracker({ outbox: sqliteThreadOutbox('events.db') })
 *
 * @throws ConfigurationError for a path or an option that is impossible, and where the run time has no node:sqlite
 */
export function sqliteThreadOutbox(path: string, options: SqliteOutboxOptions = {}): Outbox {
  const { path: absolute, settings, clock } = givenFile('sqliteThreadOutbox', path, options)
  return new ThreadOutbox({ path: absolute, settings }, clock && (() => clock.now()))
}
