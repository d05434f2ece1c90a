import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'
import { entry, lend } from './support/outboxes.ts'

const missing = missingServer('newest')
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('a lease that a crash of the server has taken is never mistaken for one that is given after it', async () => {
  // What is not waited for is written so late that a crash takes it.
  await using server = await PostgresServer.start({ settings: { wal_writer_delay: '10s' } })
  const url = server.url()
  await migrate(url)
  const before = postgresOutbox(url)
  await before.append([entry(), entry()])
  const lost = await lend(before)
  await server.kill()
  await server.start()
  const after = postgresOutbox(url)
  const held = await lend(after)
  expect(held.entry).toEqual(lost.entry)
  expect(await before.settle([[lost, { kind: 'retry', afterMs: 0 }]])).toEqual([false])
  expect(await after.settle([[held, { kind: 'delivered' }]])).toEqual([true])
  await before.close()
  await after.close()
})
