import type { EventTracker } from '@obsidianlaunch/events'
import { whole } from './answer.ts'

/** Time for which a failure makes the relay unready: then a balancer should try it again. */
const unreadyMs = 10_000

/** Tells whether something failed lately. */
export function isRecent(failedAt: number, now: number): boolean {
  // Either way: the clock may have been set back.
  return Math.abs(now - failedAt) < unreadyMs
}

/** Tells whether a tracker takes events, as far as that is known without one. An outbox that could not be opened is tried again. */
export function takesEvents(tracker: EventTracker, now: number): boolean {
  const { state, outbox } = tracker.status()
  // No event comes to do that while a balancer sends none.
  if (outbox.state === 'failed') void tracker.start()
  const isOpen = state === 'open' && outbox.state !== 'failed' && outbox.state !== 'opening'
  return isOpen && !(outbox.trouble && isRecent(outbox.trouble.at, now))
}

export function readiness(isReady: boolean): Response {
  return whole(isReady ? 'ready\n' : 'not ready\n', { status: isReady ? 200 : 503 })
}
