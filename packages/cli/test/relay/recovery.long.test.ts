import { migrate } from '@obsidianlaunch/events-postgres'
import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { key, startRelay } from './running.ts'

const missing = missingServer()
beforeEach(({ skip }) => skip(missing !== undefined, missing))
const patient = { timeout: 60_000 }

/** The first state that the admin's page is told. */
async function firstState(admin: string): Promise<unknown> {
  const { body } = await fetch(`${admin}/events`)
  let told = ''
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    told += new TextDecoder().decode(chunk)
    const [, state] = /event: state\ndata: (.*)\n/.exec(told) ?? []
    if (state !== undefined) return JSON.parse(state)
  }
  return undefined
}

test('a database that goes and comes back is told as it does, and what was refused meanwhile is not lost', async () => {
  await using server = await PostgresServer.start({ settings: { fsync: 'off' } })
  const url = await server.database()
  await migrate(url)
  await using api = await receive(() => 503)
  using place = new Workplace({
    EVENT_TRACKING_AUTH_TOKEN: 'the-project-token',
    EVENT_TRACKING_BASE_URL: api.url,
    OBSIDIAN_RELAY_OUTBOX: url,
  })
  const relay = await startRelay(place, `--key ${key} --drain 1 --admin-port 0`)
  const lines = () => relay.records('log').map(({ level, message }) => `${String(level)}: ${String(message)}`)
  await server.stop()
  expect((await relay.track('user123', 'button_click')).status).toBe(503)
  // The request is counted as refused, and its event not once more.
  expect(await firstState(String(relay.records('started')[0]?.['admin']))).toMatchObject({
    stats: { accepted: 0, rejected: 0, dropped: 0 },
    requests: { taken: 0, refused: { 'not-stored': 1 } },
  })
  await expect.poll(() => lines().filter((line) => line.startsWith('error')).length, patient).toBeGreaterThan(0)
  await server.start()
  // No event comes that would show it.
  await expect.poll(() => lines().at(-1), patient).toBe('info: The outbox works again.')
  expect((await relay.track('user123', 'button_click')).status).toBe(200)
  api.answer = () => 429
  await expect.poll(() => lines().at(-1), patient).toMatch(/Events pending: 1 of this relay\./)
  expect(await relay.end()).toBe(0)
  expect(relay.records('stopped')).toMatchObject([{ accepted: 2, pending: 1 }])
  expect(lines().filter((line) => line.endsWith('The outbox works again.'))).toHaveLength(1)
})
