import { expect, test } from 'vitest'
import { Delivery } from '../src/delivery.ts'
import { OwedEvent } from '../src/owed-event.ts'
import { OwedEvents } from '../src/owed-events.ts'

let calls = 0

function event(elapsed: number, maxDeliveryMs?: number): OwedEvent {
  const options = { issues: [], ...(maxDeliveryMs !== undefined && { maxDeliveryMs }) }
  const entry = { customerId: 'a', operation: 'trackEvent' as const, body: '{}' }
  return new OwedEvent(entry, new Delivery(), calls++, { at: 0, elapsed }, options)
}

function owing(...events: OwedEvent[]): OwedEvents {
  const owed = new OwedEvents(100)
  for (const one of events) owed.add(one)
  return owed
}

test('what is owed comes in the order of the calls, whatever the budgets', () => {
  const events = [event(0), event(0, 5), event(0), event(0, 1_000), event(0, 5)]
  const owed = owing(...events)
  expect([...owed]).toEqual(events)
  expect(owed.size).toBe(5)
})

test('the first, one in the middle, the last and all may leave', () => {
  const events = Array.from({ length: 5 }, () => event(0))
  const owed = owing(...events)
  const left = [...events]
  for (const at of [0, 1, 2, 0, 0]) {
    const [gone] = left.splice(at, 1)
    if (gone) owed.delete(gone)
    expect([...owed]).toEqual(left)
    expect(owed.size).toBe(left.length)
  }
  const again = event(0)
  owed.add(again)
  expect([...owed]).toEqual([again])
})

test('a budget counts from the call', () => {
  const [early, late] = [event(0), event(50)]
  const owed = owing(early, late)
  expect(owed.overdue(99)).toEqual({ events: [], next: 100 })
  expect(owed.overdue(100)).toEqual({ events: [early], next: 150 })
  expect(owed.overdue(150)).toEqual({ events: [early, late], next: Infinity })
})

test('a budget counts from the last event that the API settled, where that is later', () => {
  const one = event(0)
  const owed = owing(one)
  owed.progressed(80)
  expect(owed.overdue(179)).toEqual({ events: [], next: 180 })
  expect(owed.endOf(one)).toBe(180)
})

test('each event has its own budget', () => {
  const [patient, usual, hasty] = [event(0, 1_000), event(0), event(60, 5)]
  const owed = owing(patient, usual, hasty)
  expect(owed.overdue(65)).toEqual({ events: [hasty], next: 100 })
  expect(owed.overdue(1_000).events).toHaveLength(3)
})
