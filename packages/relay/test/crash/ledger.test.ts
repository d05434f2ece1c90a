import { expect, test } from 'vitest'
import { type Arrival, judge, type Sent } from './ledger.ts'

const sent = new Map<string, Sent>(
  [1, 2, 3].map((number) => [`id-${number}`, { customer: 'a', number, id: `id-${number}` }]),
)
const arrival = (number: number, more: Partial<Arrival> = {}): Arrival => ({
  customer: 'a',
  number,
  id: `id-${number}`,
  status: 200,
  ...more,
})

test.each([
  ['a loss', [arrival(1), arrival(3)], { lost: 1 }],
  ['an event that was never taken by the API', [arrival(1), arrival(2, { status: 503 }), arrival(3)], { lost: 1 }],
  ['a change of order', [arrival(1), arrival(3), arrival(2)], { reordered: 1 }],
  [
    'one that comes again too late',
    [arrival(1), arrival(2), arrival(1), arrival(3)],
    { reordered: 0, rewound: 1, repeats: 1 },
  ],
  ['a second sending', [arrival(1), arrival(2), arrival(2), arrival(3)], { duplicates: 1, repeats: 1 }],
  ['a second id', [arrival(1), arrival(2), arrival(2, { id: 'id-1' }), arrival(3)], { otherDuplicates: 1 }],
  ['what nobody sent', [arrival(1), arrival(2), arrival(3), arrival(4)], { strangers: 1 }],
])('the crash kit would notice %s', (_what, arrivals, found) => {
  expect(judge(sent, new Set(sent.keys()), arrivals)).toMatchObject(found)
})

test('the crash kit finds nothing where all is well', () => {
  const arrivals = [arrival(1, { status: 503 }), arrival(1), arrival(2), arrival(3)]
  const well = { lost: 0, reordered: 0, rewound: 0, repeats: 0, otherDuplicates: 0, strangers: 0 }
  expect(judge(sent, new Set(['id-1', 'id-2']), arrivals)).toMatchObject({ ...well, duplicates: 1, arrived: 3 })
})
