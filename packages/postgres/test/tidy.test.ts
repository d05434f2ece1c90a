import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { entry, Outboxes } from './support/outboxes.ts'

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

/** Lets so many days pass, as far as what is remembered can tell. */
const pass = (outboxes: Outboxes, days: number) =>
  outboxes.sql(
    "UPDATE obsidian_events.delivered SET at = at - $1 * interval '1 day', until = until - $1 * interval '1 day'",
    [days],
  )

async function deliver(outbox: Outbox): Promise<void> {
  const claims = await outbox.claim(10, 60_000, 'oldest')
  await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }]))
}

test('an id is remembered for as long as whoever gave it has said, whichever machine delivers it', async () => {
  await using outboxes = await Outboxes.make()
  const day = 24 * 3_600_000
  const long = outboxes.open({ rememberMs: 30 * day })
  const [kept, dropped] = [entry({ customerId: 'bob' }), entry()]
  await long.append([kept])
  const short = outboxes.open({ rememberMs: day })
  await short.append([dropped])
  await deliver(short)
  await pass(outboxes, 2)
  expect(await short.append([kept, dropped])).toEqual(['done', 'stored'])
  await outboxes.open({ rememberMs: day }).counts()
  const ids = () => outboxes.sql('SELECT id FROM obsidian_events.delivered')
  await expect.poll(ids).toEqual([{ id: kept.id }])
  await pass(outboxes, 27)
  expect(await short.append([kept])).toEqual(['done'])
  await pass(outboxes, 1)
  expect(await long.append([kept])).toEqual(['stored'])
})

test('an id that several give is remembered from its delivery on for the longest time that one of them has said', async () => {
  await using outboxes = await Outboxes.make()
  const day = 24 * 3_600_000
  const [live, importing] = [outboxes.open({ rememberMs: day }), outboxes.open({ rememberMs: 30 * day })]
  const [before, after] = [entry(), entry({ customerId: 'bob' })]
  await live.append([before])
  expect(await importing.append([before])).toEqual(['pending'])
  await deliver(live)
  await live.append([after])
  await deliver(live)
  await pass(outboxes, 0.5)
  expect(await importing.append([before, after])).toEqual(['done', 'done'])
  await pass(outboxes, 29.4)
  expect(await live.append([before, after])).toEqual(['done', 'done'])
  await pass(outboxes, 0.2)
  expect(await live.append([before, after])).toEqual(['stored', 'stored'])
})

test('an id that is given again for the same time costs no write', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open({ rememberMs: 30 * 24 * 3_600_000 })
  const given = entry()
  await outbox.append([given])
  await deliver(outbox)
  const versions = () => outboxes.sql('SELECT ctid::text, xmin::text FROM obsidian_events.delivered')
  const before = await versions()
  expect(await outbox.append([given])).toEqual(['done'])
  expect(await versions()).toEqual(before)
})

test('an id from before is remembered for as long as whoever asks has said', async () => {
  await using outboxes = await Outboxes.make()
  const given = entry()
  const outbox = outboxes.open()
  await outbox.append([given])
  await deliver(outbox)
  await outboxes.sql('UPDATE obsidian_events.delivered SET until = NULL')
  await pass(outboxes, 2)
  expect(await outboxes.open({ rememberMs: 3 * 24 * 3_600_000 }).append([given])).toEqual(['done'])
  expect(await outboxes.open().append([given])).toEqual(['stored'])
})
