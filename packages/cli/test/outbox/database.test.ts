import { OutboxError } from '@obsidianlaunch/events'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { examplesIn, see, Workplace } from '../command-line.ts'
import { databaseFailure } from '../../src/outbox/database.ts'
import { database, openDatabase, shown, user } from './databases.ts'
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
  expect(before.code).toBe(3)
  expect(before.stderr).toContain('make it by `npx @obsidianlaunch/events-cli outbox migrate`, or by')
  const made = await place.run('obsidian-events outbox migrate --schema app_events')
  expect(made.stdout).toMatch(/^✓ The outbox app_events of postgres:.* was made, at version \d+\.\n$/)
  const again = await place.run('obsidian-events outbox migrate --schema app_events')
  expect(again.stdout).toMatch(/ is up to date, at version \d+\. Nothing was changed\.\n$/)
  expect((await place.run('obsidian-events outbox list --schema app_events')).code).toBe(0)
  const { query } = await import('@obsidianlaunch/testkit/postgres')
  await query(url, 'UPDATE app_events.version SET version = 1000')
  for (const line of ['migrate', 'list']) {
    const newer = await place.run(`obsidian-events outbox ${line} --schema app_events`)
    expect([newer.code, newer.stdout]).toEqual([3, ''])
    expect(newer.stderr).toContain('was made by a newer version')
  }
})

test('a failure names the database and the schema, and the command that makes it, but no password', async () => {
  const url = await database({ schema: false })
  using place = new Workplace({ DATABASE_URL: withPassword(url) })
  const denied = await place.run('obsidian-events outbox list')
  expect([denied.code, denied.stderr.includes('a-secret-word')]).toEqual([3, false])
  expect(denied.stderr).toContain(`The database is ${shown(url)}.\n`)
  place.env['DATABASE_URL'] = url
  const { code, stderr } = await place.run('obsidian-events outbox list --schema nope')
  expect(code).toBe(3)
  expect(stderr).toContain('`npx @obsidianlaunch/events-cli outbox migrate --schema nope`')
  expect(stderr).toContain(`The database is ${shown(url)}.\n`)
  const typed = await place.run(`obsidian-events outbox dead '${url}' --schema nope`)
  expect(typed.stderr).toContain(`\`npx @obsidianlaunch/events-cli outbox migrate ${shown(url)} --schema nope\``)
  const away = await place.run('obsidian-events outbox list postgres://127.0.0.1:9/app')
  expect([away.code, away.stderr]).toEqual([1, expect.stringContaining('The database is postgres://127.0.0.1:9/app.')])
  const encrypted = await place.run("obsidian-events outbox list 'postgres://127.0.0.1:9/app?sslmode=require'")
  expect(encrypted.stderr).toBe(away.stderr)
  for (const command of ['migrate', 'move events.db']) {
    {
      await using outbox = open(place.path('events.db'))
      await fill(outbox, ['a:1'])
    }
    const ended = await place.run(`obsidian-events outbox ${command} postgres://127.0.0.1:9/app`)
    expect([ended.code, ended.stderr]).toEqual([
      1,
      expect.stringContaining('The database is postgres://127.0.0.1:9/app.'),
    ])
  }
})

test('what a person has to mend in the settings of a database ends with code 3: no such database, no right', async () => {
  const url = await database()
  using place = new Workplace()
  const gone = new URL(url)
  gone.pathname = '/no_such_database'
  await using reader = await user(url)
  const lines = [
    `list '${gone.href}'`,
    `migrate '${gone.href}'`,
    `replay '${reader.url}' --all`,
    `dead '${reader.url}'`,
  ]
  for (const line of lines) {
    const { code, stdout, stderr } = await place.run(`obsidian-events --json outbox ${line}`)
    expect({ line, code, stderr }).toMatchObject({ code: 3 })
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', code: 'configuration', exitCode: 3 })
  }
})

test('a name that leads to no server is a wrong setting, and a server that is away is none', () => {
  const at = { address: 'postgres://db/app', argument: '' }
  const failed = (code: string) => databaseFailure(at, new OutboxError('io', 'It cannot be reached.', { code }))
  expect(failed('ENOTFOUND')).toMatchObject({
    exitCode: 3,
    message: 'It cannot be reached. The database is postgres://db/app.',
  })
  expect([failed('EAI_AGAIN'), failed('ECONNREFUSED')]).toMatchObject([{ exitCode: 1 }, { exitCode: 1 }])
})

