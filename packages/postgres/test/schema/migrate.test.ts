import { readdirSync, readFileSync } from 'node:fs'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { Pool } from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { migrate, migrations, postgresOutbox } from '../../src/index.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const newest = migrations().length

test('a database without an outbox gets one, and a second time nothing is left to do', async () => {
  await using database = await createDatabase()
  expect(await migrate(database.url)).toEqual({ from: 0, to: newest })
  expect(await migrate(database.url)).toEqual({ from: newest, to: newest })
  await expect(countsOf(database.url)).resolves.toEqual({ pending: 0, dead: 0 })
})

test('of many programs that migrate at once one does, and all of them succeed', async () => {
  await using database = await createDatabase()
  const done = await Promise.all(Array.from({ length: 8 }, () => migrate(database.url)))
  const made = done.filter(({ from }) => from === 0)
  expect({ made: made.length, found: done.filter(({ from }) => from === newest).length }).toEqual({ made: 1, found: 7 })
})

test('an outbox of each older version is brought up to date, with what it holds', async () => {
  for (let from = 1; from < newest; from++) {
    await using database = await createDatabase()
    for (const { sql } of migrations().slice(0, from)) await query(database.url, sql)
    await query(
      database.url,
      `INSERT INTO obsidian_events.event
        (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners)
      VALUES ('a', 'test', '1', true, 'trackEvent', '{}', 0, '{}')`,
    )
    await expect(countsOf(database.url)).rejects.toMatchObject({ problem: 'older' })
    expect(await migrate(database.url)).toEqual({ from, to: newest })
    await expect(countsOf(database.url)).resolves.toEqual({ pending: 1, dead: 0 })
  }
})

test('an outbox of a newer version is left as it is, by trackers and by migrate', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  await query(database.url, 'UPDATE obsidian_events.version SET version = 99')
  const refused = {
    code: 'outbox',
    problem: 'newer',
    message: expect.stringMatching(/update this package\. It was left as it is/) as string,
  }
  await expect(migrate(database.url)).rejects.toMatchObject(refused)
  await expect(countsOf(database.url)).rejects.toMatchObject(refused)
  expect(await query(database.url, 'SELECT version FROM obsidian_events.version')).toEqual([{ version: 99 }])
})

test('an outbox of an older version is refused by trackers, who change nothing', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  await query(database.url, 'UPDATE obsidian_events.version SET version = 0')
  const refused = { code: 'outbox', problem: 'older', message: expect.stringMatching(/outbox migrate URL/) as string }
  await expect(countsOf(database.url)).rejects.toMatchObject(refused)
  expect(await query(database.url, 'SELECT version FROM obsidian_events.version')).toEqual([{ version: 0 }])
})

test('several outboxes stand side by side in one database, and know nothing of each other', async () => {
  await using database = await createDatabase()
  const names = ['obsidian_events', 'test_events', 'e2']
  for (const schema of names) expect(await migrate(database.url, { schema })).toEqual({ from: 0, to: newest })
  const outbox = postgresOutbox(database.url, { schema: 'e2' })
  const entry = { id: '1', customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: 0 } as const
  expect(await outbox.append([entry])).toEqual(['stored'])
  await outbox.close()
  expect(await Promise.all(names.map((schema) => countsOf(database.url, schema)))).toEqual([
    { pending: 0, dead: 0 },
    { pending: 0, dead: 0 },
    { pending: 1, dead: 0 },
  ])
  const [leak] = await query(
    database.url,
    "SELECT count(*) FROM pg_proc WHERE pronamespace = 'e2'::regnamespace AND prosrc LIKE '%obsidian_events%'",
  )
  expect(leak).toEqual({ count: '0' })
})

const foreignSchemas: [string, string][] = [
  ['a table "version" with other columns', 'CREATE TABLE obsidian_events.version (name text)'],
  ['a version that is no number', "CREATE TABLE obsidian_events.version AS SELECT 'one' AS version"],
  ['several versions', 'CREATE TABLE obsidian_events.version AS SELECT generate_series(1, 2) AS version'],
  ['a table "version" without a row', 'CREATE TABLE obsidian_events.version (version integer)'],
  ['a table "event", and no version', 'CREATE TABLE obsidian_events.event (at date)'],
]

test.each(foreignSchemas)('a schema of somebody else, with %s, is left as it was', async (_, sql) => {
  await using database = await createDatabase()
  await query(database.url, `CREATE SCHEMA obsidian_events; ${sql}`)
  const before = await tablesOf(database.url)
  const refused = {
    code: 'outbox',
    problem: 'not-an-outbox',
    message: expect.stringMatching(/choose another schema\. It was left as it/) as string,
  }
  await expect(migrate(database.url)).rejects.toMatchObject(refused)
  expect(await tablesOf(database.url)).toEqual(before)
})

test('a pool that was given is left open, and gets its connection back', async () => {
  await using database = await createDatabase()
  const pool = new Pool({ connectionString: database.url, max: 1 })
  await migrate(pool)
  await query(database.url, 'UPDATE obsidian_events.version SET version = 99')
  await expect(migrate(pool)).rejects.toMatchObject({ problem: 'newer' })
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  await pool.end()
})

test('the steps are the files of the package, word for word', () => {
  const folder = new URL('../../sql/', import.meta.url)
  const files = readdirSync(folder).toSorted()
  const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8'))
  expect(migrations().map(({ sql }) => sql)).toEqual(texts)
  expect(migrations().map(({ version }) => version)).toEqual(files.map((_, at) => at + 1))
})

test('the steps have nothing that a tool for migrations would replace, such as the ? of Knex', () => {
  const replaced = /\?|\$\{|statement-breakpoint/
  expect(migrations().filter(({ sql }) => replaced.test(sql))).toEqual([])
})

async function countsOf(url: string, schema = 'obsidian_events'): Promise<unknown> {
  const outbox = postgresOutbox(url, { schema })
  try {
    return await outbox.counts()
  } finally {
    await outbox.close()
  }
}

function tablesOf(url: string): Promise<unknown[]> {
  return query(
    url,
    "SELECT relname FROM pg_class WHERE relnamespace = 'obsidian_events'::regnamespace ORDER BY relname",
  )
}
