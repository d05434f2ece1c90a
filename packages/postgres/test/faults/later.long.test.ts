import { query } from '@obsidianlaunch/testkit/postgres'
import { describe, expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { mendable, passing, schema, statements } from './support/faults.ts'
import { useStage } from './support/stage.ts'
import { createSite, type Site, startTracker } from './support/site.ts'
import { expectWaiting } from './support/waiting.ts'

const stage = useStage({ max_connections: '60' })

describe('in a tracker that has worked for a while', () => {
  test.each(Object.entries({ ...mendable, ...passing }))(
    '%s is waited for: it says what is wrong, and loses nothing',
    async (name, { make, problem, sentence }) => {
      const site = await createSite(stage.server)
      const started = startTracker(postgresOutbox(site.url), stage.api)
      await started.tracker.trackEvent(site.role, 'before')
      const fault = { make, problem: name in mendable ? 'io' : problem, sentence }
      expect(await expectWaiting(site, stage.api, fault, started, ['before'])).toMatchObject({
        delivered: 4,
        rejected: 0,
        dropped: 0,
        pending: 0,
      })
    },
  )

  test('a schema that was migrated by a newer package is told as that', async () => {
    const site = await createSite(stage.server)
    const started = startTracker(postgresOutbox(site.url), stage.api)
    await started.tracker.trackEvent(site.role, 'before')
    const make = statements(
      `UPDATE ${schema}.version SET version = version + 1; ALTER FUNCTION ${schema}.append RENAME TO append_of_tomorrow`,
      `UPDATE ${schema}.version SET version = version - 1; ALTER FUNCTION ${schema}.append_of_tomorrow RENAME TO append`,
    )
    expect(
      await expectWaiting(site, stage.api, { make, problem: 'io', sentence: /made by a newer version/ }, started, [
        'before',
      ]),
    ).toMatchObject({ delivered: 4, rejected: 0, dropped: 0, pending: 0 })
  })

  test('connections that the server ends because they are idle do no harm', async () => {
    const site = await createSite(stage.server)
    await query(site.admin, `ALTER ROLE ${site.role} SET idle_session_timeout = '1s'`)
    const { tracker, told } = startTracker(postgresOutbox(site.url), stage.api)
    for (const name of ['1', '2', '3']) {
      await tracker.trackEvent(site.role, name)
      await expect.poll(() => connections(site)).toBe(0)
    }
    await tracker.shutdown({ timeoutMs: 60_000 })
    expect(stage.api.eventsOf(site.role)).toEqual(['1', '2', '3'])
    expect(told).toEqual([])
  })
})

async function connections({ role }: Site): Promise<number> {
  const rows = await stage.server.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1', [role])
  return rows[0]?.['n'] as number
}
