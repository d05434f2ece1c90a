import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { examplesIn, Workplace } from '../command-line.ts'
import { database, openDatabase, shown } from './databases.ts'
import { dead, fill, open } from './files.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const hourMs = 3_600_000

/** A workplace whose variable names a database in which a waits with two events, c with one, and those of b are dead. */
async function withOutbox(): Promise<Workplace> {
  const url = await database()
  await using outbox = openDatabase(url)
  await fill(outbox, ['a:1', 'a:2', 'b:1'], Date.now() - 3 * hourMs)
  await fill(outbox, ['c:1', 'b:2'])
  await dead(outbox, 'b')
  await dead(outbox, 'b')
  return new Workplace({ DATABASE_URL: url })
}

/** An address with another password, which a command must not show. */
function withPassword(url: string): string {
  const changed = new URL(url)
  changed.password = 'a-secret-word'
  return changed.href
}

test('list and dead look into a database as into a file, and their last line says what to do next', async () => {
  using place = await withOutbox()
  const url = place.env['DATABASE_URL'] ?? ''
  const list = await place.run('obsidian-events outbox list')
  expect(list).toMatchObject({ code: 0, stderr: '' })
  expect(list.stdout).toMatch(/^ {6}2 {2}a\n {9}oldest 3 h, 0 attempts\n {6}1 {2}c$/m)
  expect(list.stdout).toContain(`${shown(url)}: 3 pending of 2 customers, 2 dead.\n`)
  expect(list.stdout).not.toContain('tracker')
  const next = /^The dead: (.*)$/m.exec(list.stdout)?.[1] ?? ''
  const { stdout } = await place.run(next)
  expect(stdout).toMatch(/^ {3}1 {2}trackEvent b$/m)
  expect(stdout).toContain('Once mended: obsidian-events outbox replay --all\n')
  const records = await place.records('obsidian-events --json outbox list --limit 1')
  expect(records).toMatchObject([
    { type: 'customer', customerId: 'a', pending: 2 },
    { type: 'outbox', database: shown(url), schema: 'obsidian_events', pending: 3, dead: 2, customers: 2 },
  ])
})

test('replay and forget work beside those who have the database open, who send what is pending again', async () => {
  using place = await withOutbox()
  expect(await place.records('obsidian-events --json outbox replay --id 2')).toMatchObject([
    { type: 'replayed', replayed: 1, left: 0 },
  ])
  const { code, stdout } = await place.run('obsidian-events outbox replay --all')
  expect([code, stdout]).toEqual([
    0,
    '✓ 1 dead letter pending again\n  The trackers and relays that share the database send them, now or when one is started.\n',
  ])
  const erased = await place.run('obsidian-events outbox forget b --yes')
  expect([erased.code, erased.stdout]).toEqual([0, '✓ 2 events of b erased\n'])
  const records = await place.records('obsidian-events --json outbox list')
  expect(records.at(-1)).toMatchObject({ pending: 3, dead: 0, customers: 2 })
})

test('forget does not take the name of a file for a customer', async () => {
  using place = await withOutbox()
  await using outbox = open(place.path('events.db'))
  await fill(outbox, ['a:1'])
  const { code, stderr } = await place.run('obsidian-events outbox forget events.db --yes')
  expect([code, stderr]).toEqual([
    2,
    'forget needs the outbox and the customer, or the customer alone if DATABASE_URL is set.\n',
  ])
})

test('migrate makes the outbox, then has nothing to do, and leaves a newer one as it is', async () => {
  const url = await database({ schema: false })
  using place = new Workplace({ DATABASE_URL: url })
  const before = await place.run('obsidian-events outbox list')
  expect(before.code).toBe(1)
  expect(before.stderr).toContain('make it by `npx @obsidianlaunch/events-cli outbox migrate URL`')
  const made = await place.run('obsidian-events outbox migrate --schema app_events')
  expect(made.stdout).toMatch(/^✓ The outbox app_events of postgres:.* was made, at version \d+\.\n$/)
  const again = await place.run('obsidian-events outbox migrate --schema app_events')
  expect(again.stdout).toMatch(/ is up to date, at version \d+\. Nothing was changed\.\n$/)
  expect((await place.run('obsidian-events outbox list --schema app_events')).code).toBe(0)
  const { query } = await import('@obsidianlaunch/testkit/postgres')
  await query(url, 'UPDATE app_events.version SET version = 1000')
  for (const line of ['migrate', 'list']) {
    const newer = await place.run(`obsidian-events outbox ${line} --schema app_events`)
    expect([newer.code, newer.stdout]).toEqual([1, ''])
    expect(newer.stderr).toContain('was made by a newer version')
  }
})

