import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { sqliteThreadOutbox } from '@obsidianlaunch/events/sqlite-thread'
import { createRelay } from '@obsidianlaunch/events-relay'
import { serve } from '@obsidianlaunch/events-relay/node'
import { token } from '../contenders/contender.ts'
import type { Between, Kind } from './kind.ts'
import { honoProxy, httpProxy } from './proxies.ts'
import { key, origin } from './page.ts'

async function relay(port: number, options: TrackerOptions): Promise<Between> {
  const tracker = new EventTracker({ token, onError: () => undefined, backoff: { capMs: 2_000 }, ...options })
  const between = createRelay(tracker, { keys: [key], origins: [origin], rateLimit: false })
  await between.start()
  const { port: listening } = await serve(between, { port, host: '127.0.0.1' })
  return { port: listening, pending: () => tracker.stats().pending }
}

/** Nobody listens there: a port that no program is given. */
const nowhere = 'http://127.0.0.1:9'

export const kinds = {
  stored: {
    title: 'our relay: stored in SQLite, and delivered',
    serve: (port, baseUrl, file) => relay(port, { baseUrl, outbox: sqliteOutbox(file) }),
  },
  thread: {
    title: 'the same with the outbox in a thread, as obsidian-events relay has it',
    serve: (port, baseUrl, file) => relay(port, { baseUrl, outbox: sqliteThreadOutbox(file) }),
  },
  kept: {
    title: 'our relay while the API is away: stored in SQLite',
    serve: (port, _url, file) => relay(port, { baseUrl: nowhere, outbox: sqliteOutbox(file) }),
  },
  nothing: {
    title: 'our relay without a store: nothing is kept or sent',
    serve: (port, baseUrl) => relay(port, { baseUrl, enabled: false }),
  },
  direct: {
    title: 'our relay without a store: passed on, and answered as the API does',
    serve: (port, baseUrl) => relay(port, { baseUrl, concurrency: 64 }),
  },
  'http-proxy': { title: 'http-proxy, passed through', serve: httpProxy },
  hono: { title: "Hono's proxy, passed through", serve: honoProxy },
} satisfies Record<string, Kind>

export type KindName = keyof typeof kinds
