import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import type { Api, Env, Trait } from './api.ts'

export type { Ended, Env, Trait } from './api.ts'

/** Traits of each kind of run time. */
export const traits = {
  process: ['token', 'process', 'sqlite'],
  processWithoutSqlite: ['token', 'process'],
  worker: ['token', 'worker'],
  page: ['page'],
} as const satisfies Record<string, readonly Trait[]>

/** A promise to a user, and how it is tried. */
export interface Case {
  /** The promise, as a sentence. */
  name: string
  /** Traits without which it cannot be tried. */
  needs?: readonly Trait[]
  run: (env: Env) => Promise<void>
  /** Checks that follow when `run` is over; in a Worker that is when its request has been answered. */
  afterwards?: (env: Env) => Promise<void>
}

export interface Result {
  name: string
  /** The error, if anything went wrong. */
  error?: string
}

export const john = { name: 'John Doe', email: 'john@example.com', properties: { plan: 'premium' } }

/** Ten events of one customer, as they arrive. */
export const tenEvents = Array.from({ length: 10 }, (_, n) => `user123:event${n}`)

/** A tracker that is impatient, so that the suite is quick. */
export function trackerOf({ token }: Env, { baseUrl }: Api, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({
    baseUrl,
    ...(token !== undefined && { token }),
    backoff: { baseMs: 1, capMs: 20 },
    // A case looks at what it is about itself; what it leaves behind is no news.
    onError: () => undefined,
    ...options,
  })
}

/** Drops what is still pending once a case has shown what it is about. */
export async function abandon(tracker: EventTracker): Promise<void> {
  await tracker.shutdown({ timeoutMs: 0 })
}
