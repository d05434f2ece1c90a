import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { entry, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const ofEach = (value: string) => `(SELECT array_agg(${value}) FROM obsidian_events.lane WHERE token IS NOT NULL)`

test('customers of whom the server has no statistics yet are found without reading what others have pending', async () => {
  await using outboxes = await Outboxes.make()
  await outboxes.sql(`INSERT INTO obsidian_events.event
    (customer_id, environment, id, has_minted_id, operation, body, accepted_at, owners)
    SELECT 'big', 'test', 'id' || i, true, 'trackEvent', '{}', 0, '{}' FROM generate_series(1, 100000) AS i`)
  await outboxes.sql('ANALYZE obsidian_events.event')
  await outboxes.open().append(Array.from({ length: 50 }, (_, at) => entry({ customerId: `late-${at}` })))
  // It may begin to count by itself: not in the middle of this.
  const session = await outboxes.session()
  const pages = async (call: string): Promise<number> => {
    const { rows } = await session.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) SELECT * FROM obsidian_events.${call}`,
    )
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    return Number(plan?.['Shared Hit Blocks']) + Number(plan?.['Shared Read Blocks'])
  }
  const lanes = await outboxes.sql('SELECT array_agg(customer_id) AS customers FROM obsidian_events.lane')
  const settle = `settle(gen_random_uuid(), ${ofEach('customer_id')}, ${ofEach('token')},
    ${ofEach('obsidian_events.head_of(customer_id)')}, ${ofEach(`'delivered'::text`)}, ${ofEach('0::double precision')},
    ${ofEach('false')}, ${ofEach('null::text')}, ${ofEach('null::integer')}, ${ofEach('null::integer')}, ${ofEach('null::text')})`
  expect(lanes[0]?.['customers']).toHaveLength(50)
  // The table has more than a thousand, and a bad plan reads most of it for each customer.
  expect(await pages('waiting(100, 1000)')).toBeLessThan(3_000)
  expect(await pages('claim(gen_random_uuid(), 64, 60000, false)')).toBeLessThan(3_000)
  expect(await pages(settle)).toBeLessThan(6_000)
  expect(await pages(`remove(gen_random_uuid(), 'big', 'test', 'none')`)).toBeLessThan(300)
})
