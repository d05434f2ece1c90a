import { describe, expect, test } from 'vitest'
import { Delivery } from '../../src/delivery/delivery.ts'
import { PendingEvent } from '../../src/delivery/pending-event.ts'
import { AwaitedEvents } from '../../src/delivery/awaited-events.ts'

let calls = 0

function event(elapsed: number, maxDeliveryMs?: number): PendingEvent {
  const options = { issues: [], ...(maxDeliveryMs !== undefined && { maxDeliveryMs }) }
  return new PendingEvent('trackEvent', 'user1', 'test', '{}', new Delivery(), calls++, { at: 0, elapsed }, options)
}

function owing(...events: PendingEvent[]): AwaitedEvents {
  const awaited = new AwaitedEvents(100)
  for (const one of events) awaited.add(one)
  return awaited
}

describe('what is awaited', () => {
  test('comes in the order of the calls, whatever the budgets and whatever was tried', () => {
    const events = [event(0), event(0, 5), event(0), event(0, 1_000), event(0, 5)]
    const awaited = owing(...events)
    for (const at of [3, 1, 2]) awaited.tried(events[at] as PendingEvent, at)
    expect(awaited.inOrder()).toEqual(events)
    expect(new Set(awaited)).toEqual(new Set(events))
    expect(awaited.size).toBe(5)
  })

  test('may leave from any place, tried or not', () => {
    const events = Array.from({ length: 5 }, () => event(0))
    const awaited = owing(...events)
    const left = [...events]
    for (const at of [0, 1, 2, 0, 0]) {
      const [gone] = left.splice(at, 1)
      if (gone) awaited.delete(gone)
      if (gone) awaited.delete(gone)
      if (left[0]) awaited.tried(left[0], 10)
      expect(awaited.inOrder()).toEqual(left)
      expect(awaited.size).toBe(left.length)
    }
    expect(awaited.nextEnd).toBe(Infinity)
    const again = event(0)
    awaited.add(again)
    expect([...awaited]).toEqual([again])
  })
})

describe('before its first attempt', () => {
  test('a budget counts from the call, and its end is told once', () => {
    const [early, late] = [event(0), event(50)]
    const awaited = owing(early, late)
    expect(awaited.nextEnd).toBe(100)
    expect(awaited.overdue(99)).toEqual([])
    expect(awaited.overdue(100)).toEqual([early])
    awaited.delete(early)
    expect(awaited.nextEnd).toBe(150)
    expect(awaited.overdue(150)).toEqual([late])
    expect(awaited.overdue(150)).toEqual([])
  })

  test('it counts from the last event that the API settled, where that is later', () => {
    const one = event(0)
    const awaited = owing(one)
    awaited.settled(80)
    expect(awaited.endOf(one)).toBe(180)
    expect(awaited.overdue(179)).toEqual([])
    expect(awaited.nextEnd).toBe(180)
    expect(awaited.overdue(180)).toEqual([one])
  })

  test('one that is added while those before it are told to be overdue is looked at in its turn', () => {
    const [early, late] = [event(0), event(100)]
    const awaited = owing(early)
    expect(awaited.overdue(100)).toEqual([early])
    awaited.add(late)
    awaited.delete(early)
    expect(awaited.nextEnd).toBe(200)
    expect(awaited.overdue(200)).toEqual([late])
  })

  test('a call made before a standstill was noticed hides none that was made after', () => {
    const [before, after] = [event(5_000), event(10)]
    const awaited = owing(before, after)
    expect(awaited.overdue(110)).toEqual([after])
    awaited.delete(after)
    expect(awaited.nextEnd).toBe(5_100)
  })

  test('what was settled after a standstill that is noticed only now takes nothing from a budget', () => {
    const one = event(0)
    const awaited = owing(one)
    awaited.settled(5_000)
    awaited.settled(10)
    expect(awaited.endOf(one)).toBe(5_100)
    expect(awaited.overdue(5_099)).toEqual([])
    expect(awaited.overdue(5_100)).toEqual([one])
  })

  test('each event has its own', () => {
    const [patient, usual, hasty] = [event(0, 1_000), event(0), event(60, 5)]
    const awaited = owing(patient, usual, hasty)
    expect(awaited.overdue(65)).toEqual([hasty])
    awaited.delete(hasty)
    expect(awaited.nextEnd).toBe(100)
    expect(awaited.overdue(1_000)).toEqual([usual, patient])
  })
})

