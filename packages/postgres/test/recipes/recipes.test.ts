import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import knex from 'knex'
import { beforeEach, describe, expect, test } from 'vitest'
import { migrate, migrations } from '../../src/index.ts'
import { Site } from '../support/site.ts'
import { down, up } from './20260101000000_obsidian_events.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const table = 'CREATE TABLE invoice (id serial PRIMARY KEY, customer_id text NOT NULL)'
/** Fails the transactions of a recipe at their very end. */
const refusal = `
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at the end'; END $$;
  CREATE CONSTRAINT TRIGGER refusal AFTER INSERT ON invoice DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION refuse()`

type Start = (site: Site) => Promise<Ended>

const node =
  (file: string): Start =>
  ({ url }) =>
    run(process.execPath, [join(import.meta.dirname, file)], { env: { DATABASE_URL: url } })

const python: Start = ({ url }) =>
  run('python3', [join(import.meta.dirname, 'guide.py')], { env: { DATABASE_URL: url } })

const plain: Start = ({ pool }) =>
  pool.query(readFileSync(join(import.meta.dirname, 'plain.sql'), 'utf8')).then(
    () => ({ code: 0, stdout: '', stderr: '' }),
    (thrown: Error) => ({ code: 1, stdout: '', stderr: thrown.message }),
  )

const hasPsycopg = (await run('python3', ['-c', 'import psycopg']).catch(() => undefined))?.code === 0

const recipes: [name: string, start: Start, lacks: string | undefined][] = [
  ['pg', node('pg.ts'), undefined],
  ['Prisma', node('prisma.ts'), undefined],
  ['Drizzle', node('drizzle.ts'), undefined],
  ['Kysely', node('kysely.ts'), undefined],
  ['Knex', node('knex.ts'), undefined],
  ['plain SQL', plain, undefined],
  ['Python', python, hasPsycopg ? undefined : 'psycopg is not installed: python3 -m pip install "psycopg[binary]"'],
]

describe.each(recipes)('the code of the page for %s', (name, start, lacks) => {
  beforeEach(({ skip }) => skip(lacks !== undefined, lacks))

  test('sends its event with its invoice', async () => {
    await using site = await Site.open()
    await site.query(table)
    expect(await start(site)).toMatchObject({ code: 0, stderr: '' })
    expect(await site.query('SELECT customer_id FROM invoice')).toEqual([{ customer_id: 'user123' }])
    await site.tracker()
    await site.settled()
    const identified = {
      customer_id: 'user123',
      name: 'John Doe',
      email: 'john@example.com',
      properties: { plan: 'premium' },
    }
    expect(site.arrivals.map(({ body }) => body)).toEqual([
      ...(name === 'Python' ? [identified] : []),
      { customer_id: 'user123', event: 'invoice_paid' },
    ])
  })

  test('leaves nothing where its transaction fails in the end', async () => {
    await using site = await Site.open()
    await site.query(table)
    await site.query(refusal)
    const { code, stderr } = await start(site)
    expect(code).toBe(1)
    expect(stderr).toContain('refused at the end')
    expect(await site.query('SELECT * FROM obsidian_events.enqueued')).toEqual([])
    expect(await site.query('SELECT * FROM invoice')).toEqual([])
  })
})

test('the migration of Knex makes the outbox as migrate does, and takes it away', async () => {
  await using database = await createDatabase()
  const db = knex({ client: 'pg', connection: database.url })
  try {
    await db.transaction(up)
    const steps = migrations()
    expect(await migrate(database.url)).toEqual({ from: steps.length, to: steps.length })
    await db.transaction(down)
    expect(await migrate(database.url)).toMatchObject({ from: 0 })
  } finally {
    await db.destroy()
  }
})
