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
  await server.configure({ synchronous_standby_names: 'nobody' })
  const outbox = postgresOutbox(server.url(), { timeoutMs: 2_000 })
  // No standby is there to confirm it.
  const appended = outbox.append([entry(1)])
  await expect.poll(() => outbox.claim(1, 1_000, 'oldest')).toMatchObject([{ entry: { id: 'id-1' } }])
  await expect(appended).rejects.toThrow('did not answer')
  await outbox.close()
})