describe('from its first attempt on', () => {
  test('a budget counts from that attempt, whatever the API settles', () => {
    const [tried, waiting] = [event(0), event(0)]
    const awaited = owing(tried, waiting)
    awaited.settled(60)
    awaited.tried(tried, 70)
    awaited.settled(150)
    expect([awaited.endOf(tried), awaited.endOf(waiting)]).toEqual([170, 250])
    expect(awaited.overdue(169)).toEqual([])
    expect(awaited.overdue(170)).toEqual([tried])
    awaited.delete(tried)
    expect(awaited.overdue(250)).toEqual([waiting])
  })

  test('a second attempt does not lengthen it', () => {
    const one = event(0)
    const awaited = owing(one)
    awaited.tried(one, 10)
    awaited.tried(one, 90)
    expect(awaited.endOf(one)).toBe(110)
  })

  test('who comes behind others that fail has what is left of theirs, and is looked at in time', () => {
    const [other, behind] = [event(0), event(0)]
    const awaited = owing(other, behind)
    awaited.tried(other, 80)
    awaited.tried(behind, 20)
    expect(awaited.nextEnd).toBeLessThanOrEqual(120)
    expect(awaited.overdue(120)).toEqual([behind])
    awaited.delete(behind)
    expect(awaited.nextEnd).toBe(180)
    expect(awaited.overdue(180)).toEqual([other])
  })

  test('one that is in flight when it is told to be overdue hides nobody behind it', () => {
    const [inFlight, next] = [event(0), event(60)]
    const awaited = owing(inFlight, next)
    awaited.tried(inFlight, 0)
    expect(awaited.overdue(100)).toEqual([inFlight])
    awaited.tried(next, 70)
    expect(awaited.overdue(169)).not.toContain(next)
    expect(awaited.nextEnd).toBe(170)
    expect(awaited.overdue(170)).toContain(next)
  })

  test('an event that nobody waits for keeps the time of its first attempt, and may be waited for again', () => {
    const one = event(0)
    const awaited = owing(one)
    awaited.delete(one)
    awaited.tried(one, 30)
    expect([...awaited]).toEqual([])
    awaited.add(one)
    expect(awaited.endOf(one)).toBe(130)
    expect(awaited.overdue(130)).toEqual([one])
  })

  test.each([undefined, 40])(
    'chains of budget %o that are filled and emptied over and over stay in order',
    (budget) => {
      const awaited = new AwaitedEvents(100)
      for (let round = 0; round < 200; round++) {
        const [first, second] = [event(round, budget), event(round, budget)]
        awaited.add(first)
        awaited.add(second)
        awaited.tried(second, round)
        awaited.tried(first, round)
        awaited.delete(first)
        awaited.delete(second)
        awaited.overdue(round)
      }
      const last = event(300, budget)
      awaited.add(last)
      expect(awaited.nextEnd).toBeLessThanOrEqual(300 + (budget ?? 100))
      expect(awaited.overdue(299 + (budget ?? 100))).toEqual([])
      expect(awaited.overdue(300 + (budget ?? 100))).toEqual([last])
    },
  )
})

describe('a queue that drops the oldest', () => {
  test('is told what waits, the oldest first, without what is in flight or has ended', () => {
    const awaited = new AwaitedEvents(100, true)
    const events = Array.from({ length: 5 }, () => event(0))
    for (const one of events) awaited.add(one)
    const [first, second, third, fourth, fifth] = events as [
      PendingEvent,
      PendingEvent,
      PendingEvent,
      PendingEvent,
      PendingEvent,
    ]
    expect([...awaited.oldest()]).toEqual(events)
    awaited.delete(first)
    second.start()
    awaited.delete(fourth)
    expect([...awaited.oldest()]).toEqual([third, fifth])
    second.attempted({ kind: 'timeout' })
    expect([...awaited.oldest()]).toEqual([second, third, fifth])
  })

  test('does not lose one of them while thousands of others come and go', () => {
    const awaited = new AwaitedEvents(100, true)
    const kept = [event(0)]
    awaited.add(kept[0] as PendingEvent)
    for (let n = 1; n <= 5_000; n++) {
      const one = event(0)
      awaited.add(one)
      if (n % 1_000 === 0) kept.push(one)
      else awaited.delete(one)
    }
    expect([...awaited.oldest()]).toEqual(kept)
  })
})
