import type { TrackerStats, TrackerStatus } from '@obsidianlaunch/events'
import type { PageApi } from './api.ts'
import type { Attempt } from './network.ts'
import type { News } from './news.ts'
import type { StoredLane } from './stored.ts'

/** The tab's tracker, by its own words. */
export interface TrackerState {
  readonly stats: TrackerStats
  readonly status: TrackerStatus
}

/** Everything that is shown, at one moment. */
export interface Picture {
  /** Undefined while no tab is open: a tracker that is gone says nothing. */
  readonly tracker: TrackerState | undefined
  readonly lanes: readonly StoredLane[]
  readonly inFlight: ReadonlySet<string>
  /** The newest first. */
  readonly attempts: readonly Attempt[]
  /** The newest first. */
  readonly news: readonly News[]
  readonly api: Pick<PageApi, 'events' | 'repeated'>
}

/** Tells whether anything may change by itself. */
export function isMoving({ tracker, lanes, inFlight }: Picture): boolean {
  if (tracker === undefined) return inFlight.size > 0
  const { stats, status } = tracker
  return stats.pending > 0 || status.gate.state !== 'open' || lanes.some(({ events }) => events.length > 0)
}
