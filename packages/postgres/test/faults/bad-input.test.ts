import { ConfigurationError, type OutboxError } from '@obsidianlaunch/events'
import { missingServer, PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import type { ScriptedServer } from '@obsidianlaunch/testkit/api'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../../src/index.ts'
import { createSite, endConnections, makeOutbox, password, type Site, startApi, startTracker } from './support/site.ts'

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

/** Something wrong with a server. It is made, and what it gives mends it. */
interface Fault {
  readonly make: (site: Site) => Promise<() => Promise<unknown>>
  readonly problem: string
  readonly sentence: RegExp
}

const schema = 'obsidian_events'

/** Statements of the superuser. `USER` and `DATABASE` stand for those of the site. */
function statements(make: string, mend: string): Fault['make'] {
  return async (site) => {
    const run = async (sql: string): Promise<void> => {
      const text = sql.replaceAll('USER', site.role).replaceAll('DATABASE_NAME', site.database)
      await query(sql.includes(schema) ? site.admin : server.url(), text)
      await endConnections({ ...site, admin: server.url() })
    }
    // A database that is in use cannot be renamed.
    if (make.includes('RENAME')) await run('ALTER ROLE USER NOLOGIN')
    await run(make)
    if (make.includes('RENAME')) await run('ALTER ROLE USER LOGIN')
    return () => run(mend)
  }
}

/** Holds a lock that everything waits for, with a limit of the user for that. */
function lockedWith(setting: string): Fault['make'] {
  return async (site) => {
    await query(site.admin, `ALTER ROLE ${site.role} SET ${setting} = '100ms'`)
    const holder = new Client(site.admin)
    await holder.connect()
    await holder.query(`BEGIN; LOCK TABLE ${schema}.lane, ${schema}.event`)
    await endConnections(site)
    return () => holder.end()
  }
}

/** Problems that a person has to mend. */
const mendable: Record<string, Fault> = {
  'a wrong password': {
    make: statements(`ALTER ROLE USER PASSWORD 'another-secret'`, `ALTER ROLE USER PASSWORD '${password}'`),
    problem: 'denied',
    sentence: /the server does not let this user in\. Look at user and password/,
  },
  'a user who may not log in': {
    make: statements('ALTER ROLE USER NOLOGIN', 'ALTER ROLE USER LOGIN'),
    problem: 'denied',
    sentence: /the server does not let this user in\. Look at user and password/,
  },
  'no database': {
    make: statements(
      'ALTER DATABASE DATABASE_NAME RENAME TO DATABASE_NAME_old',
      'ALTER DATABASE DATABASE_NAME_old RENAME TO DATABASE_NAME',
    ),
    problem: 'missing',
    sentence: /there is no such database\. Create it, or mend the address/,
  },
  'no schema': {
    make: statements(`ALTER SCHEMA ${schema} RENAME TO gone`, `ALTER SCHEMA gone RENAME TO ${schema}`),
    problem: 'missing',
    sentence: /not in this database, or not all of it: make it by `npx obsidian-events outbox migrate URL`/,
  },
  'no right to one table': {
    make: statements(`REVOKE INSERT ON ${schema}.event FROM USER`, `GRANT INSERT ON ${schema}.event TO USER`),
    problem: 'denied',
    sentence: /lacks a right: the cause says which.*permission denied for table event/,
  },
  'a server that takes no writes': {
    make: statements(
      `ALTER ROLE USER SET default_transaction_read_only = on`,
      `ALTER ROLE USER SET default_transaction_read_only = off`,
    ),
    problem: 'read-only',
    sentence: /read-only replica, or was set to read only\. Give the address of the primary/,
  },
}

/** Problems of a schema, which are seen at the opening alone. */
const ofSchema: Record<string, Fault> = {
  'a schema of an older version': {
    make: statements(
      `UPDATE ${schema}.version SET version = version - 1`,
      `UPDATE ${schema}.version SET version = version + 1`,
    ),
    problem: 'older',
    sentence: /made by an older version .* bring it up to date by `npx obsidian-events outbox migrate URL`/,
  },
  'a schema of a newer version': {
    make: statements(
      `UPDATE ${schema}.version SET version = version + 1`,
      `UPDATE ${schema}.version SET version = version - 1`,
    ),
    problem: 'newer',
    sentence: /made by a newer version .*: update this package/,
  },
  'a table of another program by the name of ours': {
    make: statements(
      `ALTER TABLE ${schema}.version RENAME TO ours; CREATE TABLE ${schema}.version AS SELECT 'a' AS release; GRANT SELECT ON ${schema}.version TO USER`,
      `DROP TABLE ${schema}.version; ALTER TABLE ${schema}.ours RENAME TO version`,
    ),
    problem: 'not-an-outbox',
    sentence: /tables that are not ours by the same names: choose another schema/,
  },
  'a version that is not ours': {
    make: statements(
      `ALTER TABLE ${schema}.version RENAME TO ours; CREATE TABLE ${schema}.version AS SELECT 'v1.2' AS version; GRANT SELECT ON ${schema}.version TO USER`,
      `DROP TABLE ${schema}.version; ALTER TABLE ${schema}.ours RENAME TO version`,
    ),
    problem: 'not-an-outbox',
    sentence: /has a table "version" that is not ours: choose another schema/,
  },
}

/** Problems that pass without anybody. */
const passing: Record<string, Fault> = {
  'no connection left for the user': {
    make: statements('ALTER ROLE USER CONNECTION LIMIT 0', 'ALTER ROLE USER CONNECTION LIMIT -1'),
    problem: 'busy',
    sentence: /got no connection: .*Allow more \(max_connections\), or share a pooler/,
  },
  'no connection left on the server': {
    make: async (site) => {
      const others: Client[] = []
      await endConnections(site)
      for (let isFull = false; !isFull;) {
        const other = new Client(site.url)
        await other.connect().then(
          () => others.push(other),
          () => (isFull = true),
        )
      }
      return () => Promise.all(others.map((other) => other.end()))
    },
    problem: 'busy',
    sentence: /got no connection: .*Allow more \(max_connections\), or share a pooler/,
  },
  statement_timeout: {
    make: lockedWith('statement_timeout'),
    problem: 'busy',
    sentence: /the server ended the statement \(statement_timeout, or a person\)/,
  },
  lock_timeout: {
    make: lockedWith('lock_timeout'),
    problem: 'busy',
    sentence: /was held by others for too long/,
  },
}

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
    await expectWaiting(site, fault, startTracker(postgresOutbox(site.url), api), [])
  })

  test('a server that is not there yet is waited for', async () => {
    await using late = await PostgresServer.start({ settings: { fsync: 'off' } })
    const site = await createSite(late)
    await late.stop()
    const fault = { make: async () => () => late.start(), problem: 'io', sentence: /cannot be reached: .*ECONNREFUSED/ }
    await expectWaiting(site, fault, startTracker(postgresOutbox(site.url), api), [])
  })
})

