import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { entry, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

/** An owner that is asked for by SQL alone. */
const other = '00000000-0000-4000-8000-000000000001'
const claim = `SELECT * FROM obsidian_events.claim('${other}', 2, 60000, false)`
const deliver = `SELECT obsidian_events.settle('${other}', ARRAY[$1], ARRAY[$2::uuid], ARRAY[$3::bigint], '{delivered}', '{0}',
  '{false}', '{null}', '{null}', '{null}', '{null}')`

test('an end that is committed after a later one is told all the same', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  const told: string[] = []
  outbox.watch?.({ due: () => undefined, ended: (ends) => told.push(...ends.map(({ customerId }) => customerId)) })
  await outbox.append([entry({ customerId: 'early' }), entry({ customerId: 'late' })])
  const [early, late] = await outboxes.sql(claim)
  const valuesOf = (row: typeof early) => [row?.['customer_id'], row?.['token'], row?.['seq']]
  const session = await outboxes.session()
  await session.query('BEGIN')
  await session.query(deliver, valuesOf(early))
  await outboxes.sql(deliver, valuesOf(late))
  await expect.poll(() => told).toEqual(['late'])
  await session.query('COMMIT')
  await expect.poll(() => told).toEqual(['late', 'early'])
})
