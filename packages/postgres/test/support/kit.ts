import { setTimeout as wait } from 'node:timers/promises'
import type { Outbox } from '@obsidianlaunch/events'
import { outboxCases, type OutboxUnderTest } from '@obsidianlaunch/events/outbox-kit'
import { createDatabase, type Database, missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../../src/index.ts'
import { createRole } from './role.ts'

const remembersMs = 30 * 86_400_000
/** Longer than a case really waits. */
const longMs = 3_600_000

/** Defines the tests of the conformance kit, on a server of that major version. */
export function testKit(major: 'oldest' | 'newest'): void {
  const missing = missingDatabase(major)
  let database: Database
  let made = 0

  beforeAll(async () => {
    if (missing === undefined) database = await createDatabase(major)
  })
  afterAll(() => database?.[Symbol.asyncDispose]())
  beforeEach(({ skip }) => skip(missing !== undefined, missing))

  // Each case waits more than it works.
  test.concurrent.each(outboxCases({ durable: true, shared: true, remembersMs }))('$name', async ({ run }) => {
    await expect(run(() => emptyOutbox(database.url, `kit_${made++}`))).resolves.toBeUndefined()
  })
}

/** Makes an outbox in a schema of its own, asked by a user that has the rights of the page and no others. */
async function emptyOutbox(url: string, schema: string): Promise<OutboxUnderTest> {
  await migrate(url, { schema })
  const role = await createRole(url, 'events_tracker', schema)
  const pools = new Map<Outbox, Pool>()
  const open = (): Outbox => {
    const pool = new Pool({ connectionString: role.url, application_name: `${schema}_${pools.size}` })
    const outbox = postgresOutbox(pool, { schema, rememberMs: remembersMs })
    pools.set(outbox, pool)
    return outbox
  }
  return {
    outbox: open(),
    reopen: open,
    another: open,
    pass: (ms) => (ms < longMs ? wait(ms) : age(url, schema, ms)),
    kill: (outbox) => cutOff(url, pools.get(outbox) as Pool),
    async dispose() {
      for (const [outbox, pool] of pools) {
        await outbox.close()
        await pool.end()
      }
      await query(url, `DROP SCHEMA ${schema} CASCADE`)
      await role[Symbol.asyncDispose]()
    },
  }
}

/** Makes what is remembered older. */
async function age(url: string, schema: string, ms: number): Promise<void> {
  const by = "$1 * interval '1 millisecond'"
  await query(url, `UPDATE ${schema}.delivered SET at = at - ${by}, until = until - ${by}`, [ms])
}

/** Ends the connections of an owner for good: it settles nothing, releases nothing and hears of nothing any more. */
async function cutOff(url: string, pool: Pool): Promise<void> {
  const { application_name: name } = pool.options
  Object.assign(pool.options, { connectionString: 'postgres://127.0.0.1:1/nowhere' })
  await query(url, 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [name])
}
