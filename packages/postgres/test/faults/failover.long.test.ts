import { missingServer, PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import { Proxy } from '@obsidianlaunch/testkit/proxy'
import { closedPort } from '@obsidianlaunch/testkit/listen'
import type { ScriptedServer } from '@obsidianlaunch/testkit/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import {
  createSite,
  expectAllDelivered,
  expectInOrder,
  type Site,
  startApi,
  startTracker,
  trackMany,
} from './support/site.ts'

const missing = missingServer()
let things: AsyncDisposableStack
let api: ScriptedServer

beforeEach(async ({ skip }) => {
  skip(missing !== undefined, missing)
  things = new AsyncDisposableStack()
  api = things.use(await startApi())
})
afterEach(() => things?.[Symbol.asyncDispose]())

/** A primary and a standby, each a server of its own, and an address that leads to the one that is chosen. */
async function startPair(settings: Readonly<Record<string, string>>) {
  const primary = things.use(await PostgresServer.start())
  const site = await createSite(primary)
  const standby = things.use(await primary.standby())
  await primary.configure(settings)
  await expect.poll(() => primary.query('SELECT sync_state FROM pg_stat_replication')).toHaveLength(1)
  const proxy = things.use(await Proxy.start(primary.port))
  return { primary, standby, proxy, site, url: proxy.through(site.url) }
}

/** The standby is given nothing any more, as behind a network that has failed. It goes on to be read. */
async function cutOff(standby: PostgresServer, primary: PostgresServer): Promise<string> {
  const rows = await standby.query('SHOW primary_conninfo')
  const before = String(rows[0]?.['primary_conninfo'])
  await standby.configure({ primary_conninfo: before.replace(/port=\d+/, `port=${await closedPort()}`) })
  await expect.poll(() => primary.query('SELECT * FROM pg_stat_replication')).toEqual([])
  return before
}

const synchronous = { synchronous_standby_names: '*' }

test('a primary that is killed under load, with synchronous_standby_names: nothing is lost, and the order holds', async () => {
  const { primary, standby, proxy, site, url } = await startPair(synchronous)
  const { tracker } = startTracker(postgresOutbox(url, { timeoutMs: 2_000 }), api)
  await tracker.start()
  const load = trackMany(tracker, site.role, 3_000)
  await load.stored(500)
  await primary.kill()
  proxy.target = standby.port
  // For some seconds the address leads to a server that takes no writes.
  await expect
    .poll(() => tracker.status().outbox.trouble)
    .toMatchObject({ problem: 'io', message: expect.stringMatching(/takes no writes|read-only replica/) as string })
  await standby.promote()
  await load.done()
  expectInOrder(api, load.sent)
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 3_000)
})

test('with synchronous_standby_names nothing is acknowledged that the standby does not have', async () => {
  const { primary, standby, proxy, site, url } = await startPair(synchronous)
  const { tracker } = startTracker(postgresOutbox(url, { timeoutMs: 1_000 }), api)
  await tracker.trackEvent(site.role, 'before')
  await cutOff(standby, primary)
  let isStored = false
  const delivery = tracker.trackEvent(site.role, 'meanwhile')
  void delivery.stored.then(() => (isStored = true))
  await expect.poll(() => tracker.status().outbox.trouble?.message).toMatch(/did not answer within 1000 ms/)
  expect(isStored).toBe(false)
  await primary.kill()
  await standby.promote()
  proxy.target = standby.port
  await delivery
  expect(new Set(api.eventsOf(site.role))).toEqual(new Set(['before', 'meanwhile']))
  expectAllDelivered(await tracker.shutdown({ timeoutMs: 60_000 }), 2)
})

test('without it a failover loses what the standby had not received, and nothing else: as the page says', async () => {
  const { primary, standby, site } = await startPair({})
  await api[Symbol.asyncDispose]()
  const { tracker } = startTracker(postgresOutbox(site.url), api)
  await tracker.trackEvent(site.role, 'received').stored
  await expect.poll(() => eventsOn(standby, site)).toBe(1)
  await cutOff(standby, primary)
  await tracker.trackEvent(site.role, 'not-received').stored
  await primary.kill()
  await standby.promote()
  await tracker.shutdown({ timeoutMs: 0 })
  await api.listen(api.port)
  const next = startTracker(postgresOutbox(addressOn(standby, site)), api)
  await next.tracker.start()
  await expect.poll(() => api.eventsOf(site.role)).toEqual(['received'])
  await next.tracker.trackEvent(site.role, 'after')
  expect(api.eventsOf(site.role)).toEqual(['received', 'after'])
  await next.tracker.shutdown({ timeoutMs: 60_000 })
})

test('the address of a standby is told to the first event, and used once it is promoted', async () => {
  const { primary, standby, site } = await startPair({})
  await expect.poll(() => eventsOn(standby, site)).toBe(0)
  const { tracker } = startTracker(postgresOutbox(addressOn(standby, site)), api)
  await expect(tracker.trackEvent(site.role, 'first')).rejects.toMatchObject({
    code: 'outbox',
    problem: 'read-only',
    message: expect.stringMatching(/this server is a read-only replica\. Give the address of the primary/) as string,
  })
  await primary.stop()
  await standby.promote()
  await tracker.trackEvent(site.role, 'second')
  expect(api.eventsOf(site.role)).toEqual(['second'])
  await tracker.shutdown({ timeoutMs: 60_000 })
})

function addressOn(server: PostgresServer, site: Site): string {
  return Object.assign(new URL(site.url), { port: String(server.port) }).href
}

async function eventsOn(standby: PostgresServer, site: Site): Promise<unknown> {
  const rows = await query(standby.url(site.database), 'SELECT count(*)::int AS n FROM obsidian_events.event')
  return rows[0]?.['n']
}
