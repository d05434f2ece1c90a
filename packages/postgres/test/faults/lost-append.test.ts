import { missingServer, PostgresServer, query } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../../src/index.ts'
import { settingsOf } from '../../src/options.ts'
import { PostgresOutbox } from '../../src/postgres-outbox.ts'
import { entry } from '../support/outboxes.ts'

const missing = missingServer()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

// What is committed without waiting stays in memory.
const settings = { wal_writer_delay: '10s' }

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

test('an event that a standby does not have yet is neither acknowledged nor lent, and is stored once when it is given again', async () => {
  await using server = await PostgresServer.start()
  await migrate(server.url())
  const outbox = postgresOutbox(server.url(), { timeoutMs: 10_000 })
  await outbox.counts()
  const slow = entry({ id: 'slow' })
  await server.configure({ synchronous_standby_names: 'nobody' })
  const other = postgresOutbox(server.url())
  const refused = await Promise.resolve(outbox.append([slow])).catch((thrown: unknown) => thrown)
  expect(refused).toMatchObject({ code: 'outbox', problem: 'io' })
  expect(await other.claim(1, 60_000, 'oldest')).toEqual([])
  await server.configure({ synchronous_standby_names: '' })
  expect(await other.append([slow])).toEqual(['pending'])
  expect(await other.claim(1, 60_000, 'oldest')).toMatchObject([{ entry: { id: 'slow' } }])
  await Promise.all([outbox.close(), other.close()])
})

test('dead letters that are taken over once more are told as stored only once a standby has them', async () => {
  await using server = await PostgresServer.start()
  await migrate(server.url())
  const outbox = new PostgresOutbox(server.url(), settingsOf('test', { timeoutMs: 10_000 }))
  const letter = { id: '', entry: entry(), diedAt: 1_790_000_000_000, reason: 'refused', attempts: 1 } as const
  await outbox.counts()
  await server.configure({ synchronous_standby_names: 'nobody' })
  // The second time it finds them, and has nothing to write.
  for (let time = 0; time < 2; time++) {
    await expect(outbox.takeOver([letter])).rejects.toMatchObject({ code: 'outbox', problem: 'io' })
    await query(server.url(), 'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = $1', ['SyncRep'])
    await expect.poll(() => outbox.counts()).toMatchObject({ dead: 1 })
  }
  await server.configure({ synchronous_standby_names: '' })
  await outbox.close()
})
