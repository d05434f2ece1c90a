import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventTracker } from '../../src/index.ts'
import { hang } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { rest, watch } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }

/** Holds the answers of a method back until told otherwise. */
function holding(method: 'counts' | 'claim' | 'forget' | 'replay' | 'dead'): () => void {
  const free = Promise.withResolvers<void>()
  answering(outbox, method, async (usual) => {
    const answer = await usual()
    await free.promise
    return answer
  })
  return free.resolve
}

const calls: readonly ['forget' | 'replay' | 'dead', (tracker: EventTracker) => Promise<unknown>][] = [
  ['forget', (tracker) => tracker.forget('alice')],
  ['replay', (tracker) => tracker.replay(['1'])],
  ['dead', (tracker) => tracker.deadLetters()],
]

test.each(calls)('a freeze while a %s is on its way costs it none of its time', async (method, call) => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  const letGo = holding(method)
  const called = watch(call(tracker))
  await world.pass(1_000)
  await world.clock.oversleep(60 * maxDeliveryMs, rest)
  letGo()
  await world.pass(0)
  expect(called.state).toBe('resolved')
})

test.each(['counts', 'claim'] as const)(
  'a freeze while a flush waits for the answer to a %s does not end the flush',
  async (method) => {
    const letGo = holding(method)
    const body = '{"customer_id":"alice","event":"signup"}'
    outbox.keep({ id: '1', customerId: 'alice', operation: 'trackEvent', body, acceptedAt: world.clock.now() })
    const flush = watch(world.tracker({ outbox }).flush())
    await world.pass(1_000)
    await world.clock.oversleep(60 * maxDeliveryMs, rest)
    expect(flush.state).toBe('open')
    letGo()
    await world.pass(0)
    expect(flush.value).toEqual({ ...none, accepted: 1, delivered: 1 })
  },
)

test('a freeze does not end a flush whose event is on its way', async () => {
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup')
  void tracker.trackEvent('bob', 'signup', { maxDeliveryMs: 1_000 })
  await world.pass(0)
  const flush = watch(tracker.flush())
  // It has been looked at: the time of another is over.
  await world.pass(2_000)
  await world.clock.oversleep(60 * maxDeliveryMs, rest)
  expect(flush.state).toBe('open')
  for (const call of world.api.calls) call.answer(200)
  await world.pass(60_000)
  expect(flush.state).toBe('resolved')
})
