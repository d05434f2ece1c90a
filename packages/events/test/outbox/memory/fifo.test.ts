import { expect, test } from 'vitest'
import { Fifo } from '../../../src/outbox/memory/lane.ts'

function queueOf<T>(...items: T[]): Fifo<T> {
  const queue = new Fifo<T>()
  for (const item of items) queue.push(item)
  return queue
}

function drain<T>(queue: Fifo<T>): T[] {
  const items: T[] = []
  while (queue.length > 0) items.push(queue.shift() as T)
  return items
}

test('the first in is the first out', () => {
  expect(drain(queueOf('a', 'b', 'c'))).toEqual(['a', 'b', 'c'])
})

test('an empty queue gives nothing, and goes on working', () => {
  const queue = new Fifo<string>()
  expect(queue.shift()).toBeUndefined()
  expect(queue.shift()).toBeUndefined()
  expect(queue.length).toBe(0)
  queue.push('a')
  expect(drain(queue)).toEqual(['a'])
})

test('it equals an array, however items come and go', () => {
  const queue = new Fifo<number>()
  const model: number[] = []
  const taken: unknown[] = []
  const expected: unknown[] = []
  for (let step = 0; step < 5_000; step++) {
    // Waves, so that it grows, shrinks and runs empty.
    if (step % 1_000 < 600 ? step % 3 > 0 : step % 5 === 0) {
      queue.push(step)
      model.push(step)
    } else {
      taken.push(queue.shift())
      expected.push(model.shift())
    }
    expect(queue.length).toBe(model.length)
  }
  expect(taken).toEqual(expected)
  expect(drain(queue)).toEqual(model)
})

test('one item can be taken out, wherever it stands, and the others keep their order', () => {
  const all = Array.from({ length: 300 }, (_, index) => index)
  for (const shifted of [0, 1, 100, 200]) {
    for (const wanted of [shifted, shifted + 1, 250, 299]) {
      const queue = queueOf(...all)
      for (let n = 0; n < shifted; n++) queue.shift()
      expect(queue.remove((item) => item === wanted)).toBe(true)
      expect(queue.remove((item) => item === wanted)).toBe(false)
      expect(drain(queue)).toEqual(all.slice(shifted).filter((item) => item !== wanted))
    }
  }
  expect(queueOf().remove(() => true)).toBe(false)
})

test('the lightest item is brought forward, and the others keep their order', () => {
  const queue = queueOf(5, 3, 1, 4, 1)
  queue.bringForward((item) => item)
  expect(drain(queue)).toEqual([1, 5, 3, 4, 1])
})

test('of equally light items the first is brought forward', () => {
  const queue = queueOf({ name: 'a', weight: 2 }, { name: 'b', weight: 1 }, { name: 'c', weight: 1 })
  queue.bringForward(({ weight }) => weight)
  expect(drain(queue).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
})

test('a weight of nothing ends the search', () => {
  const weighed: number[] = []
  const queue = queueOf(3, 0, 0, 1)
  queue.bringForward((item) => {
    weighed.push(item)
    return item
  })
  expect(weighed).toEqual([3, 0])
  expect(drain(queue)).toEqual([0, 3, 0, 1])
})

test('bringing forward looks only at what still waits', () => {
  const queue = queueOf(...Array.from({ length: 100 }, (_, index) => index))
  for (let taken = 0; taken < 40; taken++) queue.shift()
  queue.bringForward((item) => 1_000 - item)
  expect(drain(queue)).toEqual([99, ...Array.from({ length: 59 }, (_, index) => index + 40)])
})

test('bringing forward in an empty queue changes nothing', () => {
  const queue = new Fifo<number>()
  queue.bringForward((item) => item)
  expect(queue.length).toBe(0)
})
