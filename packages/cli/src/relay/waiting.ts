import type { EventTracker } from '@obsidianlaunch/events'
import { plural } from '../terminal/text.ts'
import type { RequestLog } from './request-log.ts'

/** Time between two looks: what the API takes at once is gone by then. */
const lookEveryMs = 1_000
/** Attempts after which an event does not wait by chance. */
const fewAttempts = 2

/**
 * Tells once that events wait, and why, until none does. While sending pauses for everybody the tracker tells it by itself; it
 * does not as long as only one customer waits, and every request was answered by 200.
 *
 * @param whose the events are that it counts, with a blank before it
 * @returns a function that ends it
 */
export function tellWaiting(tracker: EventTracker, log: RequestLog, whose: string): () => void {
  let isTold = false
  const look = async () => {
    const { pending } = tracker.stats()
    if (pending === 0 && isTold) {
      isTold = false
      log.say('info', 'Nothing waits any more.')
    }
    if (pending === 0 || isTold || tracker.status().gate.state !== 'open') return
    const [lane] = await tracker.waiting({ limit: 1 })
    if (isTold || lane?.lastFailure === undefined || lane.attempts < fewAttempts) return
    isTold = true
    log.say('warn', `${plural(pending, 'event')}${whose} pending, and tried again: ${lane.lastFailure}`)
  }
  // An outbox that fails is told elsewhere.
  const timer = setInterval(() => void look().catch(() => undefined), lookEveryMs)
  return () => clearInterval(timer)
}