test.each(['It is asked again.', 'It has worked before: it is asked again.'])(
  'a command does not promise what only a tracker does: %s',
  (promise) => {
    const at = { address: 'postgres://db/app', argument: '' }
    const thrown = new OutboxError('io', `It cannot be reached (refused). ${promise}`)
    expect(databaseFailure(at, thrown)).toMatchObject({
      message: 'It cannot be reached (refused). The database is postgres://db/app.',
    })
  },
)

test('an event that somebody sends now is told as that, and times are whole milliseconds', async () => {
  using place = await withOutbox()
  await using outbox = openDatabase(place.env['DATABASE_URL'] ?? '')
  const claims = await outbox.claim(1, 60_000, 'oldest')
  const { stdout } = await place.run('obsidian-events outbox list')
  expect(stdout).toMatch(/^ {6}2 {2}a\n {9}oldest 3 h, sending now\n {6}1 {2}c\n {9}oldest \d+ s, 0 attempts$/m)
  const [lent, due] = await place.records('obsidian-events --json outbox list')
  expect([lent, due]).toMatchObject([
    { customerId: 'a', isLent: true },
    { customerId: 'c', isLent: false, dueInMs: 0 },
  ])
  expect(Number.isInteger(lent?.['dueInMs'])).toBe(true)
  await outbox.settle(claims.map((claim) => [claim, { kind: 'retry', afterMs: 60_000.123 }]))
  const [waiting] = await place.records('obsidian-events --json outbox list')
  expect(waiting?.['customerId']).toBe('a')
  expect(waiting?.['dueInMs']).toSatisfy((ms) => Number.isInteger(ms) && Number(ms) > 0)
})

test('nothing that was not replayed is ticked off', async () => {
  using place = await withOutbox()
  const none = await place.run('obsidian-events outbox replay --id 999')
  expect([none.code, none.stdout]).toEqual([1, ''])
  expect(none.stderr).toMatch(/^1 of 1 not replayed: no dead letter has that id/)
  await place.run('obsidian-events outbox replay --all')
  const all = await place.run('obsidian-events outbox replay --all')
  expect([all.code, all.stdout]).toEqual([
    0,
    `${shown(place.env['DATABASE_URL'] ?? '')} has no dead letters: nothing to replay.\n`,
  ])
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
      `A tracker has events.db open: end its program first. Start it again with the database, and not with the file.\n${see('command-line')}`,
    ])
  }
  const { code, stdout } = await place.run('obsidian-events outbox move events.db')
  expect([code, stdout]).toEqual([
    0,
    `✓ 3 pending events and 1 dead letter moved to ${shown(url)}\n  events.db, events.db-owner: empty now, and may be deleted.\n`,
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
  ["list 'postgres:/a:secret@db/app'", 2, 'Write the address of a PostgreSQL database'],
  ["dead 'postgres//a:secret@db/app'", 2, 'Write the address of a PostgreSQL database'],
  ["replay 'a:secret@db/app' --all", 2, 'Write the address of a PostgreSQL database'],
  ["list 'host=db password=secret'", 2, 'Write the address of a PostgreSQL database'],
  ["list 'postgres:/db/app?password=secret'", 2, 'Write the address of a PostgreSQL database'],
  ["list 'postgres://a:12/secret@db/app'", 2, 'That address cannot be read.'],
  ["list 'postgres://a:b@c/secret@db/app'", 2, 'That address cannot be read.'],
  ["list 'postgres://a:12?secret@db/app'", 2, 'That address cannot be read.'],
  ["list 'postgres://a:12#secret@db/app'", 2, 'That address cannot be read.'],
  [
    "forget 'postgres:/a:secret@db/app' --yes",
    2,
    'forget needs the outbox and the customer',
    { DATABASE_URL: 'postgres://127.0.0.1:9/app' },
  ],
  ["move 'postgres:/a:secret@db/app' postgres://127.0.0.1:9/app", 2, 'Give the file of an outbox'],
  ["move events.db 'postgres:/a:secret@db/app'", 2, 'Write the address of a PostgreSQL database'],
  ['replay events.db --id x', 2, 'It is no number.'],
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
