import { ConfigurationError } from '@obsidianlaunch/events'
import { query } from '@obsidianlaunch/testkit/postgres'
import { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../../src/index.ts'
import { schema } from './support/faults.ts'
import { useStage } from './support/stage.ts'
import { createSite, makeOutbox, startApi, startTracker } from './support/site.ts'

const stage = useStage({ max_connections: '60' })

describe('a program that was written wrongly', () => {
  test.each([
    'postgres://user:a-secret-of-somebody@one:5432,two:5432/app',
    'postgres://user:a-secret-of-somebody@one:port/app',
  ])('an address that cannot be read is refused at once, without the password: %s', async (address) => {
    const error = await Promise.resolve()
      .then(() => postgresOutbox(address))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as Error).message).toContain('It names one server, with user and password escaped')
    expect(String((error as Error).stack)).not.toContain('secret')
    await expect(migrate(address)).rejects.toBeInstanceOf(ConfigurationError)
  })

  test('a pool that somebody else has ended is told, and what was stored is sent by the next program', async () => {
    const site = await createSite(stage.server)
    const pool = new Pool({ connectionString: site.url })
    await using slow = await startApi()
    const { tracker } = startTracker(postgresOutbox(pool), slow)
    await tracker.trackEvent(site.role, 'before')
    await slow[Symbol.asyncDispose]()
    await tracker.trackEvent(site.role, 'stored').stored
    await pool.end()
    await expect(tracker.trackEvent(site.role, 'late')).rejects.toMatchObject({
      code: 'configuration',
      message: expect.stringMatching(/its pool was ended\. End it after the shutdown of the tracker/) as string,
    })
    expect(await tracker.shutdown({ timeoutMs: 2_000 })).toMatchObject({ accepted: 3, delivered: 1, rejected: 1 })
    const next = startTracker(postgresOutbox(site.url), stage.api, { attemptTimeoutMs: 60_000 })
    await next.tracker.start()
    await expect.poll(() => stage.api.eventsOf(site.role)).toEqual(['stored'])
    await next.tracker.shutdown({ timeoutMs: 60_000 })
  })

  test('trackers of two schemas in one database know nothing of each other', async () => {
    const site = await createSite(stage.server)
    await makeOutbox(site, 'second')
    await using others = await startApi()
    const patient = { attemptTimeoutMs: 60_000 }
    const first = startTracker(postgresOutbox(site.url), stage.api, patient).tracker
    const second = startTracker(postgresOutbox(site.url, { schema: 'second' }), others, patient).tracker
    const names = Array.from({ length: 50 }, (_, at) => `event-${at}`)
    await Promise.all(names.flatMap((name) => [first.trackEvent(site.role, name), second.trackEvent(site.role, name)]))
    expect(stage.api.eventsOf(site.role)).toEqual(names)
    expect(others.eventsOf(site.role)).toEqual(names)
    await Promise.all([first.shutdown({ timeoutMs: 60_000 }), second.shutdown({ timeoutMs: 60_000 })])
  })

  test('a schema whose functions work on the tables of another one is refused', async () => {
    const site = await createSite(stage.server, { migrated: false })
    await makeOutbox(site)
    await query(site.admin, `ALTER SCHEMA ${schema} RENAME TO renamed`)
    await makeOutbox(site)
    const { tracker } = startTracker(postgresOutbox(site.url, { schema: 'renamed' }), stage.api)
    await expect(tracker.trackEvent(site.role, 'mine')).rejects.toMatchObject({
      problem: 'not-an-outbox',
      message: expect.stringMatching(/work on tables of another schema: it was renamed or copied/) as string,
    })
    expect(await query(site.admin, `SELECT * FROM ${schema}.event`)).toEqual([])
    await tracker.shutdown({ timeoutMs: 60_000 })
  })

  test.each([
    [`CREATE TABLE ${schema}.version AS SELECT 'v1.2' AS version`, /has a table "version" that is not ours/],
    [`CREATE TABLE ${schema}.version AS SELECT 1 AS release`, /has a table "version" that is not ours/],
    [`CREATE TABLE ${schema}.event (id int)`, /tables or functions that are not ours/],
  ])('migrate leaves the tables of another program as they are: %s', async (sql, message) => {
    const site = await createSite(stage.server, { migrated: false })
    await query(site.admin, `CREATE SCHEMA ${schema}; ${sql}`)
    await expect(migrate(site.admin)).rejects.toMatchObject({
      problem: 'not-an-outbox',
      message: expect.stringMatching(message) as string,
    })
    const left = await query(
      site.admin,
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = '${schema}'::regnamespace`,
    )
    expect(left).toEqual([{ n: 1 }])
  })
})
