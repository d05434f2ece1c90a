import type { DeadLetter, TrackerStats, TrackerStatus, WaitingLane } from '@obsidianlaunch/events'

/** Events that were accepted and delivered within a second. */
export interface Sample {
  /** The end of that second: time of day, in milliseconds. */
  readonly at: number
  readonly accepted: number
  readonly delivered: number
}

/** The first message on each connection of a page. */
export interface Hello {
  /** Id of the run: a new one after each start. */
  readonly run: string
  readonly startedAt: number
  readonly environment: string
  /** Others have the same outbox: what the relay counts itself is not all of it. */
  readonly isShared: boolean
}

/** The state of the relay at one moment. */
export interface State {
  readonly at: number
  /** The tracker's counts, without events whose requests were refused. */
  readonly stats: TrackerStats
  readonly status: TrackerStatus
  /** Requests that were taken, and how many were refused for which reason. */
  readonly requests: { readonly taken: number; readonly refused: Readonly<Record<string, number>> }
  /** The seconds since the last message; with the first one, those of the last minutes. */
  readonly samples: readonly Sample[]
}

/** Customers with pending events, the one with the oldest first, or the reason why they cannot be listed. */
export interface Lanes {
  readonly lanes: readonly WaitingLane[]
  /** True if there are more than were asked for. */
  readonly areCut: boolean
  readonly problem?: string
  /** The totals of an outbox that others share. Of one customer it may count no more than a thousand events. */
  readonly totals?: Totals | undefined
}

/** The events that an outbox keeps. */
export interface Totals {
  readonly pending: number
  readonly dead: number
}

/** A dead letter without what is in its event. */
export interface Letter extends Pick<DeadLetter, 'id' | 'reason' | 'attempts' | 'status' | 'detail' | 'diedAt'> {
  readonly eventId: string
  readonly operation: string
  readonly environment: string
  readonly customerId: string
  readonly acceptedAt: number
}

/** Some dead letters, the oldest first. */
export interface LetterPage {
  readonly letters: readonly Letter[]
  /** The id after which there may be more. */
  readonly next?: string
}

/** The numbers of lanes that a page may ask for. */
export const laneSteps = [200, 1_000, 5_000] as const
/** The number of dead letters that are sent at once. */
export const pageOfLetters = 200
/** The number of dead letters that one request may replay. */
export const mostReplays = 1_000
/** The seconds that the rate is kept for. */
export const keptSeconds = 300
