import { connect, createServer } from 'node:net'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { listen } from '@obsidianlaunch/testkit/listen'
import { beforeEach, expect, test } from 'vitest'
import { postgresOutbox } from '../src/index.ts'
import { Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('an outbox closes though its server does not answer any more', async () => {
  await using outboxes = await Outboxes.make()
  const address = new URL(outboxes.url)
  const port = Number(address.port)
  let isStalled = false
  // Half open, so that it does not say goodbye either.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(port, address.hostname)
    near.on('data', (data) => isStalled || far.write(data)).on('error', () => undefined)
    far.on('data', (data) => isStalled || near.write(data)).on('error', () => undefined)
    near.on('close', () => far.destroy())
  })
  await using proxy = await listen(server)
  address.port = String(proxy.port)
  const outbox = postgresOutbox(address.href, { timeoutMs: 3_000 })
  outbox.watch?.({ due: () => undefined, ended: () => undefined })
  await outbox.counts()
  const listening = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`
  await expect.poll(() => outboxes.sql(listening)).toHaveLength(1)
  isStalled = true
  await expect(outbox.close()).resolves.toBeUndefined()
})
