import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { createRelay } from '@obsidianlaunch/events-relay'
import { serve } from '@obsidianlaunch/events-relay/node'
import { token } from '../contenders/contender.ts'
import { key, origin } from './wire.ts'

/** A server that is up. */
export interface RelayServer {
  readonly port: number
  /** Number of events that it still has to deliver, where it knows. */
  pending(): number
}

/** Servers that may stand between pages and the API. */
export interface Kind {
  readonly title: string
  serve(port: number, url: string, file: string): Promise<RelayServer>
}

async function relay(port: number, options: TrackerOptions): Promise<RelayServer> {
  const tracker = new EventTracker({ token, onError: () => undefined, backoff: { capMs: 2_000 }, ...options })
  const between = createRelay(tracker, { keys: [key], origins: [origin], rateLimit: false })
  await between.start()
  const { port: listening } = await serve(between, { port, host: '127.0.0.1' })
  return { port: listening, pending: () => tracker.stats().pending }
}

export const kinds: Record<string, Kind> = {
  stored: {
    title: 'our relay, stored in SQLite and delivered',
    serve: (port, baseUrl, file) => relay(port, { baseUrl, outbox: sqliteOutbox(file) }),
  },
  'without-store': {
    title: 'our relay without a store: nothing is kept or sent',
    serve: (port, baseUrl) => relay(port, { baseUrl, enabled: false }),
  },
}
