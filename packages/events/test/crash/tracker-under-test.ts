import { EventTracker } from '../../src/index.ts'
import { outboxOn } from './outbox-under-test.ts'

/** Requests in flight at once: fewer than there are customers. */
export const concurrency = 8

/** Address and token come from the environment. */
export function trackerOn(path: string): EventTracker {
  const outbox = outboxOn(path)
  return new EventTracker({ outbox, concurrency, backoff: { baseMs: 1, capMs: 20 }, onError: () => undefined })
}
