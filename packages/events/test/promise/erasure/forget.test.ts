import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventTracker, OutboxError, type TrackerOptions } from '../../../src/index.ts'
import { hang, ok } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { attemptTimeoutMs, World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

type Make = (options?: TrackerOptions) => EventTracker

const plain: Make = (options) => world.tracker({ outbox: new PlainOutbox(() => world.clock.now()), ...options })
const kinds: readonly [string, Make][] = [
  ['in memory', (options) => world.tracker(options)],
  ['in a file', (options) => world.durable(options)],
  ['in an outbox of somebody else', plain],
]

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }
const long = { attemptTimeoutMs: 3_600_000, maxDeliveryMs: 7_200_000 }

describe.each(kinds)('when a customer was forgotten with an event in flight, %s,', (_kind, make) => {
  async function forgotten(options: TrackerOptions = {}): Promise<EventTracker> {
    world.api.way = hang
    const tracker = make({ ...long, ...options })
    void tracker.trackEvent('alice', 'first', { id: 'job-1' })
    await world.pass(0)
    const erased = watch(tracker.forget('alice'))
    await world.pass(0)
    expect(erased.value).toBe(1)
    world.api.way = ok
    return tracker
  }

  test('an attempt that still waits for its token sends nothing of it', async () => {
    const token = Promise.withResolvers<string>()
    const tracker = make({ ...long, token: () => token.promise })
    void tracker.trackEvent('alice', 'first')
    await world.pass(0)
    const erased = watch(tracker.forget('alice'))
    await world.pass(0)
    expect(erased.value).toBe(1)
    token.resolve('secret-token')
    await world.pass(0)
    void tracker.trackEvent('bob', 'second')
    await world.pass(0)
    expect(world.api.log).toEqual(['bob:second'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, dropped: 1 })
  })

  test('the next event with its id is sent, and settles by its own answer', async () => {
    const tracker = await forgotten()
    const delivery = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }))
    const flush = watch(tracker.flush())
    await world.pass(0)
    world.api.last('first').answer(200)
    await world.pass(0)
    expect(world.api.log).toEqual(['alice:first', 'alice:second'])
    expect([delivery.state, flush.state]).toEqual(['resolved', 'resolved'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, dropped: 1 })
  })

  test('an answer to the forgotten attempt is not taken for one to the next event', async () => {
    const tracker = await forgotten()
    world.api.way = hang
    const delivery = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }))
    await world.pass(0)
    world.api.last('first').answer(200)
    await world.pass(0)
    expect(delivery.state).toBe('open')
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, dropped: 1, pending: 1 })
    world.api.last('second').answer(200)
    await world.pass(0)
    expect(delivery.state).toBe('resolved')
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, dropped: 1 })
  })

  test.each([200, 400, 401, 409, 429, 503])('once it was answered with %i, the next event is sent', async (status) => {
    const tracker = await forgotten()
    world.api.last('first').answer(status)
    await world.pass(0)
    const delivery = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }))
    const flush = watch(tracker.flush())
    await world.pass(60_000)
    expect(world.api.log).toEqual(['alice:first', 'alice:second'])
    expect([delivery.state, flush.state]).toEqual(['resolved', 'resolved'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, dropped: 1 })
  })

  test('a late refusal of it ends nothing else', async () => {
    const tracker = await forgotten()
    const delivery = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }))
    world.api.last('first').answer(400)
    await world.pass(0)
    expect(delivery.state).toBe('resolved')
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, dropped: 1 })
  })

  test('events without an id follow as ever', async () => {
    const tracker = await forgotten()
    const deliveries = ['second', 'third'].map((event) => watch(tracker.trackEvent('alice', event)))
    await world.pass(0)
    world.api.last('first').answer(503)
    await world.pass(60_000)
    expect(deliveries.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
    expect(world.api.log).toEqual(['alice:first', 'alice:second', 'alice:third'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 3, delivered: 2, dropped: 1 })
  })

  test('its attempt ends at its deadline, and the next event with its id is as good as any', async () => {
    const tracker = await forgotten({ attemptTimeoutMs })
    await world.pass(attemptTimeoutMs)
    const delivery = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }))
    await world.pass(0)
    expect(delivery.state).toBe('resolved')
    expect(world.api.log).toEqual(['alice:first', 'alice:second'])
  })

  test('forgetting again forgets what came meanwhile, and flush and shutdown wait for nothing', async () => {
    const tracker = await forgotten()
    world.api.way = hang
    const second = watch(tracker.trackEvent('alice', 'second', { id: 'job-1' }).settled())
    await world.pass(0)
    const again = watch(tracker.forget('alice'))
    await world.pass(0)
    expect([again.value, second.value?.outcome]).toEqual([1, 'dropped'])
    const waits = [watch(tracker.flush()), watch(tracker.shutdown({ timeoutMs: 0 }))]
    await world.pass(0)
    expect(waits.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, dropped: 2 })
  })
})

describe.each([
  ['that remembers no ids', 0],
  ['that remembers ids', 1_000],
])('when a delivery could not be recorded in a file %s,', (_kind, rememberedIds) => {
  test.each(['busy', 'io'] as const)(
    'because it was %s, the same id settles as delivered, and later too',
    async (why) => {
      const outbox = world.sqlite({ rememberedIds })
      let failures = 1
      answering(outbox, 'settle', (usual) =>
        failures-- > 0 ? Promise.reject(new OutboxError(why, 'in the way')) : usual(),
      )
      const tracker = world.tracker({ outbox })
      const first = watch(tracker.trackEvent('alice', 'once', { id: 'job-1' }))
      await world.pass(0)
      expect(first.state).toBe('resolved')
      const again = watch(tracker.trackEvent('alice', 'once', { id: 'job-1' }))
      const flush = watch(tracker.flush())
      // The lease of the attempt has run out long before.
      await world.pass(10 * attemptTimeoutMs)
      expect([again.state, flush.state]).toEqual(['resolved', 'resolved'])
      const other = watch(tracker.trackEvent('alice', 'other', { id: 'job-2' }))
      await world.pass(10 * attemptTimeoutMs)
      expect(other.state).toBe('resolved')
      const last = watch(tracker.trackEvent('alice', 'once', { id: 'job-1' }))
      await world.pass(10 * attemptTimeoutMs)
      expect(last.state).toBe('resolved')
      expect(tracker.stats().pending).toBe(0)
      const shutdown = watch(tracker.shutdown({ timeoutMs: 200 }))
      await world.pass(200)
      expect(shutdown.value).toMatchObject({ pending: 0, rejected: 0, dropped: 0 })
    },
  )
})
