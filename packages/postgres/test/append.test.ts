import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, expect, test } from 'vitest'
import { entry, lend, Outboxes } from './support/outboxes.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

test('an id that is forgotten while it is given again is done, and not taken', async () => {
  await using outboxes = await Outboxes.make()
  const { customerId, id, operation, body } = entry()
  // `append` has found the id delivered, and somebody tidies before it tells so.
  const fates = await outboxes.sql(
    `SELECT obsidian_events.fates(gen_random_uuid(), ARRAY[$1], ARRAY['test'], ARRAY[$2], ARRAY[$3], ARRAY[$4], '{}') AS fates`,
    [customerId, id, operation, body],
  )
  expect(fates).toEqual([{ fates: ['done'] }])
})

const odd = [
  '',
  'NULL',
  'null',
  '{}',
  '{a,b}',
  '"',
  "'",
  '\\',
  '\\"',
  'a,b',
  ' a ',
  '\n',
  '💥',
  '$1',
  'é',
  'e\u0301',
  'A',
  'a',
]

test('customers with odd names are kept apart, and come back as they were given', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  const entries = odd.map((customerId) => entry({ customerId, body: JSON.stringify({ customerId }) }))
  expect(await outbox.append(entries)).toEqual(odd.map(() => 'stored'))
  const claims = await outbox.claim(100, 60_000, 'oldest')
  const lent = new Map(claims.map((claim) => [claim.entry.customerId, claim.entry.body]))
  expect(lent).toEqual(new Map(entries.map(({ customerId, body }) => [customerId, body])))
  await outbox.settle(claims.map((claim) => [claim, { kind: 'delivered' }] as const))
  expect(await outboxes.sql('SELECT * FROM obsidian_events.lane')).toEqual([])
})

test.each([2_700, 9_000, 100_000])(
  'a customer whose name has %d characters is refused, and nobody else',
  async (length) => {
    await using outboxes = await Outboxes.make()
    const outbox = outboxes.open()
    // Text without repetitions: what can be compressed may be longer.
    const customerId = Array.from({ length }, () => String.fromCharCode(33 + Math.random() * 90)).join('')
    const [before, refused, after] = await Promise.allSettled([
      outbox.append([entry()]),
      outbox.append([entry({ customerId })]),
      outbox.append([entry()]),
    ])
    expect([before, after]).toEqual([
      { status: 'fulfilled', value: ['stored'] },
      { status: 'fulfilled', value: ['stored'] },
    ])
    expect(refused).toMatchObject({ status: 'rejected', reason: { problem: 'entry' } })
  },
)

test('a customer is erased while events come without a pause', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry({ customerId: 'zoe' })])
  const erasure = { isOver: false }
  const call = async () => {
    // As many as are enough to tell that the erasure waits for all of them.
    for (let calls = 0; !erasure.isOver && calls < 2_000; calls++) await outbox.append([entry({ customerId: 'bob' })])
    return erasure.isOver
  }
  // One begins while the others are on their way, so that there is always one.
  const callers: Promise<boolean>[] = []
  for (let at = 0; at < 3; at++) {
    callers.push(call())
    await new Promise(setImmediate)
    await new Promise(setImmediate)
  }
  await lend(outbox)
  expect(await outbox.forget('zoe')).toEqual({ pending: 1, dead: 0 })
  erasure.isOver = true
  expect(await Promise.all(callers)).toEqual([true, true, true])
})

test('erasing a customer who can have nothing here erases nobody else', async () => {
  await using outboxes = await Outboxes.make()
  const outbox = outboxes.open()
  await outbox.append([entry({ customerId: 'a\ufffd' })])
  const long = Array.from({ length: 9_000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('')
  for (const customerId of ['a\ud800', 'a\0', long])
    expect(await outbox.forget(customerId)).toEqual({ pending: 0, dead: 0 })
  expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
})
