import { expect, test } from 'vitest'
import { QueueFullError } from '../src/errors.ts'
import { QueueRoom } from '../src/queue-room.ts'

const room = (maxEvents: number, maxBytes: number) => new QueueRoom({ maxEvents, maxBytes, overflow: 'reject' })

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

test('what leaves makes room for what comes', () => {
  const small = room(2, 10)
  small.take('12345')
  small.take('12345')
  expect(small.take('1')).toBeDefined()
  small.give('12345')
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
    small.give('12345')
    small.give('é123')
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
