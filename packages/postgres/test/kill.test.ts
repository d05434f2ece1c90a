import type { OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'

function entry(n: number): OutboxEntry {
  return { id: `id-${n}`, customerId: `customer-${n % 3}`, operation: 'trackEvent', body: '{}', acceptedAt: n }
}

test('what was acknowledged is there after a kill that comes in the same moment', async ({ skip }) => {
  const missing = missingServer('newest')
  skip(missing !== undefined, missing)
  await using server = await PostgresServer.start()
  await migrate(server.url())
  for (let round = 0; round < 3; round++) {
    const outbox = postgresOutbox(server.url())
    for (let n = 0; n < 5; n++) await outbox.append([entry(round * 5 + n)])
    await server.kill()
    await outbox.close()
    await server.start()
    const reopened = postgresOutbox(server.url())
    expect(await reopened.counts()).toMatchObject({ pending: (round + 1) * 5 })
    await reopened.close()
  }
})

test('those that wait for a slow disk do not keep a customer from being delivered', async ({ skip }) => {
  const missing = missingServer('newest')
  skip(missing !== undefined, missing)
  await using server = await PostgresServer.start()
  await migrate(server.url())
  const outbox = postgresOutbox(server.url(), { timeoutMs: 2_000 })
  await outbox.append([entry(1)])
  await server.configure({ synchronous_standby_names: 'nobody' })
  // No standby is there to confirm what comes later: of the same customer, and of another one.
  const appended = outbox.append([entry(4), entry(2)])
  const other = postgresOutbox(server.url())
  await expect.poll(() => other.counts()).toMatchObject({ pending: 3 })
  expect(await outbox.claim(1, 60_000, 'oldest')).toMatchObject([{ entry: { id: 'id-1' } }])
  await expect.poll(() => other.claim(1, 60_000, 'oldest')).toMatchObject([{ entry: { id: 'id-2' } }])
  await expect(appended).rejects.toThrow('did not answer')
  await Promise.all([outbox.close(), other.close()])
})
