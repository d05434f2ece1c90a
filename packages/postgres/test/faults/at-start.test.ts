import { type OutboxError } from '@obsidianlaunch/events'
import { PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { describe, expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { mendable, ofSchema, passing } from './support/faults.ts'
import { useStage } from './support/stage.ts'
import { createSite, startTracker } from './support/site.ts'
import { expectWaiting } from './support/waiting.ts'

const stage = useStage({ max_connections: '60' })

describe('at the start', () => {
  test.each(Object.entries({ ...mendable, ...ofSchema }))(
    '%s is told to the first event, with what to do; the next one is taken once it is mended',
    async (_, { make, problem, sentence }) => {
      const site = await createSite(stage.server)
      const mend = await make(site)
      const { tracker, told } = startTracker(postgresOutbox(site.url), stage.api)
      const error = await tracker.trackEvent(site.role, 'first').then(
        () => expect.fail('it was taken'),
        (thrown: unknown) => thrown as OutboxError,
      )
      expect(error).toMatchObject({
        code: 'outbox',
        problem,
        message: expect.stringMatching(sentence) as string,
        kept: false,
      })
      await mend()
      await tracker.trackEvent(site.role, 'second')
      expect(stage.api.eventsOf(site.role)).toEqual(['second'])
      expect(tracker.status().outbox.trouble).toBeUndefined()
      const report = await tracker.shutdown({ timeoutMs: 60_000 })
      expect(report).toMatchObject({ accepted: 2, delivered: 1, rejected: 1, pending: 0 })
      expect(told.join()).not.toMatch(/secret/)
    },
  )

  test.each(Object.entries(passing))('%s is waited for', async (_, fault) => {
    const site = await createSite(stage.server)
    expect(
      await expectWaiting(site, stage.api, fault, startTracker(postgresOutbox(site.url), stage.api), []),
    ).toMatchObject({
      delivered: 3,
      rejected: 0,
      dropped: 0,
      pending: 0,
    })
  })

  test('a server that is not there yet is waited for', async () => {
    await using late = await PostgresServer.start({ settings: { fsync: 'off' } })
    const site = await createSite(late)
    await late.stop()
    const fault = {
      make: async () => () => late.start(),
      problem: 'io',
      sentence: /cannot be reached \(.*ECONNREFUSED.*\)\. It is asked again/,
    }
    expect(
      await expectWaiting(site, stage.api, fault, startTracker(postgresOutbox(site.url), stage.api), []),
    ).toMatchObject({
      delivered: 3,
      rejected: 0,
      dropped: 0,
      pending: 0,
    })
  })
})
