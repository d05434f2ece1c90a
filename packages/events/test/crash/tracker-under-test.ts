import { EventTracker } from '../../src/index.ts'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'

/** Requests in flight at once: fewer than there are customers. */
export const concurrency = 8

/** Address and token come from the environment. */
export function trackerOn(path: string): EventTracker {
  const outbox = sqliteOutbox(path)
  return new EventTracker({ outbox, concurrency, backoff: { baseMs: 1, capMs: 20 }, onError: () => undefined })
}
