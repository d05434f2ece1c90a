import { describe, expect, test } from 'vitest'
import { CallOrder } from '../../src/delivery/awaited-events.ts'
import { Delivery } from '../../src/delivery/delivery.ts'
import { PendingEvent } from '../../src/delivery/pending-event.ts'
import { AwaitedEvents } from '../../src/delivery/awaited-events.ts'

let calls = 0

function event(elapsed: number, maxDeliveryMs?: number): PendingEvent {
  const options = { issues: [], ...(maxDeliveryMs !== undefined && { maxDeliveryMs }) }
  return new PendingEvent('trackEvent', 'user1', 'test', '{}', new Delivery(), calls++, { at: 0, elapsed }, options)
}

function owing(...events: PendingEvent[]): AwaitedEvents {
  const owed = new AwaitedEvents(100)
  for (const one of events) owed.add(one)
  return owed
}

describe('what is owed', () => {
  test('comes in the order of the calls, whatever the budgets and whatever was tried', () => {
    const events = [event(0), event(0, 5), event(0), event(0, 1_000), event(0, 5)]
    const owed = owing(...events)
    for (const at of [3, 1, 2]) owed.tried(events[at] as PendingEvent, at)
    expect(owed.inOrder()).toEqual(events)
    expect(new Set(owed)).toEqual(new Set(events))
    expect(owed.size).toBe(5)
  })

  test('may leave from any place, tried or not', () => {
    const events = Array.from({ length: 5 }, () => event(0))
    const owed = owing(...events)
    const left = [...events]
    for (const at of [0, 1, 2, 0, 0]) {
      const [gone] = left.splice(at, 1)
      if (gone) owed.delete(gone)
      if (gone) owed.delete(gone)
      if (left[0]) owed.tried(left[0], 10)
      expect(owed.inOrder()).toEqual(left)
      expect(owed.size).toBe(left.length)
    }
    expect(owed.nextEnd).toBe(Infinity)
    const again = event(0)
    owed.add(again)
    expect([...owed]).toEqual([again])
  })
})

describe('before its first attempt', () => {
  test('a budget counts from the call, and its end is told once', () => {
    const [early, late] = [event(0), event(50)]
    const owed = owing(early, late)
    expect(owed.nextEnd).toBe(100)
    expect(owed.overdue(99)).toEqual([])
    expect(owed.overdue(100)).toEqual([early])
    owed.delete(early)
    expect(owed.nextEnd).toBe(150)
    expect(owed.overdue(150)).toEqual([late])
    expect(owed.overdue(150)).toEqual([])
  })

  test('it counts from the last event that the API settled, where that is later', () => {
    const one = event(0)
    const owed = owing(one)
    owed.settled(80)
    expect(owed.endOf(one)).toBe(180)
    expect(owed.overdue(179)).toEqual([])
    expect(owed.nextEnd).toBe(180)
    expect(owed.overdue(180)).toEqual([one])
  })

  test('one that is added while those before it are told to be overdue is looked at in its turn', () => {
    const [early, late] = [event(0), event(100)]
    const owed = owing(early)
    expect(owed.overdue(100)).toEqual([early])
    owed.add(late)
    owed.delete(early)
    expect(owed.nextEnd).toBe(200)
    expect(owed.overdue(200)).toEqual([late])
  })

  test('a call made before a standstill was noticed hides none that was made after', () => {
    const [before, after] = [event(5_000), event(10)]
    const owed = owing(before, after)
    expect(owed.overdue(110)).toEqual([after])
    owed.delete(after)
    expect(owed.nextEnd).toBe(5_100)
  })

  test('what was settled after a standstill that is noticed only now takes nothing from a budget', () => {
    const one = event(0)
    const owed = owing(one)
    owed.settled(5_000)
    owed.settled(10)
    expect(owed.endOf(one)).toBe(5_100)
    expect(owed.overdue(5_099)).toEqual([])
    expect(owed.overdue(5_100)).toEqual([one])
  })

  test('each event has its own', () => {
    const [patient, usual, hasty] = [event(0, 1_000), event(0), event(60, 5)]
    const owed = owing(patient, usual, hasty)
    expect(owed.overdue(65)).toEqual([hasty])
    owed.delete(hasty)
    expect(owed.nextEnd).toBe(100)
    expect(owed.overdue(1_000)).toEqual([usual, patient])
  })
})

