import { readFileSync } from 'node:fs'
import type { Outbox, OutboxError } from '@obsidianlaunch/events'
import type { OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { createDatabase, missingDatabase } from '@obsidianlaunch/testkit/database'
import { siteUrl } from '@obsidianlaunch/testkit/pages'
import { query } from '@obsidianlaunch/testkit/postgres'
import { Client } from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'
import { pages } from './support/pages.ts'
import { createRole } from './support/role.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

/** Something that is wrong with a server. `as` spoils it for a user and a database; that gives what mends it again. */
interface Fault {
  readonly as: (admin: string, user: string) => Promise<() => Promise<unknown>>
  readonly problem: string
  readonly code: string | undefined
  readonly message: RegExp
  readonly timeoutMs?: number
}

const faults: Record<string, Fault> = {
  'a schema that was not made': {
    as: async (admin) => {
      await query(admin, 'ALTER SCHEMA obsidian_events RENAME TO elsewhere')
      return () => query(admin, 'ALTER SCHEMA elsewhere RENAME TO obsidian_events')
    },
    problem: 'missing',
    code: '42P01',
    message:
      /is not in this database, or not all of it: make it by `npx @obsidianlaunch\/events-cli outbox migrate URL`/,
  },
  'a right that is missing': spoiltBy(
    (user) => `REVOKE INSERT ON obsidian_events.event FROM ${user}`,
    (user) => `GRANT INSERT ON obsidian_events.event TO ${user}`,
    { problem: 'denied', code: '42501', message: /lacks a right: .* \(permission denied for table event\)\.$/ },
  ),
  'a user that may not log in': spoiltBy(
    (user) => `ALTER ROLE ${user} NOLOGIN`,
    (user) => `ALTER ROLE ${user} LOGIN`,
    { problem: 'denied', code: '28000', message: /the server does not let this user in\. Look at user and password/ },
  ),
  'a server that only reads': spoiltBy(
    (user) => `ALTER ROLE ${user} SET default_transaction_read_only = on`,
    (user) => `ALTER ROLE ${user} RESET default_transaction_read_only`,
    {
      problem: 'read-only',
      code: '25006',
      message: /read-only replica, or was set to read only\. Give the address of the primary/,
    },
  ),
  'no free connection': spoiltBy(
    (user) => `ALTER ROLE ${user} CONNECTION LIMIT 0`,
    (user) => `ALTER ROLE ${user} CONNECTION LIMIT -1`,
    { problem: 'busy', code: '53300', message: /got no connection: .* Allow more \(max_connections\)/ },
  ),
  'a statement that takes too long': {
    as: whileLocked('statement_timeout'),
    problem: 'busy',
    code: '57014',
    message:
      /was cut off: the server ended the statement \(statement_timeout, or a person\) \(.*\)\. It is asked again\.$/,
  },
  'a lock that others hold': {
    as: whileLocked('lock_timeout'),
    problem: 'busy',
    code: '55P03',
    message: /was held by others for too long \(.*\)\. It is asked again\.$/,
  },
  'a server that does not answer': {
    as: whileLocked(),
    timeoutMs: 10_000,
    problem: 'io',
    code: undefined,
    message: /did not answer within 10000 ms \(timeoutMs\)\. It is asked again\.$/,
  },
}

function spoiltBy(spoil: (user: string) => string, mend: (user: string) => string, told: Omit<Fault, 'as'>): Fault {
  const as: Fault['as'] = async (admin, user) => {
    await query(admin, spoil(user))
    await endConnectionsOf(admin, user)
    return () => query(admin, mend(user)).then(() => endConnectionsOf(admin, user))
  }
  return { ...told, as }
}

/** Holds a lock on the lanes, with a limit of the server for whoever waits, if one is named. */
function whileLocked(limit?: string): Fault['as'] {
  return async (admin, user) => {
    if (limit !== undefined) await query(admin, `ALTER ROLE ${user} SET ${limit} = '100ms'`)
    await endConnectionsOf(admin, user)
    const holder = new Client({ connectionString: admin })
    await holder.connect()
    await holder.query('BEGIN; LOCK TABLE obsidian_events.lane')
    return async () => {
      await holder.end()
      await query(admin, `ALTER ROLE ${user} RESET ALL`)
      await endConnectionsOf(admin, user)
    }
  }
}

/** Settings of a role hold for new connections alone. */
async function endConnectionsOf(admin: string, user: string): Promise<void> {
  await query(admin, 'SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = $1', [user])
}

test.concurrent.each(Object.entries(faults))(
  '%s is told with what to do, and the same outbox goes on once it is mended',
  async (_, { as, problem, code, message, timeoutMs }) => {
    await using database = await createDatabase()
    await migrate(database.url)
    await using role = await createRole(database.url, 'events_tracker')
    const outbox = postgresOutbox(role.url, timeoutMs === undefined ? {} : { timeoutMs })
    try {
      const mend = await as(database.url, role.name)
      const error = await failure(outbox)
      expect(error).toMatchObject({ name: 'OutboxError', code: 'outbox', problem })
      expect(error.text).toMatch(message)
      expect(error.message).not.toContain('secret')
      expect((error.cause as { code?: string } | undefined)?.code).toBe(code)
      await mend()
      expect(await outbox.append([entry('a', '2')])).toEqual(['stored'])
    } finally {
      await outbox.close()
    }
  },
)

test.each([
  [
    'a database that is not there',
    (url: string) => url.replace(/\/test_\w+$/, '/not_there'),
    'missing',
    /no such database/,
  ],
  [
    'a port that nobody listens to',
    (url: string) => url.replace(/:\d+\//, ':1/'),
    'io',
    /cannot be reached \(.*ECONNREFUSED/,
  ],
  [
    'an unknown user',
    (url: string) => url.replace(/\/\/[^@]*@/, '//nobody:secret@'),
    'denied',
    /Look at user and password/,
  ],
])('%s is told, by migrate too, without the password', async (_, wrong, problem, message) => {
  await using database = await createDatabase()
  const outbox = postgresOutbox(wrong(database.url))
  const [error, other] = await Promise.all([
    failure(outbox),
    migrate(wrong(database.url)).catch((thrown: unknown) => thrown),
  ])
  await outbox.close()
  for (const told of [error, other]) {
    expect(told).toMatchObject({ code: 'outbox', problem })
    expect((told as OutboxError).text).toMatch(message)
    expect((told as Error).message).not.toContain('secret')
  }
})

test('ids that are too long for the index, and a zero character, are refused alone: what was stored with them is stored', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  const outbox = postgresOutbox(database.url)
  // Text that repeats itself would be compressed.
  const long = Array.from({ length: 9_000 }, (_, at) => ((at * 7_919) % 9_973).toString(36)).join('')
  const bad = [entry(long, '1'), entry('a\0b', '1'), entry('\ud800', '1')]
  const answers = await Promise.allSettled(
    [entry('a', '1'), ...bad, entry('b', '1')].map(async (one) => outbox.append([one])),
  )
  await outbox.close()
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'])
  for (const { reason } of answers.filter((answer) => answer.status === 'rejected')) {
    expect(reason).toMatchObject({ code: 'outbox', problem: 'entry' })
  }
})

test('a customer and an id of 2,600 bytes together are stored', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  const outbox = postgresOutbox(database.url)
  const long = Array.from({ length: 2_345 }, (_, at) => String.fromCharCode(33 + ((at * at * 7_919) % 90))).join('')
  expect(await outbox.append([entry(long, 'i'.repeat(255))])).toEqual(['stored'])
  expect(await outbox.forget(long)).toEqual({ pending: 1, dead: 0 })
  await outbox.close()
})

test('a user who lacks a right is led to the list of them', () => {
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const addresses = [...source.matchAll(/https:\/\/[^\s'`]+/g)].map(([address]) => address)
  expect(addresses).toEqual([`${siteUrl}guides/postgres/schema/#the-rights-a-user-needs`])
  expect(pages.schema).toMatch(/^#+ The rights a user needs$/m)
})

test('the page says of each error of PostgreSQL which problem it is', () => {
  const source = readFileSync(new URL('../src/errors.ts', import.meta.url), 'utf8')
  const states = [...source.matchAll(/^ {2}'?([0-9A-Z]{5}|[0-9]{2}|XX)'?: /gm)].map(([, state = '']) => state)
  expect(states.length).toBeGreaterThan(20)
  const [, table = ''] = pages.failures.split('\n| problem |')
  const rows = table.split('\n\n')[0] ?? ''
  const told = [...rows.matchAll(/`([0-9A-Z]{5}|[0-9A-Z]{2}…)`/g)].map(([, state = '']) => state.replace('…', ''))
  expect(told.toSorted()).toEqual(states.toSorted())
})

async function failure(outbox: Outbox): Promise<OutboxError> {
  try {
    await outbox.append([entry('a', '1')])
  } catch (thrown) {
    return thrown as OutboxError
  }
  throw new Error('it was stored')
}

function entry(customerId: string, id: string): OutboxEntry {
  return { id, customerId, operation: 'trackEvent', body: '{}', acceptedAt: 0, environment: 'test' }
}
