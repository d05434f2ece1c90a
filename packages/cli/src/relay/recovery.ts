import type { EventTracker } from '@obsidianlaunch/events'
import type { RelayOutbox } from './outbox.ts'
import type { RequestLog } from './request-log.ts'

/** Time between two looks: whoever reads a log is not in a hurry to hear that all is well. */
const lookEveryMs = 500
/** Time without a failure after which a database is asked whether it answers: nobody may send an event that would show it. */
const quietMs = 3_000

/**
 * Tells once that the outbox works again, and that sending goes on, after each time that it did not: the tracker tells only the
 * failure.
 *
 * @returns a function that ends it
 */
export function tellRecovery(tracker: EventTracker, log: RequestLog, stored: RelayOutbox | undefined): () => void {
  let [outboxFailed, sendingPaused, isLooking, answeredAt] = [false, false, false, 0]
  const fails = async () => {
    const { trouble } = tracker.status().outbox
    if (trouble === undefined || trouble.at < answeredAt) return false
    const mayAnswer = stored?.isShared && (trouble.problem === 'io' || trouble.problem === 'busy')
    if (!mayAnswer || Date.now() - trouble.at < quietMs) return true
    try {
      await stored.outbox.counts()
    } catch {
      return true
    }
    answeredAt = Date.now()
    return false
  }
  const look = async () => {
    isLooking = true
    const stillFails = await fails()
    const pauses = tracker.status().gate.state !== 'open'
    if (outboxFailed && !stillFails) log.say('info', 'The outbox works again.')
    if (sendingPaused && !pauses) log.say('info', 'Events are delivered again.')
    ;[outboxFailed, sendingPaused, isLooking] = [stillFails, pauses, false]
  }
  const timer = setInterval(() => void (isLooking || look()), lookEveryMs)
  return () => clearInterval(timer)
}