describe('from its first attempt on', () => {
  test('a budget counts from that attempt, whatever the API settles', () => {
    const [tried, waiting] = [event(0), event(0)]
    const owed = owing(tried, waiting)
    owed.settled(60)
    owed.tried(tried, 70)
    owed.settled(150)
    expect([owed.endOf(tried), owed.endOf(waiting)]).toEqual([170, 250])
    expect(owed.overdue(169)).toEqual([])
    expect(owed.overdue(170)).toEqual([tried])
    owed.delete(tried)
    expect(owed.overdue(250)).toEqual([waiting])
  })

  test('a second attempt does not lengthen it', () => {
    const one = event(0)
    const owed = owing(one)
    owed.tried(one, 10)
    owed.tried(one, 90)
    expect(owed.endOf(one)).toBe(110)
  })

  test('who comes behind others that fail has what is left of theirs, and is looked at in time', () => {
    const [other, behind] = [event(0), event(0)]
    const owed = owing(other, behind)
    owed.tried(other, 80)
    owed.tried(behind, 20)
    expect(owed.nextEnd).toBeLessThanOrEqual(120)
    expect(owed.overdue(120)).toEqual([behind])
    owed.delete(behind)
    expect(owed.nextEnd).toBe(180)
    expect(owed.overdue(180)).toEqual([other])
  })

  test('one that is in flight when it is told to be overdue hides nobody behind it', () => {
    const [inFlight, next] = [event(0), event(60)]
    const owed = owing(inFlight, next)
    owed.tried(inFlight, 0)
    expect(owed.overdue(100)).toEqual([inFlight])
    owed.tried(next, 70)
    expect(owed.overdue(169)).not.toContain(next)
    expect(owed.nextEnd).toBe(170)
    expect(owed.overdue(170)).toContain(next)
  })

  test('an event that nobody waits for keeps the time of its first attempt, and may be waited for again', () => {
    const one = event(0)
    const owed = owing(one)
    owed.delete(one)
    owed.tried(one, 30)
    expect([...owed]).toEqual([])
    owed.add(one)
    expect(owed.endOf(one)).toBe(130)
    expect(owed.overdue(130)).toEqual([one])
  })

  test.each([undefined, 40])(
    'chains of budget %o that are filled and emptied over and over stay in order',
    (budget) => {
      const owed = new AwaitedEvents(100)
      for (let round = 0; round < 200; round++) {
        const [first, second] = [event(round, budget), event(round, budget)]
        owed.add(first)
        owed.add(second)
        owed.tried(second, round)
        owed.tried(first, round)
        owed.delete(first)
        owed.delete(second)
        owed.overdue(round)
      }
      const last = event(300, budget)
      owed.add(last)
      expect(owed.nextEnd).toBeLessThanOrEqual(300 + (budget ?? 100))
      expect(owed.overdue(299 + (budget ?? 100))).toEqual([])
      expect(owed.overdue(300 + (budget ?? 100))).toEqual([last])
    },
  )
})

describe('a queue that drops the oldest', () => {
  test('is told what waits, the oldest first, without what is in flight or has ended', () => {
    const order = new CallOrder()
    const owed = new AwaitedEvents(100, order)
    const events = Array.from({ length: 5 }, () => event(0))
    for (const one of events) owed.add(one)
    const [first, second, third, fourth, fifth] = events as [
      PendingEvent,
      PendingEvent,
      PendingEvent,
      PendingEvent,
      PendingEvent,
    ]
    expect([...order.waiting()]).toEqual(events)
    owed.delete(first)
    second.start()
    owed.delete(fourth)
    expect([...order.waiting()]).toEqual([third, fifth])
    second.attempted({ kind: 'timeout' })
    expect([...order.waiting()]).toEqual([second, third, fifth])
  })

  test('does not lose one of them while thousands of others come and go', () => {
    const order = new CallOrder()
    const owed = new AwaitedEvents(100, order)
    const kept = [event(0)]
    owed.add(kept[0] as PendingEvent)
    for (let n = 1; n <= 5_000; n++) {
      const one = event(0)
      owed.add(one)
      if (n % 1_000 === 0) kept.push(one)
      else owed.delete(one)
    }
    expect([...order.waiting()]).toEqual(kept)
  })
})
