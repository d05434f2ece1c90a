import { randomUUID } from 'node:crypto'
import type { Outbox } from '@obsidianlaunch/events'
import type { Claim, OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { createDatabase, type Database, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { enqueue, migrate, postgresOutbox } from '../../src/index.ts'
import { statementsAbout } from '../support/pages.ts'
import { createRole, createUser, grantsOf, type Role } from '../support/role.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

/** Each right of the page's statements by itself: `['SELECT', 'obsidian_events.version']`. */
function rightsOf(user: string): [right: string, on: string][] {
  return grantsOf(user).flatMap((grant) => {
    const [, rights = '', on = ''] = /^GRANT ([\w, ]+) ON ([\w. ]+) TO/.exec(grant) ?? []
    return rights.split(', ').map((right): [string, string] => [right, on])
  })
}

describe('a user with the rights that the page lists for a tracker', () => {
  let database: Database
  let role: Role
  beforeAll(async () => {
    if (missing !== undefined) return
    database = await createDatabase()
    await migrate(database.url)
    role = await createRole(database.url, 'events_tracker')
  })
  afterAll(async () => {
    await role?.[Symbol.asyncDispose]()
    await database?.[Symbol.asyncDispose]()
  })

  test('can do all that a tracker and an operator ask for', async () => {
    await expect(useAll(role.url, database.url)).resolves.toBeUndefined()
  })

  test('can change nothing of the schema itself', async () => {
    for (const sql of [
      'CREATE TABLE obsidian_events.other ()',
      'DROP TABLE obsidian_events.event',
      'ALTER TABLE obsidian_events.lane ADD COLUMN more text',
      'UPDATE obsidian_events.version SET version = 0',
    ]) {
      await expect(query(role.url, sql)).rejects.toMatchObject({ code: '42501' })
    }
  })

  test.each(rightsOf('events_tracker'))('needs %s ON %s', async (right, on) => {
    await query(database.url, `REVOKE ${right} ON ${on} FROM ${role.name}`)
    try {
      await expect(useAll(role.url, database.url)).rejects.toThrow(/permission denied/)
    } finally {
      await query(database.url, `GRANT ${right} ON ${on} TO ${role.name}`)
      const tables = ['event', 'lane', 'dead', 'delivered', 'news', 'owner', 'enqueued'].map(
        (table) => `obsidian_events.${table}`,
      )
      await query(database.url, `TRUNCATE ${tables.join()}`)
    }
  })
})

test('a user with the rights that the page lists for a program that only enqueues can do that, and needs each of them', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  await using role = await createRole(database.url, 'events_app')
  const client = { query: async (text: string, values?: unknown[]) => ({ rows: await query(role.url, text, values) }) }
  const event = { operation: 'trackEvent', customerId: 'a', event: 'paid' } as const
  await enqueue(client, [event], { ordered: true })
  await query(
    role.url,
    "INSERT INTO obsidian_events.enqueued (customer_id, operation, body) VALUES ('a', 'trackEvent', '{}')",
  )
  expect(await query(database.url, 'SELECT count(*) FROM obsidian_events.enqueued')).toEqual([{ count: '2' }])
  for (const table of ['enqueued', 'event', 'dead', 'version']) {
    await expect(query(role.url, `SELECT * FROM obsidian_events.${table}`)).rejects.toMatchObject({ code: '42501' })
  }
  for (const [right, on] of rightsOf('events_app')) {
    await query(database.url, `REVOKE ${right} ON ${on} FROM ${role.name}`)
    await expect(enqueue(client, [event])).rejects.toMatchObject({ code: 'outbox', problem: 'denied' })
    await query(database.url, `GRANT ${right} ON ${on} TO ${role.name}`)
  }
})

test('a user that may create schemas, and is no superuser, makes the outbox', async () => {
  await using database = await createDatabase()
  await using role = await createRole(database.url, 'events_migrator')
  expect(await migrate(role.url)).toMatchObject({ from: 0 })
  await expect(useAll(role.url, database.url)).resolves.toBeUndefined()
})

test('a user that may not is told so, and has made nothing', async () => {
  await using database = await createDatabase()
  await using role = await createUser(database.url)
  await expect(migrate(role.url)).rejects.toMatchObject({
    code: 'outbox',
    problem: 'denied',
    message: expect.stringMatching(/lacks a right/) as string,
  })
  expect(await query(database.url, "SELECT to_regnamespace('obsidian_events') AS found")).toEqual([{ found: null }])
})

test('the statements that the page gives an operator run, and tell what waits', async () => {
  await using database = await createDatabase()
  await migrate(database.url)
  const statements = statementsAbout('SELECT').filter((statement) => !statement.includes('GRANT'))
  expect(statements).toHaveLength(3)
  const [waiting, dead] = await Promise.all(statements.map((statement) => query(database.url, statement)))
  expect(waiting).toEqual([{ pending: '0', oldest: null }])
  expect(dead?.map(({ relname }) => relname)).toContain('lane')
})

/** Asks for all that an outbox does, with another owner beside it. It leaves nothing. */
async function useAll(url: string, admin: string): Promise<void> {
  const [first, second] = [postgresOutbox(url), postgresOutbox(url)]
  for (const outbox of [first, second]) outbox.watch?.({ due() {}, ended() {} })
  try {
    await deliver(first, second)
    await bury(first)
    await Promise.all([first.dueInMs(), first.counts(), first.waiting?.(1)])
    await first.append([entry('removed'), entry('forgotten')])
    await first.remove(entry('removed'))
    await second.forget('a')
  } finally {
    await Promise.all([first.close(), second.close()])
  }
  // What an outbox does of its own accord, where nobody is told that it fails.
  await enqueueOne(admin)
  const shown = await query(url, 'SELECT seq FROM obsidian_events.peek(10, 1000)')
  await query(url, 'SELECT obsidian_events.pump($1, $2, $3, 0)', [shown.map(({ seq }) => seq), ['{}'], [null]])
  await query(url, 'SELECT obsidian_events.tidy(0)')
  await query(url, 'SELECT obsidian_events.hear($1, $2)', [randomUUID(), [9_000_000_000]])
  await query(url, 'SELECT obsidian_events.leave($1)', [randomUUID()])
}

/** Gives the pump something to move. */
function enqueueOne(admin: string): Promise<unknown> {
  return query(
    admin,
    "INSERT INTO obsidian_events.enqueued (customer_id, operation, body) VALUES ('b', 'trackEvent', '{}')",
  )
}

async function deliver(first: Outbox, second: Outbox): Promise<void> {
  await first.append([entry('one')])
  expect(await second.append([entry('one')])).toEqual(['pending'])
  await settle(second, { kind: 'retry', afterMs: 0 })
  await settle(second, { kind: 'delivered' })
  expect(await first.append([entry('one')])).toEqual(['done'])
}

async function bury(outbox: Outbox): Promise<void> {
  await outbox.append([entry('two')])
  await settle(outbox, { kind: 'dead', reason: 'refused', attempts: 1 })
  const letters = await outbox.dead(10)
  expect(await outbox.replay(letters.map(({ id }) => id))).toBe(1)
}

async function settle(outbox: Outbox, verdict: Parameters<Outbox['settle']>[0][number][1]): Promise<void> {
  const [claim] = await outbox.claim(1, 60_000, 'oldest')
  expect(await outbox.settle([[claim as Claim, verdict]])).toEqual([true])
}

function entry(id: string): OutboxEntry {
  return { id, customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: 0, environment: 'test' }
}
