import type { OutboxEntry } from '@obsidianlaunch/events/outbox-kit'
import { missingServer, PostgresServer } from '@obsidianlaunch/testkit/postgres'
import { beforeEach, expect, test } from 'vitest'
import { migrate, postgresOutbox } from '../src/index.ts'

function entry(n: number): OutboxEntry {
  return { id: `id-${n}`, customerId: `customer-${n % 3}`, operation: 'trackEvent', body: '{}', acceptedAt: n }
}

const missing = missingServer('newest')
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test.each([
  ['with the settings of a new server', {}],
  // What is committed without waiting stays in memory for that long.
  ['though its role does not wait for the disk', { synchronous_commit: 'off', wal_writer_delay: '10s' }],
])('what was acknowledged is there after a kill that comes in the same moment, %s', async (_, settings) => {
  await using server = await PostgresServer.start({ settings })
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
