import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CancelledError, ClosedError, type EventTracker, type TrackerOptions } from '../../src/index.ts'
import { hang, ok, type Way } from './support/api.ts'
import { watch } from './support/rest.ts'
import { attemptTimeoutMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Both kinds of tracker. */
const kinds: readonly [string, (options?: TrackerOptions) => EventTracker][] = [
  ['in memory', (options) => world.tracker(options)],
  ['in a file', (options) => world.durable(options)],
]

/** An attempt is on its way that outlasts every deadline of the test. */
async function inFlight(make: (options: TrackerOptions) => EventTracker): Promise<EventTracker> {
  world.api.way = hang
  const tracker = make({ attemptTimeoutMs: 3_600_000, maxDeliveryMs: 7_200_000 })
  void tracker.trackEvent('alice', 'stuck', { id: 'job-1' })
  await world.pass(0)
  expect(world.api.log).toEqual(['alice:stuck'])
  return tracker
}

describe.each(kinds)('with an attempt in flight, %s,', (_kind, make) => {
  test('a shutdown without a deadline ends by the deadline of the one that is asked for later', async () => {
    const tracker = await inFlight(make)
    const [first, second] = [watch(tracker.shutdown()), watch(tracker.shutdown({ timeoutMs: 200 }))]
    await world.pass(199)
    expect([first.state, second.state]).toEqual(['open', 'open'])
    await world.pass(1)
    expect([first.state, second.state]).toEqual(['resolved', 'resolved'])
    expect(first.value).toEqual(second.value)
  })

  test('a later deadline does not move an earlier one', async () => {
    const tracker = await inFlight(make)
    const waits = [200, 60_000].map((timeoutMs) => watch(tracker.shutdown({ timeoutMs })))
    await world.pass(200)
    expect(waits.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
  })

  test('a flush keeps its deadline beside a shutdown, and may be asked for before and after it', async () => {
    const tracker = await inFlight(make)
    const before = watch(tracker.flush({ timeoutMs: 300 }))
    void tracker.shutdown()
    const after = watch(tracker.flush({ timeoutMs: 200 }))
    await world.pass(200)
    expect([before.state, after.state]).toEqual(['open', 'resolved'])
    await world.pass(100)
    expect(before.state).toBe('resolved')
  })

  test('flushes without a deadline end with the shutdown', async () => {
    const tracker = await inFlight(make)
    const before = watch(tracker.flush())
    const closing = watch(tracker.shutdown({ timeoutMs: 200 }))
    const after = watch(tracker.flush())
    await world.pass(200)
    expect([before, closing, after].map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved'])
  })

  test('what is asked for after the shutdown has its answer at once', async () => {
    const tracker = await inFlight(make)
    const closing = watch(tracker.shutdown({ timeoutMs: 0 }))
    await world.pass(0)
    const reports = [tracker.flush(), tracker.flush({ timeoutMs: 60_000 }), tracker.start(), tracker.shutdown()]
    const watched = reports.map((report) => watch<unknown>(report))
    const calls = [tracker.forget('alice'), tracker.replay(['1']), tracker.deadLetters()]
    const refused = calls.map((call) => watch<unknown>(call))
    await world.pass(0)
    expect(watched.map(({ value }) => value)).toEqual(watched.map(() => closing.value))
    expect(refused.map(({ error }) => error)).toEqual(refused.map(() => expect.any(ClosedError)))
    expect(tracker.stats()).toEqual(closing.value)
  })

  test('what is asked for while it closes has its answer when it is closed, at the latest', async () => {
    const tracker = await inFlight(make)
    void tracker.shutdown({ timeoutMs: 200 })
    const calls = [tracker.start(), tracker.forget('bob'), tracker.replay(['1']), tracker.deadLetters()]
    const watched = calls.map((call) => watch<unknown>(call))
    await world.pass(200)
    expect(watched.map(({ state }) => state)).not.toContain('open')
  })

  test('ten shutdowns and ten flushes at once are one shutdown, and each is answered', async () => {
    const tracker = await inFlight(make)
    const waits = Array.from({ length: 10 }, (_, n) => [
      watch(tracker.flush({ timeoutMs: 100 + n })),
      watch(tracker.shutdown({ timeoutMs: 300 - n })),
    ]).flat()
    await world.pass(300)
    expect(waits.map(({ state }) => state)).toEqual(waits.map(() => 'resolved'))
  })

  test('after the shutdown a call is refused at once, also one with the id of what is kept', async () => {
    const tracker = await inFlight(make)
    void tracker.shutdown({ timeoutMs: 0 })
    await world.pass(0)
    const before = tracker.stats()
    const again = watch(tracker.trackEvent('alice', 'stuck', { id: 'job-1' }).settled())
    const stored = watch(tracker.trackEvent('alice', 'stuck', { id: 'job-1' }).stored)
    await world.pass(0)
    expect(again.value).toMatchObject({ outcome: 'rejected', error: { code: 'closed', kept: false } })
    expect(stored.error).toBeInstanceOf(ClosedError)
    expect(tracker.stats()).toEqual({ ...before, accepted: before.accepted + 2, rejected: before.rejected + 2 })
    expect(world.clock.holding).toBe(0)
  })

  test('a number is a deadline in milliseconds', async () => {
    const tracker = await inFlight(make)
    const flush = watch(tracker.flush(5_000))
    await world.pass(4_999)
    expect(flush.state).toBe('open')
    await world.pass(1)
    expect(flush.state).toBe('resolved')
    const shutdown = watch(tracker.shutdown(5_000))
    await world.pass(5_000)
    expect(shutdown.state).toBe('resolved')
  })
})

test('a call with the id of a pending event settles with the shutdown at the latest', async () => {
  const tracker = await inFlight((options) => world.durable(options))
  void tracker.shutdown({ timeoutMs: 200 })
  const again = watch(tracker.trackEvent('alice', 'stuck', { id: 'job-1' }).settled())
  await world.pass(200)
  expect(again.state).toBe('resolved')
})

/** Refuses what is named bad, until told otherwise. */
function refusing(then: Way): Way {
  return (call) => (call.event === 'bad' ? call.answer(400) : then(call))
}

/** One dead letter, and an event in flight. */
async function withLetter(): Promise<{ tracker: EventTracker; letter: string }> {
  const tracker = world.durable({ attemptTimeoutMs: 3_600_000, maxDeliveryMs: 7_200_000 })
  world.api.way = refusing(hang)
  void tracker.trackEvent('bob', 'bad')
  await world.pass(0)
  const letters = watch(tracker.deadLetters())
  await world.pass(0)
  void tracker.trackEvent('alice', 'slow')
  await world.pass(0)
  world.api.way = ok
  return { tracker, letter: letters.value?.[0]?.id ?? '' }
}

test('a dead letter that is replayed during a flush does not end the flush early', async () => {
  const { tracker, letter } = await withLetter()
  const flush = watch(tracker.flush())
  await world.pass(0)
  const replayed = watch(tracker.replay([letter]))
  await world.pass(0)
  expect([replayed.value, world.api.log]).toEqual([1, ['bob:bad', 'alice:slow', 'bob:bad']])
  expect(flush.state).toBe('open')
  world.api.last('slow').answer(200)
  await world.pass(0)
  expect(flush.value).toEqual({ accepted: 2, delivered: 2, rejected: 0, dropped: 0, dead: 0, pending: 0 })
})

test('many dead letters that are replayed during a flush and a shutdown end neither early', async () => {
  const tracker = world.durable({ attemptTimeoutMs: 3_600_000, maxDeliveryMs: 7_200_000 })
  world.api.way = refusing(hang)
  for (let n = 0; n < 5; n++) void tracker.trackEvent(`bob${n}`, 'bad')
  await world.pass(0)
  const letters = watch(tracker.deadLetters())
  await world.pass(0)
  for (const customer of ['alice', 'carol']) void tracker.trackEvent(customer, `slow of ${customer}`)
  await world.pass(0)
  world.api.way = ok
  const waits = [watch(tracker.flush()), watch(tracker.shutdown())]
  const replayed = watch(tracker.replay((letters.value ?? []).map(({ id }) => id)))
  await world.pass(0)
  expect(replayed.value).toBe(5)
  world.api.last('slow of alice').answer(200)
  await world.pass(0)
  expect(waits.map(({ state }) => state)).toEqual(['open', 'open'])
  world.api.last('slow of carol').answer(200)
  await world.pass(0)
  expect(waits.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
})

test('a dead letter that was replayed before a flush is waited for', async () => {
  const { tracker, letter } = await withLetter()
  world.api.way = hang
  void tracker.replay([letter])
  await world.pass(0)
  const flush = watch(tracker.flush())
  world.api.last('slow').answer(200)
  await world.pass(0)
  expect(flush.state).toBe('open')
  world.api.last('bad').answer(200)
  await world.pass(0)
  expect(flush.value).toMatchObject({ delivered: 2, pending: 0 })
})

test('an event that is tracked and delivered during a flush does not end it early', async () => {
  const tracker = await inFlight((options) => world.durable(options))
  const flush = watch(tracker.flush())
  world.api.way = ok
  for (const customer of ['bob', 'carol', 'dave']) void tracker.trackEvent(customer, 'later')
  await world.pass(0)
  expect([tracker.stats().delivered, flush.state]).toEqual([3, 'open'])
  world.api.last('stuck').answer(200)
  await world.pass(0)
  expect(flush.state).toBe('resolved')
})

describe.each(kinds)('forgotten in flight, %s,', (_kind, make) => {
  test('an attempt keeps its deadline, so that nothing holds the process after it', async () => {
    world.api.way = hang
    const tracker = make()
    const delivery = watch(tracker.trackEvent('alice', 'stuck').settled())
    await world.pass(0)
    const forgotten = watch(tracker.forget('alice'))
    await world.pass(0)
    expect(forgotten.value).toBe(1)
    expect(delivery.value).toMatchObject({ outcome: 'dropped', error: { mayHaveArrived: true } })
    expect((delivery.value as { error?: unknown }).error).toBeInstanceOf(CancelledError)
    await world.pass(attemptTimeoutMs)
    expect(world.api.last('stuck').signal?.aborted).toBe(true)
    expect(world.clock.holding).toBe(0)
  })
})
