import { expect, test } from 'vitest'
import { OwnEntries } from '../../../src/outbox/indexeddb/own-entries.ts'
import type { Tables } from '../../../src/outbox/indexeddb/tables.ts'

/** Tables of which all entries but these were delivered. */
function tablesWith(...left: number[]): Tables {
  const tables = { has: async (seq: number) => left.includes(seq), endOf: async () => ({ kind: 'delivered' }) }
  return tables as unknown as Tables
}

test('a tab hears of an event that was pending before its own, while those are', async () => {
  const own = new OwnEntries()
  own.add(7, { customerId: 'ada', id: 'own' }, 0)
  // Its id was given here, and another tab had stored it.
  own.add(3, { customerId: 'ada', id: 'shared' }, 0)
  own.add(9, { customerId: 'ada', id: 'own too' }, 0)
  expect(own.takeOut(await own.ended(tablesWith(7, 9)))).toEqual([
    { customerId: 'ada', id: 'shared', kind: 'delivered' },
  ])
  expect(own.takeOut(await own.ended(tablesWith(9)))).toEqual([{ customerId: 'ada', id: 'own', kind: 'delivered' }])
})
