import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { entry, lend, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('an event dies with whatever text the API has answered', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry()])
  const detail = 'zero \0, half a pair \ud800, "quoted", {braces} and \\'
  expect(await outbox.settle([[await lend(outbox), { kind: 'dead', reason: 'refused', attempts: 1, detail }]])).toEqual(
    [true],
  )
  const [letter] = await outbox.dead(1)
  expect(letter?.detail).toBe('zero \ufffd, half a pair \ufffd, "quoted", {braces} and \\')
})

test.each([Infinity, Number.MAX_VALUE, 2 ** 53, 2 ** 31])('a pause or a lease of %d ms is kept', async (ms) => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry(), entry({ customerId: 'bob' })])
  expect(await outbox.settle([[await lend(outbox), { kind: 'retry', afterMs: ms }]])).toEqual([true])
  await lend(outbox, ms)
  expect(await outbox.dueInMs()).toBeGreaterThan(2 ** 30)
  expect(await outbox.claim(2, 1_000, 'oldest')).toEqual([])
})

test('what became of an event is recorded though the connection is lost while it is', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry()])
  const claim = await lend(outbox)
  const session = await outboxes.session()
  await session.query('BEGIN')
  await session.query('SELECT FROM obsidian_events.lane FOR UPDATE')
  const settled = outbox.settle([[claim, { kind: 'delivered' }]])
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
  await expect.poll(() => outboxes.sql(cut)).toHaveLength(1)
  await session.query('ROLLBACK')
  expect(await settled).toEqual([true])
  expect(await outbox.counts()).toEqual({ pending: 0, dead: 0 })
})

test('a server that refuses is not said to be out of reach', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  const body = "LANGUAGE sql AS 'SELECT 1 / 0::double precision'"
  await outboxes.sql(`CREATE OR REPLACE FUNCTION obsidian_events.due_in() RETURNS double precision ${body}`)
  await expect(outbox.dueInMs()).rejects.toThrow(
    /^The outbox obsidian_events was refused by the server \(division by zero\)\. It is asked again\. See \S+\/errors\/outbox\/$/,
  )
})
