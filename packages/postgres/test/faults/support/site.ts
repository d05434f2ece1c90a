import { randomBytes } from 'node:crypto'
import { EventTracker, type Outbox, type TrackerOptions, type TrackerStats } from '@obsidianlaunch/events'
import { ScriptedServer } from '@obsidianlaunch/testkit/api'
import { type PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import { expect } from 'vitest'
import { migrate } from '../../../src/index.ts'

/** A database with the outbox in it, and a user who may do with it what a tracker does. */
export interface Site {
  /** The address for the superuser. */
  readonly admin: string
  readonly database: string
  /** The address of the server, for the superuser. */
  readonly server: string
  readonly role: string
  /** The address for the user. */
  readonly url: string
}

export const password = 'a-secret-of-somebody'

export async function createSite(server: PostgresServer, { migrated = true } = {}): Promise<Site> {
  const admin = await server.database()
  const role = `role_${randomBytes(6).toString('hex')}`
  await query(admin, `CREATE ROLE ${role} LOGIN PASSWORD '${password}'`)
  const address = Object.assign(new URL(admin), { username: role, password })
  const site = { admin, database: address.pathname.slice(1), server: server.url(), role, url: address.href }
  if (migrated) await makeOutbox(site)
  return site
}

/** Makes the outbox for the user. */
export async function makeOutbox({ admin, role }: Site, schema = 'obsidian_events'): Promise<void> {
  await migrate(admin, { schema })
  await query(
    admin,
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`,
  )
}

/** Ends the connections of the user: what a role may do, and its settings, are looked at when one begins. */
export async function endConnections({ admin, role }: Site): Promise<void> {
  await query(admin, 'SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = $1', [role])
}

/** An API that takes everything. */
export async function startApi(): Promise<ScriptedServer> {
  const api = new ScriptedServer((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  )
  await api.listen()
  return api
}

/** A tracker that asks again soon, and what its logger was told. */
export function startTracker(outbox: Outbox, api: ScriptedServer, options: Partial<TrackerOptions> = {}) {
  const told: string[] = []
  const tell = (message: string): void => void told.push(message)
  const tracker = new EventTracker({
    token: 'a-token',
    baseUrl: api.url,
    outbox,
    backoff: { baseMs: 100, capMs: 300 },
    // The customers of a claim whose answer is lost wait for the end of its lease: twice that, and a second.
    attemptTimeoutMs: 4_000,
    logger: { warn: tell, error: tell },
    ...options,
  })
  return { tracker, told }
}

/** Customers have each event of theirs, in the order of the calls. One may arrive twice; the first counts. */
export function expectInOrder(api: ScriptedServer, sent: ReadonlyMap<string, readonly string[]>): void {
  for (const [customer, names] of sent)
    expect([customer, [...new Set(api.eventsOf(customer))]]).toEqual([customer, names])
}

/** Counts add up. A crash may take what became of an event: it is sent again then, and counted again. */
export function expectAllDelivered({ accepted, delivered, ...others }: TrackerStats, least: number): void {
  expect(others).toEqual({ rejected: 0, dropped: 0, dead: 0, pending: 0 })
  expect(accepted).toBe(delivered)
  expect(delivered).toBeGreaterThanOrEqual(least)
}

/** Tracks events of 20 customers, some at a time, and remembers whose and which. */
export function trackMany(tracker: EventTracker, prefix: string, count: number) {
  const sent = new Map<string, string[]>()
  const deliveries: Promise<unknown>[] = []
  let stored = 0
  const track = async (): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const customer = `${prefix}-${at % 20}`
      const event = `event-${at}`
      sent.set(customer, [...(sent.get(customer) ?? []), event])
      const delivery = tracker.trackEvent(customer, event)
      void delivery.stored.then(
        () => stored++,
        () => undefined,
      )
      deliveries.push(delivery.settled())
      // So that what is appended comes in many calls.
      if (at % 10 === 9) await new Promise(setImmediate)
    }
  }
  const tracking = track()
  return {
    sent,
    /** Waits until so many are stored. */
    stored: (least: number) => expect.poll(() => stored, { interval: 1 }).toBeGreaterThanOrEqual(least),
    done: async () => {
      await tracking
      return Promise.all(deliveries)
    },
  }
}
