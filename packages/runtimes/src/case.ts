import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import type { Subject } from '@obsidianlaunch/events/outbox-kit'
import type { Api } from './api.ts'

/** What only some run times have: a token of their own, a process, SQLite, a page, or a Worker's request. */
export type Trait = 'token' | 'process' | 'sqlite' | 'page' | 'worker'

/** What each kind of run time has. */
export const traits = {
  process: ['token', 'process', 'sqlite'],
  processWithoutSqlite: ['token', 'process'],
  worker: ['token', 'worker'],
  page: ['page'],
} as const satisfies Record<string, readonly Trait[]>

/** How a program ended that ran in a process of its own. */
export interface Ended {
  /** The exit code, or the signal that ended it. */
  end: number | string | null
  stdout: string
  stderr: string
}

/** Where a case runs. */
export interface Env {
  /** Of the server that plays the API. */
  origin: string
  /** Undefined in a page, where a token is refused. */
  token?: string
  traits: readonly Trait[]
  /** On a run time with processes: runs one of the programs of this package to its end. */
  start?(program: string, variables: Record<string, string>): Promise<Ended>
  /** With SQLite: the path of a file that is not there yet. A program that is to use it gets it as OUTBOX. */
  newFile?(name: string): string
  /** With SQLite: an outbox in such a file. */
  newOutbox?(this: void): Subject
  /** What an operator's console shows of a value, where there is more than JSON. */
  inspect?(value: unknown): Promise<string>
  /** In a Worker: what its request has for work that goes on after the answer. */
  waitUntil?(promise: Promise<unknown>): void
}

/** A promise to a user, and how it is tried. */
export interface Case {
  /** The promise, as a sentence. */
  name: string
  /** Where it cannot be tried without. */
  needs?: readonly Trait[]
  run: (env: Env) => Promise<void>
  /** What is looked at when `run` is over; in a Worker that is when its request has been answered. */
  afterwards?: (env: Env) => Promise<void>
}

export interface Result {
  name: string
  /** What went wrong, if anything did. */
  error?: string
}

export const john = { name: 'John Doe', email: 'john@example.com', properties: { plan: 'premium' } }

/** How ten events of one customer arrive. */
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

/** Drops what is still owed once a case has shown what it is about. */
export async function abandon(tracker: EventTracker): Promise<void> {
  await tracker.shutdown({ timeoutMs: 0 })
}
