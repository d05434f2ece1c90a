import { expect, test } from 'vitest'
import type { Arrival } from './api.ts'
import { TrackerLedger } from './tracker-ledger.ts'

function arrival(number: number, more: Partial<Arrival> = {}): Arrival {
  return { life: 0, customer: 'a', number, id: `id-${number}`, status: 200, ...more }
}

test.each([
  ['a loss', [arrival(1, { status: 503 })], [], [], '1 was acknowledged and is lost'],
  ['a change of order', [arrival(2), arrival(1)], [], [], '1 of a came after a later one'],
  ['a change of order that is to come', [arrival(1)], [3, 2], [], 'the lane of a is out of order: 3 2'],
  ['a return', [arrival(2), arrival(1, { customer: 'b' })], [1], [], 'the lane of a has gone back'],
  ['a second sending', [arrival(1), arrival(1)], [], [], '1 came again, and its process knew that it had ended'],
  ['a second id', [arrival(1), arrival(1, { life: 1, id: 'other' })], [], [], '1 came under another id'],
  ['an id that two share', [arrival(1), arrival(2, { id: 'id-1' })], [], [], '2 came under the id of 1'],
  ['a death without cause', [arrival(1)], [], [1], '1 is a dead letter and was never refused'],
])('the crash kit would notice %s', (_, arrivals, pending, dead, message) => {
  const ledger = new TrackerLedger(1)
  ledger.acknowledge([{ what: 'stored', customer: 'a', number: 1 }])
  ledger.arrive(arrivals)
  ledger.compare({ pending: new Map([['a', pending]]), dead: new Set(dead) })
  expect(ledger.broken.join('; ')).toContain(message)
})

test('the crash kit would notice more duplicates than were in flight', () => {
  const ledger = new TrackerLedger(1)
  const [a, b] = [arrival(1), arrival(2, { customer: 'b' })]
  ledger.arrive([a, b, { ...a, life: 1 }, { ...b, life: 1 }])
  expect(ledger.broken).toEqual(['2 events came again because of kill 0, more than were in flight'])
})