describe('in a tracker that has worked for a while', () => {
  test.each(Object.entries({ ...mendable, ...passing }))(
    '%s is waited for: it says what is wrong, and loses nothing',
    async (name, { make, problem, sentence }) => {
      const site = await createSite(server)
      const started = startTracker(postgresOutbox(site.url), api)
      await started.tracker.trackEvent(site.role, 'before')
      const fault = { make, problem: name in mendable ? 'io' : problem, sentence }
      await expectWaiting(site, fault, started, ['before'])
    },
  )

  test('a schema that was migrated by a newer package is told as that', async () => {
    const site = await createSite(server)
    const started = startTracker(postgresOutbox(site.url), api)
    await started.tracker.trackEvent(site.role, 'before')
    const make = statements(
      `UPDATE ${schema}.version SET version = version + 1; ALTER FUNCTION ${schema}.append RENAME TO append_of_tomorrow`,
      `UPDATE ${schema}.version SET version = version - 1; ALTER FUNCTION ${schema}.append_of_tomorrow RENAME TO append`,
    )
    await expectWaiting(site, { make, problem: 'io', sentence: /made by a newer version/ }, started, ['before'])
  })

  test('connections that the server ends because they are idle do no harm', async () => {
    const site = await createSite(server)
    await query(site.admin, `ALTER ROLE ${site.role} SET idle_session_timeout = '50ms'`)
    const { tracker, told } = startTracker(postgresOutbox(site.url), api)
    for (const name of ['1', '2', '3']) {
      await tracker.trackEvent(site.role, name)
      await expect.poll(() => connections(site)).toBe(0)
    }
    await tracker.shutdown({ timeoutMs: 10_000 })
    expect(api.eventsOf(site.role)).toEqual(['1', '2', '3'])
    expect(told).toEqual([])
  })
})

async function connections({ role }: Site): Promise<number> {
  const rows = await server.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1', [role])
  return rows[0]?.['n'] as number
}

