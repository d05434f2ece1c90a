import { expect, test } from 'vitest'
import { Heap } from '../../../src/outbox/memory/heap.ts'

test('an empty heap gives nothing', () => {
  const heap = new Heap<number>((item) => item)
  expect(heap.least).toBeUndefined()
  expect(heap.pop()).toBeUndefined()
})

test('the least comes first, in whatever order the items came', () => {
  for (let size = 1; size <= 64; size++) {
    const heap = new Heap<number>((item) => item)
    // 37 and 101 have no common divisor, so this is a shuffle, with repeats beyond 50.
    const items = Array.from({ length: size }, (_, index) => ((index * 37) % 101) % 50)
    for (const item of items) heap.push(item)
    const sorted = items.toSorted((a, b) => a - b)
    expect(heap.least).toBe(sorted[0])
    expect(Array.from({ length: size }, () => heap.pop())).toEqual(sorted)
    expect(heap.pop()).toBeUndefined()
  }
})

test('it equals a sorted list, however items come and go', () => {
  const heap = new Heap<{ due: number }>(({ due }) => due)
  let model: number[] = []
  const taken: unknown[] = []
  const expected: unknown[] = []
  for (let step = 0; step < 3_000; step++) {
    if (step % 500 < 300 ? step % 3 > 0 : step % 7 === 0) {
      const due = (step * 7_919) % 1_009
      heap.push({ due })
      model = [...model, due].toSorted((a, b) => a - b)
    } else {
      taken.push(heap.pop()?.due)
      expected.push(model.shift())
    }
    expect(heap.least?.due).toBe(model[0])
  }
  expect(taken).toEqual(expected)
})

test('looking at the least takes nothing away', () => {
  const heap = new Heap<string>((item) => item.length)
  heap.push('long')
  heap.push('a')
  expect([heap.least, heap.least]).toEqual(['a', 'a'])
  expect([heap.pop(), heap.pop(), heap.pop()]).toEqual(['a', 'long', undefined])
})

test('weights below zero and without end have their place', () => {
  const heap = new Heap<number>((item) => item)
  for (const item of [Infinity, 0, -5, 3, -Infinity]) heap.push(item)
  expect(Array.from({ length: 5 }, () => heap.pop())).toEqual([-Infinity, -5, 0, 3, Infinity])
})
