import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { database, openDatabase, shown } from '../outbox/databases.ts'
import { dead, fill } from '../outbox/files.ts'
import { receive } from '../receiver.ts'
import { key, RunningRelay, startRelay } from './running.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

function workplace(api: string, outbox: string): Workplace {
  return new Workplace({
    EVENT_TRACKING_AUTH_TOKEN: 'the-project-token',
    EVENT_TRACKING_BASE_URL: api,
    OBSIDIAN_RELAY_OUTBOX: outbox,
  })
}

/** The address of a database with a password: the server's own, or one of a server that asks for none. */
function withPassword(url: string): URL {
  const given = new URL(url)
  given.password ||= 'a-secret-word'
  return given
}

async function metrics(relay: RunningRelay): Promise<string> {
  return (await fetch(`${String(relay.records('started')[0]?.['admin'])}/metrics`)).text()
}

test('two relays share a database: each stores what it takes, and one sends what the other has left', async () => {
  const url = await database()
  let status = 503
  await using api = await receive(() => status)
  using place = workplace(api.url, url)
  {
    await using outbox = openDatabase(url)
    await fill(outbox, ['before:1', 'lost:1'])
    await dead(outbox, 'lost')
  }
  const [first, second] = [
    await startRelay(place, `--key ${key} --admin-port 0`),
    await startRelay(place, `--key ${key} --admin-port 0`),
  ]
  expect(first.records('started')).toMatchObject([{ outbox: shown(url), pending: 1 }])
  for (const [at, relay] of [first, second, first, second].entries()) {
    const answer = await relay.track('user123', String(at), { 'idempotency-key': `click-${at}` })
    expect(await answer.json()).toEqual({ id: `click-${at}`, stored: true })
  }
  await expect.poll(() => metrics(second)).toMatch(/^obsidian_relay_outbox_pending 5$/m)
  const told = await metrics(second)
  expect(told).toMatch(/^obsidian_relay_outbox_dead 1$/m)
  expect(told).toMatch(/^obsidian_relay_events_pending 2$/m)
  expect(Number(/^obsidian_relay_oldest_event_age_seconds (.*)$/m.exec(told)?.[1])).toBeGreaterThan(0)
  // Nobody sends for the one that is gone but the other one.
  await first.end('SIGKILL')
  status = 200
  const arrived = () => api.arrivals.filter(({ id }) => id?.startsWith('click-')).map(({ body }) => body.event)
  await expect.poll(() => new Set(arrived())).toEqual(new Set(['0', '1', '2', '3']))
  expect(arrived().slice(-4)).toEqual(['0', '1', '2', '3'])
  expect(await second.end()).toBe(0)
})

test('a database without the outbox is told with the command that makes it, and the schema is the one that was given', async () => {
  const url = await database()
  using place = workplace('http://127.0.0.1:9', url)
  const { code, stdout, stderr } = await place.run(`obsidian-events relay --port 0 --key ${key} --schema app_events`)
  expect([code, stdout]).toEqual([3, ''])
  expect(stderr).toMatch(/^The outbox app_events is not in this database/m)
  expect(stderr).toContain(`\`npx @obsidianlaunch/events-cli outbox migrate ${shown(url)} --schema app_events\``)
})

test('the password of a database is shown nowhere: not at the start, nor in the log, nor in the page of the admin', async () => {
  await using api = await receive()
  const { href: url, password } = withPassword(await database())
  using place = workplace(api.url, url)
  const relay = await startRelay(place, `--key ${key} --admin-port 0`)
  const admin = String(relay.records('started')[0]?.['admin'])
  expect((await relay.track('user123', 'button_click')).status).toBe(200)
  await query(url, 'ALTER SCHEMA obsidian_events RENAME TO gone')
  expect((await relay.track('user123', 'button_click')).status).toBe(503)
  expect((await relay.shown('log'))['message']).toContain('outbox migrate')
  const page = await (await fetch(`${admin}/dead`)).text()
  await relay.end('SIGKILL')
  const typed = await place.run(`obsidian-events relay --port 0 --outbox '${url}' --key ${key}`)
  expect(typed.code).toBe(3)
  expect(typed.stderr).toContain('The password stands in the command line')
  for (const text of [JSON.stringify(relay.printed), await relay.stderr, page, typed.stdout, typed.stderr]) {
    expect(text).not.toContain(password)
  }
})
