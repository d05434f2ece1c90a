import type { TrackingError } from '../errors/tracking-error.ts'
import type { Environment, Operation } from '../event/event.ts'

/** Names for `tracingChannel` of `node:diagnostics_channel`. */
export const channelNames = { event: 'obsidianlaunch:event', attempt: 'obsidianlaunch:attempt' } as const

/**
 * The message of `obsidianlaunch:event`: one object from the acceptance of an event (`start`) to its end (`asyncEnd`, and
 * before it `error` where it failed). It has nothing of the event's body.
 */
export interface EventMessage {
  readonly id: string
  readonly operation: Operation
  readonly customerId: string
  readonly environment: Environment
  /** True where an outbox held it: an earlier process has tracked it, or another one, or nobody waits for it any longer. */
  readonly isFound: boolean
  /**
   * The end, from `asyncEnd` on. With `pending` only this process's part of the way has ended: the outbox keeps it, and it
   * starts again as one that is found.
   */
  outcome?: 'delivered' | 'rejected' | 'dropped' | 'dead' | 'skipped' | 'pending'
  error?: TrackingError
  /** True where another owner of a shared outbox has brought it to its end, and tells so there. */
  isElsewhere?: boolean
}

/** The message of `obsidianlaunch:attempt`: one object from the request (`start`) to its result (`asyncEnd`, and before it `error`). */
export interface AttemptMessage {
  /** The object that the event's own messages have, too. */
  readonly event: EventMessage
  /** Its number, from 1; among those of earlier processes, too. */
  attempt: number
  /** The address of the request. */
  readonly url: string
  /**
   * Makes the request. A listener of `start` may set it, to have something of its own around the request that a store which is
   * bound to the channel cannot have: the function must call what it is given, and call a `within` that it has replaced.
   */
  within?: (send: () => void) => void
  /** The status of the answer, from `asyncEnd` on; undefined where there was none. */
  status?: number
  /** The reason in words for which there was no answer. */
  cause?: string
  error?: TrackingError
  durationMs?: number
  /** The fate of the event: sent again, kept and sent again since the token or the address is at fault, given up, or cut short. */
  next?: 'delivered' | 'retry' | 'refused' | 'dead' | 'rejected' | 'released'
  /** Milliseconds until it is sent again, at the earliest. */
  retryInMs?: number
}
