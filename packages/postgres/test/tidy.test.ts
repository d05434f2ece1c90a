import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('ids that need not be remembered any longer are dropped, however many there are', async () => {
  await using outboxes = await Outboxes.make()
  await outboxes.sql(`INSERT INTO obsidian_events.delivered
    SELECT 'ada', 'test', 'id-' || number, clock_timestamp() - number * interval '1 day', ''
    FROM generate_series(0, 25000) AS number`)
  await outboxes.open({ rememberMs: 36 * 3_600_000 }).counts()
  const left = () => outboxes.sql('SELECT id FROM obsidian_events.delivered ORDER BY id')
  await expect.poll(left).toEqual([{ id: 'id-0' }, { id: 'id-1' }])
})