test('sql prints what migrate runs', async () => {
  const url = await database({ schema: false })
  using place = new Workplace({ DATABASE_URL: url })
  const { stdout } = await place.run('obsidian-events outbox sql --schema app_events')
  const { query } = await import('@obsidianlaunch/testkit/postgres')
  await query(url, stdout)
  expect(await place.records('obsidian-events --json outbox migrate --schema app_events')).toMatchObject([
    { type: 'migrated', schema: 'app_events', from: expect.toSatisfy((from) => Number(from) > 0) as number },
  ])
  const [{ version = 0 } = {}] = (await place.records('obsidian-events --json outbox sql')).slice(-1)
  expect((await place.run(`obsidian-events outbox sql --from ${Number(version)}`)).stdout).toBe('')
  expect((await place.run('obsidian-events outbox sql --from 999')).code).toBe(2)
})

test('move takes over what a file keeps, and says so', async () => {
  using place = await withOutbox()
  const url = place.env['DATABASE_URL'] ?? ''
  {
    await using outbox = open(place.path('events.db'))
    await fill(outbox, ['d:1', 'd:2', 'e:1', 'f:1'])
    await dead(outbox, 'f')
    const owned = await place.run('obsidian-events outbox move events.db')
    expect([owned.code, owned.stderr]).toEqual([
      1,
      'A tracker has events.db open: end its program first. Start it again with the database, and not with the file.\n',
    ])
  }
  const { code, stdout } = await place.run('obsidian-events outbox move events.db')
  expect([code, stdout]).toEqual([
    0,
    `✓ 3 pending events and 1 dead letter moved to ${shown(url)}\n  events.db is empty now, and may be deleted.\n`,
  ])
  const records = await place.records('obsidian-events --json outbox list')
  expect(records.at(-1)).toMatchObject({ pending: 6, dead: 3, customers: 4 })
  expect(await place.records('obsidian-events --json outbox move events.db')).toEqual([
    {
      type: 'moved',
      file: 'events.db',
      database: shown(url),
      schema: 'obsidian_events',
      pending: 0,
      dead: 0,
      taken: 0,
      left: 0,
      complete: true,
    },
  ])
  expect((await place.run('obsidian-events outbox move events.db')).stdout).toBe(
    'events.db is empty: nothing to move.\n',
  )
})

test('a password is warned of in a command line, and shown nowhere', async () => {
  using place = await withOutbox()
  const url = place.env['DATABASE_URL'] ?? ''
  const { stdout, stderr } = await place.run(`obsidian-events outbox list '${withPassword(url)}'`)
  expect(stderr).toContain('The password stands in the command line')
  const json = await place.run(`obsidian-events --json outbox dead '${withPassword(url)}'`)
  const nobody = 'postgres://events:a-secret-word@127.0.0.1:9/app?password=a-secret-word'
  place.env['DATABASE_URL'] = nobody
  const refused = await place.run('obsidian-events outbox list')
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toMatch(/^The outbox obsidian_events cannot be reached/)
  for (const text of [stdout, stderr, json.stdout, json.stderr, refused.stderr]) expect(text).not.toContain('a-secret')
})

const wrong: readonly [line: string, code: number, sentence: string, env?: Record<string, string>][] = [
  ['list', 2, 'Name the outbox: a file such as events.db, or postgres://user@host/database; or set DATABASE_URL'],
  ['list mysql://a:secret@db/app', 2, 'Write the address of a PostgreSQL database'],
  ['list', 3, 'DATABASE_URL: Write the address of a PostgreSQL database', { DATABASE_URL: 'mysql://a:secret@db/app' }],
  ["list 'postgres://a:secret%@ db/app'", 2, 'That address cannot be read.'],
  ['list events.db --schema app', 2, '--schema belongs to a database, and this is a file.'],
  ['list postgres://db/app --schema Events', 2, 'Write a name of lower-case letters'],
  ['migrate', 2, 'Name the database: postgres://user@host/database, or set DATABASE_URL.'],
  ['migrate events.db', 2, 'Write the address of a PostgreSQL database'],
  ['move events.db', 2, 'Name the database'],
  ['move none.db postgres://127.0.0.1:9/app', 1, 'none.db does not exist.'],
  ['forget user123 --yes', 2, 'forget needs the outbox and the customer'],
]

test.each(wrong)('outbox %s ends with code %i and a sentence', async (line, code, sentence, env = {}) => {
  using place = new Workplace(env)
  const ended = await place.run(`obsidian-events outbox ${line}`)
  expect([ended.code, ended.stdout]).toEqual([code, ''])
  expect(ended.stderr).toContain(sentence)
  expect(ended.stderr).not.toContain('secret')
})

test.each(['migrate', 'sql', 'move'])('every example in the help of outbox %s works as it stands', async (command) => {
  const url = await database()
  using place = new Workplace({ DATABASE_URL: url })
  {
    await using outbox = open(place.path('events.db'))
    await fill(outbox, ['a:1'])
  }
  const examples = examplesIn((await place.run(`obsidian-events outbox ${command} --help`)).stdout)
  expect(examples.length).toBeGreaterThan(1)
  for (const example of examples) {
    const line = example.replace(/postgres:\/\/\S+/, `'${url}'`)
    expect({ example, ...(await place.run(line)) }).toMatchObject({ code: 0 })
  }
})
