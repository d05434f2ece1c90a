import { startMock } from '@obsidianlaunch/events-mock'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { database, openDatabase, shown, user } from '../outbox/databases.ts'
import { dead, fill } from '../outbox/files.ts'
import { type Check, examined, statuses } from './examined.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const hourMs = 3_600_000

async function outboxOf(
  options: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; checks: Record<string, Check>; output: string }> {
  await using mock = await startMock()
  return await examined(`--base-url ${mock.url} --outbox ${options}`, env)
}

test('an outbox in a database is well that answers, has the schema, and may be changed', async () => {
  const url = await database({ schema: 'app_events' })
  const { code, checks } = await outboxOf(`'${url}' --schema app_events`)
  expect(code).toBe(0)
  expect(statuses(checks)).toMatchObject({ outbox: 'ok', rights: 'ok', pending: 'ok', dead: 'ok' })
  expect(checks['outbox']?.message).toBe(`${shown(url)} answers, and its schema app_events is of this version.`)
  expect(checks).not.toHaveProperty('disk')
})

test('the database of the variable is examined where --outbox names none', async () => {
  const url = await database()
  const { code, checks, output } = await outboxOf('', { DATABASE_URL: url })
  expect([code, checks['outbox']?.status]).toEqual([0, 'ok'])
  expect(output).not.toContain('command line')
  const without = await outboxOf('')
  expect([without.code, without.output]).toEqual([2, expect.stringContaining('or set DATABASE_URL')])
})

test('old events and dead letters in a database are warnings, with the command that shows them', async () => {
  const url = await database()
  await using outbox = openDatabase(url)
  await fill(outbox, ['a:1', 'a:2', 'b:1'], Date.now() - 3 * hourMs)
  await dead(outbox, 'b')
  const { code, checks } = await outboxOf(`'${url}'`)
  expect(code).toBe(0)
  expect(statuses(checks)).toMatchObject({ outbox: 'ok', rights: 'ok', pending: 'warning', dead: 'warning' })
  expect(checks['pending']).toMatchObject({ message: '2 events, the oldest for 3 h.', facts: { pending: 2 } })
  expect(checks['dead']?.advice).toBe(`See why: obsidian-events outbox dead ${shown(url)}`)
  expect(await outbox.counts()).toEqual({ pending: 2, dead: 1 })
})

test('a missing schema, and a user who may not change it, are failures of the configuration', async () => {
  const url = await database()
  const nowhere = await outboxOf(`'${url}' --schema nope`)
  expect(nowhere.code).toBe(3)
  expect(nowhere.checks['outbox']?.message).toContain(`outbox migrate ${shown(url)} --schema nope\``)
  expect(nowhere.checks['rights']?.status).toBe('skipped')
  await using reader = await user(url, [
    'GRANT USAGE ON SCHEMA obsidian_events TO ROLE',
    'GRANT SELECT ON ALL TABLES IN SCHEMA obsidian_events TO ROLE',
  ])
  const { code, checks } = await outboxOf(`'${reader.url}'`)
  expect(code).toBe(3)
  expect(statuses(checks)).toMatchObject({ outbox: 'ok', rights: 'failure', pending: 'ok' })
  expect(checks['rights']?.message).toMatch(/lacks a right/)
})

test('the doctor shows no password: of a wrong one, of a server that is away, of an address that is mistyped', async () => {
  const wrong = new URL(await database())
  wrong.username = 'nobody'
  wrong.password = 'a-secret-word'
  for (const [address, code] of [
    [wrong.href, 3],
    ['postgres://events:a-secret-word@127.0.0.1:9/app', 1],
  ] as const) {
    const ended = await outboxOf(`'${address}'`)
    expect(ended.code).toBe(code)
    expect(ended.checks['outbox']?.message).toContain(`The database is ${shown(address)}.`)
    expect(ended.output).not.toContain('a-secret')
  }
  using place = new Workplace()
  for (const address of [
    'postgres:/events:a-secret-word@db/app',
    'mysql://a-secret-word@db/app',
    'events:a-secret-word@db',
  ]) {
    const { code, stdout, stderr } = await place.run(`obsidian-events doctor --outbox '${address}'`)
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringContaining('Write the address of a PostgreSQL database'),
    ])
    expect(stderr).not.toContain('secret')
  }
  expect((await place.run('obsidian-events doctor --outbox events.db --schema app')).code).toBe(2)
})
