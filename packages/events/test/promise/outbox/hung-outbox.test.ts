import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EventTracker, TimeoutError } from '../../../src/index.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { rest, watch } from '../support/rest.ts'
import { maxDeliveryMs, World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

const never = () => new Promise<never>(() => undefined)
const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }

/** Holds the answers of a method back until told otherwise; what was asked is carried out then, in order. */
function holding(method: 'append' | 'forget' | 'replay' | 'dead' | 'counts' | 'settle'): () => void {
  const free = Promise.withResolvers<void>()
  answering(outbox, method, async (usual) => {
    await free.promise
    return usual()
  })
  return free.resolve
}

const calls: readonly ['forget' | 'replay' | 'dead', (tracker: EventTracker) => Promise<unknown>][] = [
  ['forget', (tracker) => tracker.forget('alice')],
  ['replay', (tracker) => tracker.replay(['1'])],
  ['dead', (tracker) => tracker.deadLetters()],
]

test.each(calls)(
  'a %s that is not answered within maxDeliveryMs is a TimeoutError, not before',
  async (method, call) => {
    holding(method)
    const called = watch(call(world.tracker({ outbox })))
    await world.pass(maxDeliveryMs - 1)
    expect(called.state).toBe('open')
    await world.pass(1)
    expect(called.error).toBeInstanceOf(TimeoutError)
  },
)

test.each(calls)('a %s that waits for the first look is a TimeoutError too', async (_method, call) => {
  holding('counts')
  const called = watch(call(world.tracker({ outbox })))
  await world.pass(maxDeliveryMs)
  expect(called.error).toBeInstanceOf(TimeoutError)
})

test.each(calls)('a %s has one deadline for the first look and its own answer', async (method, call) => {
  const look = holding('counts')
  holding(method)
  const called = watch(call(world.tracker({ outbox })))
  await world.pass(maxDeliveryMs / 2)
  look()
  await world.pass(maxDeliveryMs / 2 - 1)
  expect(called.state).toBe('open')
  await world.pass(1)
  expect(called.error).toBeInstanceOf(TimeoutError)
})

test.each(calls)('a %s whose time is over by the first look is not asked for any more', async (method, call) => {
  const look = holding('counts')
  let asked = 0
  answering(outbox, method, (usual) => {
    asked++
    return usual()
  })
  const called = watch(call(world.tracker({ outbox })))
  await world.pass(maxDeliveryMs)
  expect(called.error).toBeInstanceOf(TimeoutError)
  look()
  await world.pass(maxDeliveryMs)
  expect(asked).toBe(0)
})

test('a start that is not answered resolves at maxDeliveryMs with the counts, and counts what it finds later', async () => {
  const letGo = holding('counts')
  outbox.keep({
    id: 'job-1',
    customerId: 'alice',
    operation: 'trackEvent',
    body: body('x'),
    acceptedAt: world.clock.now(),
  })
  const tracker = world.tracker({ outbox })
  const start = watch(tracker.start())
  await world.pass(maxDeliveryMs)
  expect(start.value).toEqual(none)
  letGo()
  await rest()
  void tracker.start()
  await world.pass(maxDeliveryMs)
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
})

test('an event that was not stored within maxDeliveryMs has a TimeoutError, and is counted once if it is stored later', async () => {
  const letGo = holding('append')
  const tracker = world.tracker({ outbox })
  const delivery = tracker.trackEvent('alice', 'x', { id: 'job-1' })
  const [settled, stored] = [watch(delivery.settled()), watch(delivery.stored)]
  await world.pass(maxDeliveryMs)
  expect(settled.value).toMatchObject({ error: { code: 'timeout' } })
  expect(stored.error).toBeInstanceOf(TimeoutError)
  letGo()
  await world.pass(maxDeliveryMs)
  const flush = watch(tracker.flush())
  await world.pass(maxDeliveryMs)
  expect(flush.value).toMatchObject({ accepted: 1, pending: 0 })
  expect(world.api.log.length).toBeLessThanOrEqual(1)
})

test('an erasure that is answered too late has erased, and the counts say so', async () => {
  const tracker = world.tracker({ outbox })
  world.api.way = (call) => call.answer(400)
  void tracker.trackEvent('alice', 'bad')
  await world.pass(0)
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, dead: 1 })
  const letGo = holding('forget')
  const forgetting = watch(tracker.forget('alice'))
  await world.pass(maxDeliveryMs)
  expect(forgetting.error).toBeInstanceOf(TimeoutError)
  letGo()
  await world.pass(0)
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, dropped: 1 })
})

test('a replay that is answered too late has replayed, and the counts say so', async () => {
  const tracker = world.tracker({ outbox })
  world.api.way = (call) => call.answer(400)
  void tracker.trackEvent('alice', 'bad')
  await world.pass(0)
  const letGo = holding('replay')
  const replaying = watch(tracker.replay(['1']))
  await world.pass(maxDeliveryMs)
  expect(replaying.error).toBeInstanceOf(TimeoutError)
  world.api.way = (call) => call.answer(200)
  letGo()
  await world.pass(maxDeliveryMs)
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
})

test('an answer that comes after the shutdown throws nowhere, and changes no count', async () => {
  const letGo = [holding('append'), holding('forget'), holding('counts')]
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'x').settled())
  const forgetting = watch(tracker.forget('alice'))
  const closing = watch(tracker.shutdown({ timeoutMs: 200 }))
  await world.pass(200)
  expect([delivery.state, forgetting.state, closing.state]).toEqual(['resolved', 'rejected', 'resolved'])
  for (const each of letGo) each()
  await world.pass(maxDeliveryMs)
  expect(tracker.stats()).toEqual(closing.value)
  expect(world.api.log).toEqual([])
})

function body(event: string): string {
  return JSON.stringify({ customer_id: 'alice', event })
}

test('whoever waits for an event whose end is never recorded is told, also where another wait ends in between', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  answering(outbox, 'settle', never)
  const first = watch(tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 2_000 }).settled())
  await world.pass(0)
  for (const method of ['claim', 'dueInMs'] as const) answering(outbox, method, never)
  const second = watch(tracker.trackEvent('bob', 'signup', { maxDeliveryMs: 1_000 }).settled())
  await world.pass(maxDeliveryMs)
  expect([first.value?.outcome, second.value?.outcome]).toEqual(['pending', 'pending'])
})
