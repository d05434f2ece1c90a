import { EventEmitter, once } from 'node:events'
import { missingServer, PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import { Client, Pool, type PoolClient } from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { migrate, type PostgresPool, postgresOutbox } from '../../src/index.ts'
import { entry } from '../support/outboxes.ts'

const missing = missingServer()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

/** A pooler that lets `meanwhile` happen between the append and its confirmation, which goes to whatever server is there then. */
function poolerOf(url: () => string, meanwhile: () => Promise<void>): PostgresPool & { end(): Promise<void> } {
  const pool = new Pool({ connectionString: url() })
  pool.on('error', () => undefined)
  let isDue = true
  const confirmLater = async (statement: { text: string }) => {
    if (isDue) await meanwhile()
    isDue = false
    await using stack = new AsyncDisposableStack()
    const client = new Client(url())
    stack.defer(() => client.end())
    await client.connect()
    return await client.query(statement)
  }
  const passing = (client: PoolClient) =>
    new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        if (name !== 'query') return value.bind(target) as unknown
        return (statement: { text: string }, ...rest: unknown[]) =>
          statement.text.includes('.confirm(')
            ? confirmLater(statement)
            : (Reflect.apply(value, target, [statement, ...rest]) as unknown)
      },
    })
  return {
    connect: async () => {
      const client = await pool.connect()
      client.on('error', () => undefined)
      return passing(client)
    },
    on: () => undefined,
    off: () => undefined,
    end: () => pool.end(),
  }
}

// What is committed without waiting stays in memory.
const settings = { wal_writer_delay: '10s' }

test('an event that a crash of the server takes before it is on the disk is not acknowledged by the server that comes back', async () => {
  await using server = await PostgresServer.start({ settings })
  await migrate(server.url())
  const pool = poolerOf(
    () => server.url(),
    async () => {
      await server.kill()
      await server.start()
    },
  )
  const outbox = postgresOutbox(pool)
  await expect(outbox.append([entry({ id: 'lost' })])).rejects.toMatchObject({ code: 'outbox', problem: 'io' })
  expect(await query(server.url(), 'SELECT id FROM obsidian_events.event')).toEqual([])
  expect(await outbox.append([entry({ id: 'lost' })])).toEqual(['stored'])
  await outbox.close()
  await pool.end()
})

test('a server that restarts in order between an append and its confirmation has kept it, and acknowledges it', async () => {
  await using server = await PostgresServer.start({ settings })
  await migrate(server.url())
  const pool = poolerOf(
    () => server.url(),
    async () => {
      await server.stop('fast')
      await server.start()
    },
  )
  const outbox = postgresOutbox(pool)
  expect(await outbox.append([entry({ id: 'kept' })])).toEqual(['stored'])
  expect(await query(server.url(), 'SELECT id FROM obsidian_events.event')).toEqual([{ id: 'kept' }])
  await outbox.close()
  await pool.end()
})

test('an event that only the old primary had is not acknowledged by the standby that was promoted', async () => {
  await using primary = await PostgresServer.start({ settings })
  await migrate(primary.url())
  await using standby = await primary.standby()
  await primary.configure({ synchronous_standby_names: '*' })
  await expect.poll(() => primary.query('SELECT sync_state FROM pg_stat_replication')).toHaveLength(1)
  let current = primary
  const pool = poolerOf(
    () => current.url(),
    async () => {
      await primary.kill()
      await standby.promote()
      current = standby
    },
  )
  const outbox = postgresOutbox(pool)
  await expect(outbox.append([entry({ id: 'lost' })])).rejects.toMatchObject({ code: 'outbox', problem: 'io' })
  expect(await query(standby.url(), 'SELECT id FROM obsidian_events.event')).toEqual([])
  await outbox.close()
  await pool.end()
})

test('what was enqueued is not lent before it is on the disk: a crash would give it another id', async () => {
  await using server = await PostgresServer.start({ settings })
  await migrate(server.url())
  await query(
    server.url(),
    `INSERT INTO obsidian_events.enqueued (customer_id, operation, body) VALUES ('ada', 'trackEvent', '{"event": "paid"}')`,
  )
  const outbox = postgresOutbox(server.url())
  outbox.watch?.({ due: () => undefined, ended: () => undefined })
  await outbox.counts()
  const [claim] = await outbox.claim(1, 60_000, 'oldest')
  await server.kill()
  await server.start()
  expect(await query(server.url(), 'SELECT id FROM obsidian_events.event')).toEqual([{ id: claim?.entry.id }])
  await outbox.close()
})

test('an event is lent to the one who stores it only once it is on the disk, since it takes what is lent for stored', async () => {
  await using server = await PostgresServer.start({ settings })
  await migrate(server.url())
  const gate = new EventEmitter()
  const pool = poolerOf(
    () => server.url(),
    async () => void (await once(gate, 'open')),
  )
  const outbox = postgresOutbox(pool)
  const dues: unknown[] = []
  outbox.watch?.({ due: () => dues.push('due'), ended: () => undefined })
  let isStored = false
  const appending = Promise.resolve(outbox.append([entry({ id: 'slow' })])).then(() => (isStored = true))
  await expect.poll(() => query(server.url(), 'SELECT id FROM obsidian_events.event')).toEqual([{ id: 'slow' }])
  expect(await outbox.claim(1, 60_000, 'oldest')).toEqual([])
  expect(isStored).toBe(false)
  dues.length = 0
  gate.emit('open')
  await appending
  await expect.poll(() => dues).not.toEqual([])
  expect(await outbox.claim(1, 60_000, 'oldest')).toMatchObject([{ entry: { id: 'slow' } }])
  await outbox.close()
  await pool.end()
})
