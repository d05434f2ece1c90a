import { expect, test } from 'vitest'
import { ClosedError } from '../../src/errors/errors.ts'
import { Promises } from '../../src/delivery/promises.ts'

/** Waits, and notes that the wait is over. */
function waiter() {
  const flushes = new Promises(300_000, 1_000_000)
  const over: string[] = []
  return {
    flushes,
    over: async () => {
      await new Promise(setImmediate)
      return over
    },
    wait: (name: string, before: number, left: number, deadline = Infinity, opensSince?: number) => {
      const { flush, done } = flushes.flush(before, left, deadline, opensSince)
      void done.then(() => over.push(name))
      return flush
    },
  }
}

test('with nothing pending there is nothing to wait for', async () => {
  const { over, wait } = waiter()
  wait('a', 0, 0)
  wait('b', 5, 0, 100)
  expect(await over()).toEqual(['a', 'b'])
})

test('it waits for the last of what was accepted before it, in whatever order they end', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 3, 3)
  flushes.ended(2)
  flushes.ended(0)
  expect(await over()).toEqual([])
  flushes.ended(1)
  expect(await over()).toEqual(['a'])
})

test('it does not wait for what was accepted after it, and is not shortened by that', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 2, 2)
  flushes.ended(2)
  flushes.ended(3)
  flushes.ended(0)
  expect(await over()).toEqual([])
  flushes.ended(1)
  expect(await over()).toEqual(['a'])
})

test('what had ended before is not counted again', async () => {
  const { flushes, over, wait } = waiter()
  // Of the events 0 to 9, two are still pending.
  wait('a', 10, 2)
  flushes.ended(7)
  expect(await over()).toEqual([])
  flushes.ended(4)
  expect(await over()).toEqual(['a'])
})

test('overlapping flushes each have their own snapshot', async () => {
  const { flushes, over, wait } = waiter()
  wait('one', 1, 1)
  wait('three', 3, 3)
  wait('three again', 3, 3)
  flushes.ended(1)
  expect(await over()).toEqual([])
  flushes.ended(0)
  expect(await over()).toEqual(['one'])
  flushes.ended(2)
  expect(await over()).toEqual(['one', 'three', 'three again'])
})

test('a deadline ends its own wait and no other', async () => {
  const { flushes, over, wait } = waiter()
  wait('late', 1, 1, 200)
  wait('early', 1, 1, 100)
  wait('patient', 1, 1)
  expect(flushes.tick(50, 50)).toBe(100)
  expect(await over()).toEqual([])
  expect(flushes.tick(100, 100)).toBe(200)
  expect(await over()).toEqual(['early'])
  expect(flushes.tick(1_000, 1_000)).toBe(Infinity)
  expect(await over()).toEqual(['early', 'late'])
  flushes.ended(0)
  expect(await over()).toEqual(['early', 'late', 'patient'])
})

test('a wait that is over asks for no further moment', async () => {
  const { flushes, over, wait } = waiter()
  expect(flushes.tick(0, 0)).toBe(Infinity)
  wait('a', 1, 1, 100)
  flushes.ended(0)
  expect(flushes.tick(50, 50)).toBe(Infinity)
  flushes.tick(100, 100)
  flushes.ended(0)
  expect(await over()).toEqual(['a'])
})

test('a deadline that has passed ends the wait at the next tick', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 1, 1, 0)
  expect(flushes.tick(10, 10)).toBe(Infinity)
  expect(await over()).toEqual(['a'])
})

test('a deadline that was brought forward counts', async () => {
  const { flushes, over, wait } = waiter()
  const flush = wait('a', 1, 1, 1_000)
  flush.deadline = 100
  expect(flushes.tick(50, 50)).toBe(100)
  flushes.tick(100, 100)
  expect(await over()).toEqual(['a'])
})

test('what comes back is waited for too, and what is gone is not', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 1, 1)
  flushes.changed(2)
  flushes.ended(0)
  expect(await over()).toEqual([])
  flushes.changed(0)
  flushes.changed(-1)
  expect(await over()).toEqual([])
  flushes.changed(-1)
  expect(await over()).toEqual(['a'])
})

test('while an outbox is being opened nobody is done, and then what it held is waited for', async () => {
  const { flushes, over, wait } = waiter()
  wait('nothing pending', 0, 0, Infinity, 0)
  wait('one pending', 1, 1, Infinity, 0)
  wait('of no outbox', 1, 1)
  expect(flushes.areWaiting).toBe(true)
  flushes.ended(0)
  flushes.rested()
  expect(await over()).toEqual(['of no outbox'])
  flushes.opened(2)
  flushes.opened(5)
  flushes.ended(-1)
  expect(await over()).toEqual(['of no outbox'])
  flushes.ended(-1)
  expect(await over()).toEqual(['of no outbox', 'nothing pending', 'one pending'])
})

test('an outbox that could not be opened, or held nothing, holds nobody', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 0, 0, Infinity, 0)
  wait('b', 1, 1, Infinity, 0)
  flushes.opened(0)
  expect(await over()).toEqual(['a'])
  flushes.ended(0)
  expect(await over()).toEqual(['a', 'b'])
})

test('a deadline ends the wait for an outbox that is being opened', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 0, 0, 100, 0)
  expect(flushes.tick(99, 99)).toBe(100)
  expect(await over()).toEqual([])
  expect(flushes.tick(100, 100)).toBe(Infinity)
  expect(await over()).toEqual(['a'])
})

test('where nothing more can be done, and at the end, nobody waits any longer', async () => {
  const { flushes, over, wait } = waiter()
  wait('a', 3, 3)
  flushes.rested()
  expect(await over()).toEqual(['a'])
  wait('b', 3, 3)
  wait('c', 0, 0, Infinity, 0)
  flushes.close(() => new ClosedError('closed'))
  expect(await over()).toEqual(['a', 'b', 'c'])
  expect(flushes.areWaiting).toBe(false)
})

test('one that has seen none of its events end for so long has waited enough, however much goes on beside it', async () => {
  const flushes = new Promises(300_000, 100)
  const { done } = flushes.flush(2, 2, Infinity)
  flushes.tick(0, 0)
  flushes.ended(0)
  flushes.tick(90, 90)
  flushes.ended(7)
  expect(flushes.tick(180, 180)).toBe(Infinity)
  expect(flushes.areWaiting).toBe(true)
  flushes.tick(190, 190)
  expect(flushes.areWaiting).toBe(false)
  await done
})

test('an outbox that does not open is waited for no longer than maxDeliveryMs, and what is known then is waited for on', async () => {
  const { flushes, over, wait } = waiter()
  wait('nothing pending', 0, 0, Infinity, 1_000)
  wait('one pending', 1, 1, Infinity, 1_000)
  expect(flushes.tick(300_999, 300_999)).toBe(301_000)
  expect(await over()).toEqual([])
  flushes.tick(301_000, 301_000)
  expect(await over()).toEqual(['nothing pending'])
  flushes.ended(0)
  expect(await over()).toEqual(['nothing pending', 'one pending'])
})
