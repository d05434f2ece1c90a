import { expect, test } from 'vitest'
import { QueueFullError } from '../../src/errors/errors.ts'
import type { QueueLimits } from '../../src/options/options.ts'
import { QueueLimiter } from '../../src/delivery/queue-limits.ts'

type Overflow = QueueLimits['overflow']

function room(maxEvents: number, maxBytes: number, overflow: Overflow = 'reject', waiting: { body: string }[] = []) {
  const queue = new QueueLimiter({ maxEvents, maxBytes, overflow })
  const leaving = (body: string) => queue.take(body, () => waiting)
  return {
    leaving,
    /** The error that refuses the body, if any. */
    take: (body: string) => {
      const taken = leaving(body)
      return taken instanceof QueueFullError ? taken : undefined
    },
    release: (body: string) => queue.release(body),
  }
}

test('it takes as many events as it may hold, and no more', () => {
  const three = room(3, 1_000)
  for (let event = 0; event < 3; event++) expect(three.take('{}')).toBeUndefined()
  const refusal = three.take('{}')
  expect(refusal).toBeInstanceOf(QueueFullError)
  expect(refusal).toMatchObject({ code: 'queue_full', retryable: true, kept: false })
  expect(refusal?.message).toContain('3 events, 6 bytes')
  expect(refusal?.message).toContain('queue.maxEvents: 3')
})

test('it takes as many bytes as it may hold, and no more', () => {
  const ten = room(100, 10)
  expect(ten.take('12345')).toBeUndefined()
  expect(ten.take('123456')).toMatchObject({ retryable: true })
  expect(ten.take('12345')).toBeUndefined()
  expect(ten.take('1')).toMatchObject({ retryable: true })
})

test('an event that could never fit is refused for good and takes nobody his place', () => {
  const ten = room(100, 10)
  const refusal = ten.take('12345678901')
  expect(refusal).toBeInstanceOf(QueueFullError)
  expect(refusal).toMatchObject({ retryable: false })
  expect(refusal?.message).toContain('11 bytes')
  expect(refusal?.message).toContain('queue.maxBytes: 10')
  expect(ten.take('1234567890')).toBeUndefined()
})

test('an event that could never fit is refused as such by a full queue too', () => {
  const one = room(1, 10)
  one.take('1')
  expect(one.take('12345678901')).toMatchObject({ retryable: false })
})

test('what leaves makes space for what comes', () => {
  const small = room(2, 10)
  small.take('12345')
  small.take('12345')
  expect(small.take('1')).toBeDefined()
  small.release('12345')
  expect(small.take('123456')).toMatchObject({ retryable: true })
  expect(small.take('12345')).toBeUndefined()
})

test('what was refused took nothing, so nothing leaks', () => {
  const small = room(2, 10)
  for (let round = 0; round < 1_000; round++) {
    expect(small.take('12345')).toBeUndefined()
    expect(small.take('é123')).toBeUndefined()
    expect(small.take('x')).toBeDefined()
    expect(small.take('12345678901')).toBeDefined()
    small.release('12345')
    small.release('é123')
  }
  expect(small.take('1234567890')).toBeUndefined()
})

test.each([
  ['abc', 3],
  ['é', 2],
  ['計', 3],
  ['✅', 3],
  ['👩‍🚀', 11],
  ['\u0000\u007f', 2],
  ['a\u0080', 3],
  ['', 0],
])('bytes are those of UTF-8: %j has %i', (body, bytes) => {
  expect(room(1, Math.max(bytes, 1)).take(body)).toBeUndefined()
  expect(room(1, bytes - 1).take(body)?.message).toContain(`${bytes} bytes`)
})

test('the policy drop-newest refuses what comes, and for good', () => {
  const one = room(1, 10, 'drop-newest', [{ body: '1' }])
  expect(one.take('1')).toBeUndefined()
  expect(one.take('2')).toMatchObject({ code: 'queue_full', retryable: false })
})

test('the policy drop-oldest lets as few go as will do, the oldest first', () => {
  const waiting = ['12', '34', '56'].map((body) => ({ body }))
  const full = room(3, 6, 'drop-oldest', waiting)
  for (const { body } of waiting) expect(full.leaving(body)).toEqual([])
  expect(full.leaving('789')).toEqual(waiting.slice(0, 2))
})

test('the policy drop-oldest makes nobody leave for an event that would not fit even then', () => {
  const waiting = [{ body: '1' }]
  const full = room(3, 6, 'drop-oldest', waiting)
  for (const body of ['1', '23456']) full.leaving(body)
  expect(full.take('78')).toMatchObject({ code: 'queue_full', retryable: true })
  expect(full.take('1234567')).toMatchObject({ code: 'queue_full', retryable: false })
  full.release('23456')
  expect(full.leaving('78')).toEqual([])
})
