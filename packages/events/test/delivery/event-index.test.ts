import { expect, test } from 'vitest'
import { Delivery } from '../../src/delivery/delivery.ts'
import { PendingEvent } from '../../src/delivery/pending-event.ts'
import { EventIndex } from '../../src/delivery/event-index.ts'

const moment = { at: 0, elapsed: 0 }

function owed(customerId: string, id: string): PendingEvent {
  return new PendingEvent('trackEvent', customerId, 'test', '{}', new Delivery(id), 0, moment, { issues: [] })
}

/** Has an index from the first moment on, because an id was looked for. */
function looked(): EventIndex {
  const ids = new EventIndex([])
  ids.find('nobody', 'nothing')
  return ids
}

test('an event is found by its customer and id while it is pending', () => {
  const ids = looked()
  const event = owed('a', 'job-1')
  expect(ids.find('a', 'job-1')).toBeUndefined()
  ids.add(event)
  expect(ids.find('a', 'job-1')).toBe(event)
  expect(ids.find('b', 'job-1')).toBeUndefined()
  expect(ids.find('a', 'job-2')).toBeUndefined()
  ids.delete(event)
  expect(ids.find('a', 'job-1')).toBeUndefined()
})

test('the same id of two customers is two events', () => {
  const ids = looked()
  const [a, b] = [owed('a', 'job-1'), owed('b', 'job-1')]
  ids.add(a)
  ids.add(b)
  expect([ids.find('a', 'job-1'), ids.find('b', 'job-1')]).toEqual([a, b])
  ids.delete(a)
  expect([ids.find('a', 'job-1'), ids.find('b', 'job-1')]).toEqual([undefined, b])
})

test("a minted id that another customer's call repeats is two events", () => {
  const ids = looked()
  const [minted, own] = [owed('a', 'id-1'), owed('b', 'id-1')]
  ids.add(minted)
  ids.add(own)
  expect([ids.find('a', 'id-1'), ids.find('b', 'id-1')]).toEqual([minted, own])
  ids.delete(own)
  expect([ids.find('a', 'id-1'), ids.find('b', 'id-1')]).toEqual([minted, undefined])
  ids.delete(minted)
  expect(ids.find('a', 'id-1')).toBeUndefined()
})

test('no customer id can be made to look like another event', () => {
  const ids = looked()
  ids.add(owed('a\nb', 'x'))
  ids.add(owed('', 'y'))
  expect(ids.find('b', 'x')).toBeUndefined()
  expect(ids.find('a', 'x')).toBeUndefined()
  expect(ids.find('y', '')).toBeUndefined()
  expect(ids.find('a\nb', 'x')?.id).toBe('x')
  expect(ids.find('', 'y')?.id).toBe('y')
})

test('what was pending before an id was first looked for is found as well', () => {
  const [a, b] = [owed('a', 'job-1'), owed('b', 'job-1')]
  const ids = new EventIndex([a, b])
  ids.add(a)
  expect(ids.find('b', 'job-1')).toBe(b)
  expect(ids.find('a', 'job-1')).toBe(a)
  ids.delete(a)
  expect(ids.find('a', 'job-1')).toBeUndefined()
})

test('each of several events of a customer is found until it ends itself', () => {
  const ids = looked()
  const events = ['job-1', 'job-2', 'job-3'].map((id) => owed('a', id))
  for (const event of events) ids.add(event)
  for (const [index, ended] of events.entries()) {
    ids.delete(ended)
    const found = events.map(({ id }) => ids.find('a', id))
    expect(found).toEqual(events.map((event, at) => (at > index ? event : undefined)))
  }
  const next = owed('a', 'job-1')
  ids.add(next)
  expect(ids.find('a', 'job-1')).toBe(next)
})

test.each([[[]], [['job-2']]])(
  'what has taken the place of an event stays when that one is taken out (beside %j)',
  (others) => {
    const ids = looked()
    for (const id of others) ids.add(owed('a', id))
    const [first, anew] = [owed('a', 'job-1'), owed('a', 'job-1')]
    ids.add(first)
    ids.add(anew)
    ids.delete(first)
    expect(ids.find('a', 'job-1')).toBe(anew)
    ids.delete(anew)
    expect(ids.find('a', 'job-1')).toBeUndefined()
  },
)

test('an id is looked for in its environment only', () => {
  const ids = looked()
  const event = owed('a', 'job-1')
  ids.add(event)
  expect([ids.find('a', 'job-1', 'test'), ids.find('a', 'job-1', 'production')]).toEqual([event, undefined])
})

test('an entry of an outbox that keeps no environment is found where it is sent to', () => {
  const ids = looked()
  const entry = { customerId: 'a', id: 'job-1', operation: 'trackEvent', body: '{}', acceptedAt: 0 } as const
  const event = PendingEvent.ofEntry({ ...entry, environment: null as never }, 0)
  ids.add(event)
  expect([ids.find('a', 'job-1', null as never), ids.find('a', 'job-1', 'test')]).toEqual([event, event])
  ids.delete(event)
  expect(ids.find('a', 'job-1', 'test')).toBeUndefined()
})

test('a customer that is no text is found nowhere', () => {
  const ids = new EventIndex([owed('a', 'job-1')])
  expect(ids.find(7, 'job-1')).toBeUndefined()
})