/** Expects that a fault is told, that no event of its time is acknowledged before it is mended, and that all arrive then. */
async function expectWaiting(
  site: Site,
  { make, problem, sentence }: Fault,
  { tracker, told }: ReturnType<typeof startTracker>,
  before: readonly string[],
): Promise<void> {
  const mend = await make(site)
  const names = ['a', 'b', 'c']
  let stored = 0
  const deliveries = names.map((name) => tracker.trackEvent(site.role, name))
  for (const delivery of deliveries) void delivery.stored.then(() => stored++)
  await expect.poll(() => tracker.status().outbox.trouble).toMatchObject({ problem, message: sentence })
  await expect.poll(() => told.some((message) => sentence.test(message))).toBe(true)
  expect(stored).toBe(0)
  await mend()
  await Promise.all(deliveries)
  expect(stored).toBe(names.length)
  expect(api.eventsOf(site.role)).toEqual([...before, ...names])
  await expect.poll(() => tracker.status().outbox.trouble).toBeUndefined()
  const report = await tracker.shutdown({ timeoutMs: 10_000 })
  const all = before.length + names.length
  expect(report).toMatchObject({ accepted: all, delivered: all, rejected: 0, dropped: 0, pending: 0 })
  expect(told.join()).not.toMatch(/secret/)
}

describe('a program that was written wrongly', () => {
  test.each([
    'postgres://user:a-secret-of-somebody@one:5432,two:5432/app',
    'postgres://user:a-secret-of-somebody@one:port/app',
  ])('an address that cannot be read is refused at once, without the password: %s', async (address) => {
    const error = await Promise.resolve()
      .then(() => postgresOutbox(address))
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as Error).message).toContain('It names one server: postgres://')
    expect(String((error as Error).stack)).not.toContain('secret')
    await expect(migrate(address)).rejects.toBeInstanceOf(ConfigurationError)
  })

  test('a pool that somebody else has ended is told, and what was stored is sent by the next program', async () => {
    const site = await createSite(server)
    const pool = new Pool({ connectionString: site.url })
    await using slow = await startApi()
    const { tracker } = startTracker(postgresOutbox(pool), slow)
    await tracker.trackEvent(site.role, 'before')
    await slow[Symbol.asyncDispose]()
    await tracker.trackEvent(site.role, 'stored').stored
    await pool.end()
    await expect(tracker.trackEvent(site.role, 'late')).rejects.toMatchObject({
      code: 'configuration',
      message: /its pool was ended\. End it after the shutdown of the tracker/,
    })
    expect(await tracker.shutdown({ timeoutMs: 2_000 })).toMatchObject({ accepted: 3, delivered: 1, rejected: 1 })
    const next = startTracker(postgresOutbox(site.url), api)
    await next.tracker.start()
    await expect.poll(() => api.eventsOf(site.role)).toEqual(['stored'])
    await next.tracker.shutdown({ timeoutMs: 10_000 })
  })

  test('trackers of two schemas in one database know nothing of each other', async () => {
    const site = await createSite(server)
    await makeOutbox(site, 'second')
    await using others = await startApi()
    const first = startTracker(postgresOutbox(site.url), api).tracker
    const second = startTracker(postgresOutbox(site.url, { schema: 'second' }), others).tracker
    const names = Array.from({ length: 50 }, (_, at) => `event-${at}`)
    await Promise.all(names.flatMap((name) => [first.trackEvent(site.role, name), second.trackEvent(site.role, name)]))
    expect(api.eventsOf(site.role)).toEqual(names)
    expect(others.eventsOf(site.role)).toEqual(names)
    await Promise.all([first.shutdown({ timeoutMs: 10_000 }), second.shutdown({ timeoutMs: 10_000 })])
  })

  test('a schema whose functions work on the tables of another one is refused', async () => {
    const site = await createSite(server, { migrated: false })
    await makeOutbox(site)
    await query(site.admin, `ALTER SCHEMA ${schema} RENAME TO renamed`)
    await makeOutbox(site)
    const { tracker } = startTracker(postgresOutbox(site.url, { schema: 'renamed' }), api)
    await expect(tracker.trackEvent(site.role, 'mine')).rejects.toMatchObject({
      problem: 'not-an-outbox',
      message: /work on tables of another schema: it was renamed or copied/,
    })
    expect(await query(site.admin, `SELECT * FROM ${schema}.event`)).toEqual([])
    await tracker.shutdown({ timeoutMs: 10_000 })
  })

  test.each([
    [`CREATE TABLE ${schema}.version AS SELECT 'v1.2' AS version`, /has a table "version" that is not ours/],
    [`CREATE TABLE ${schema}.version AS SELECT 1 AS release`, /tables that are not ours by the same names/],
    [`CREATE TABLE ${schema}.event (id int)`, /tables that are not ours by the same names/],
  ])('migrate leaves the tables of another program as they are: %s', async (sql, message) => {
    const site = await createSite(server, { migrated: false })
    await query(site.admin, `CREATE SCHEMA ${schema}; ${sql}`)
    await expect(migrate(site.admin)).rejects.toMatchObject({ problem: 'not-an-outbox', message })
    const left = await query(
      site.admin,
      `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = '${schema}'::regnamespace`,
    )
    expect(left).toEqual([{ n: 1 }])
  })
})
