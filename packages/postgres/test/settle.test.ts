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

test.each([Infinity, Number.MAX_VALUE, 2 ** 53, 2 ** 31, 0.4])('a pause or a lease of %d ms is kept', async (ms) => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry(), entry({ customerId: 'bob' })])
  expect(await outbox.settle([[await lend(outbox), { kind: 'retry', afterMs: ms }]])).toEqual([true])
  await lend(outbox, ms)
  const dueInMs = await outbox.dueInMs()
  if (ms > 1) expect(dueInMs).toBeGreaterThan(2 ** 30)
  else await expect.poll(() => outbox.claim(2, 1_000, 'oldest')).toHaveLength(2)
})
