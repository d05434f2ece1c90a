import { connect, missingServer } from '@obsidianlaunch/testkit/postgres'
import { missingPgBouncer, startPgBouncer, versionOfPgBouncer } from '@obsidianlaunch/testkit/pgbouncer'
import { expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { useStage } from './support/stage.ts'
import { createSite, expectInOrder, startTracker, trackMany } from './support/site.ts'

const missing = missingServer() ?? missingPgBouncer()
const stage = useStage({}, missing)

const [, minor] = missing === undefined ? versionOfPgBouncer() : [0, 0]
const modes: Record<string, Readonly<Record<string, string>>> = {
  'in session mode': { pool_mode: 'session' },
  // Each transaction may go to another connection of the server.
  'in transaction mode': { pool_mode: 'transaction', default_pool_size: '3' },
  'in statement mode': { pool_mode: 'statement', default_pool_size: '3' },
  ...(minor >= 21 && {
    'in transaction mode, without statements that it prepares': {
      pool_mode: 'transaction',
      default_pool_size: '3',
      max_prepared_statements: '0',
    },
  }),
}

test.each(Object.entries(modes))(
  'PgBouncer %s works: nothing is lost, in order, and nothing is told',
  async (_, mode) => {
    const site = await createSite(stage.server)
    await using pooler = await startPgBouncer(site.url, mode)
    const trackers = [1, 2].map(() => startTracker(postgresOutbox(pooler.url), stage.api))
    // Each of both has customers of its own, and sends those of either.
    const loads = trackers.map(({ tracker }, at) => trackMany(tracker, `${site.role}-${at}`, 300))
    for (const load of loads) {
      await load.done()
      expectInOrder(stage.api, load.sent)
    }
    for (const { tracker, told } of trackers) {
      expect(told).toEqual([])
      expect(tracker.status().outbox.trouble).toBeUndefined()
      const report = await tracker.shutdown({ timeoutMs: 60_000 })
      expect(report).toMatchObject({ rejected: 0, dropped: 0, dead: 0, pending: 0 })
    }
  },
)

test('no connection of the server is left listening for somebody else', async () => {
  const site = await createSite(stage.server)
  await using pooler = await startPgBouncer(site.url, { pool_mode: 'transaction', default_pool_size: '1' })
  const { tracker } = startTracker(postgresOutbox(pooler.url), stage.api)
  await tracker.trackEvent(site.role, 'first')
  await tracker.trackEvent(site.role, 'second')
  await tracker.shutdown({ timeoutMs: 60_000 })
  await using after = await connect(pooler.url)
  const { rows } = await after.client.query('SELECT pg_listening_channels()')
  expect(rows).toEqual([])
})

test('a setting of the address that it does not know is told, with the name of it', async () => {
  const site = await createSite(stage.server)
  await using pooler = await startPgBouncer(site.url, { pool_mode: 'transaction' })
  const { tracker } = startTracker(postgresOutbox(`${pooler.url}?options=-c%20statement_timeout%3D5000`), stage.api)
  await expect(tracker.trackEvent(site.role, 'first')).rejects.toMatchObject({
    code: 'outbox',
    problem: 'denied',
    message: expect.stringMatching(/the pooler before the server refuses the connection .*options/) as string,
  })
  await tracker.shutdown({ timeoutMs: 60_000 })
})

test('a server that restarts behind it loses nothing', async () => {
  const site = await createSite(stage.server)
  await using pooler = await startPgBouncer(site.url, { pool_mode: 'transaction', server_login_retry: '1' })
  const { tracker } = startTracker(postgresOutbox(pooler.url), stage.api)
  const load = trackMany(tracker, site.role, 300)
  await load.stored(20)
  await stage.server.stop('immediate')
  await expect.poll(() => tracker.status().outbox.trouble?.message).toMatch(/It is asked again/)
  await stage.server.start()
  await load.done()
  expectInOrder(stage.api, load.sent)
  await tracker.shutdown({ timeoutMs: 60_000 })
})
