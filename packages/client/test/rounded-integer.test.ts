import { expect, test } from 'vitest'
import { roundedInteger } from '../src/core.ts'

test.each([
  ['{"id":1524831183200260097}', '1524831183200260097'],
  ['[-1524831183200260097]', '-1524831183200260097'],
  [`{"id":${'1'.repeat(400)}}`, '1'.repeat(40)],
  ['{"id":"1524831183200260097"}', undefined],
  ['{"id":1524831183200260096}', undefined],
  [String.raw`{"id":"\"1524831183200260097"}`, undefined],
])(
  'A whole number that JSON.parse would round is found, however long, and what stands in quotes is none: %#',
  (text, found) => {
    expect(roundedInteger(text)).toBe(found)
  },
)

test('A text that is cut in a string full of quotes is looked through once', () => {
  // Looked through from each of its quotes, it would take hours.
  expect(roundedInteger(`"${'\\"'.repeat(2_000_000)}1524831183200260097`)).toBeUndefined()
})
