import { type OutboxError } from '@obsidianlaunch/events'
import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import type { ScriptedServer } from '@obsidianlaunch/testkit/api'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { postgresOutbox } from '../../src/index.ts'
import { mendable, ofSchema, passing } from './support/faults.ts'
import { createSite, startApi, startTracker } from './support/site.ts'
import { expectWaiting } from './support/waiting.ts'

const missing = missingServer()
let server: PostgresServer
let api: ScriptedServer
beforeAll(async () => {
  if (missing !== undefined) return
  server = await PostgresServer.start({ settings: { max_connections: '60', fsync: 'off' } })
  api = await startApi()
})
afterAll(async () => {
  await api?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})
beforeEach(({ skip }) => skip(missing !== undefined, missing))

describe('at the start', () => {
  test.each(Object.entries({ ...mendable, ...ofSchema }))(
    '%s is told to the first event, with what to do; the next one is taken once it is mended',
    async (_, { make, problem, sentence }) => {
      const site = await createSite(server)
      const mend = await make(site)
      const { tracker, told } = startTracker(postgresOutbox(site.url), api)
      const error = await tracker.trackEvent(site.role, 'first').then(
        () => expect.fail('it was taken'),
        (thrown: unknown) => thrown as OutboxError,
      )
      expect(error).toMatchObject({ code: 'outbox', problem, message: sentence, kept: false })
      await mend()
      await tracker.trackEvent(site.role, 'second')
      expect(api.eventsOf(site.role)).toEqual(['second'])
      expect(tracker.status().outbox.trouble).toBeUndefined()
      const report = await tracker.shutdown({ timeoutMs: 10_000 })
      expect(report).toMatchObject({ accepted: 2, delivered: 1, rejected: 1, pending: 0 })
      expect(told.join()).not.toMatch(/secret/)
    },
  )

  test.each(Object.entries(passing))('%s is waited for', async (_, fault) => {
    const site = await createSite(server)
    expect(await expectWaiting(site, api, fault, startTracker(postgresOutbox(site.url), api), [])).toMatchObject({
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
    expect(await expectWaiting(site, api, fault, startTracker(postgresOutbox(site.url), api), [])).toMatchObject({
      delivered: 3,
      rejected: 0,
      dropped: 0,
      pending: 0,
    })
  })
})
