import type { Entry } from '../event/event.ts'
import type { Pause } from './gate.ts'
import type { OwedEvent } from './pending-event.ts'

/** Why an event has ended. With a durable outbox a final answer is its death; without one it has failed. */
export type End = 'delivered' | 'duplicate' | 'failed' | 'overdue' | 'died' | 'expired'

/** Why nobody should wait for an event any longer, though a durable outbox keeps it. */
export type Outwaited = 'failed' | 'overdue' | 'refused'

/** Is told by the delivery loop. */
export interface LoopListener {
  ended(event: OwedEvent, why: End): void
  outwaited(event: OwedEvent, why: Outwaited): void
  /** Everybody seems to be refused, on occasion of this event. */
  refused(event: OwedEvent): void
  /** Finds what an entry is the event of: one that is owed, or one of an earlier process. */
  recall(entry: Entry): OwedEvent
  /** It waits in the outbox again, after an attempt. */
  parked(event: OwedEvent): void
  /** The gate has closed for `waitMs`. */
  paused(why: Pause, waitMs: number): void
  /** Nothing is on its way, and what a durable outbox has must wait. */
  rested(): void
  /** Whether somebody waits for what is owed. */
  isAwaited(): boolean
  /** A moment that the listener asked for with `wakeAt` may have come. @returns the next such moment */
  tick(now: number): number
}
