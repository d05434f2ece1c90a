import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../src/errors/errors.ts'
import { hang } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { watch, type Watched } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Leaves an event there, as an earlier process does. */
function leave(outbox: PlainOutbox): void {
  outbox.keep({
    id: 'x',
    customerId: 'alice',
    operation: 'trackEvent',
    body: '{"customer_id":"alice","event":"signup"}',
    acceptedAt: world.clock.now(),
    environment: 'test',
    hasMintedId: false,
  })
}

test('an event that is repeated is counted once, also where it ends before the outbox was given it again', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  const asked: (() => void)[] = []
  answering(outbox, 'append', (usual) => new Promise((answer) => asked.push(() => answer(usual()))))
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup', { id: 'x' })
  // Nobody waits for the first one any more when it is repeated.
  await world.pass(maxDeliveryMs)
  const repeated = watch(tracker.trackEvent('alice', 'signup', { id: 'x' }).settled())
  const flush = watch(tracker.flush())
  await world.pass(0)
  asked.shift()?.()
  await world.pass(0)
  asked.shift()?.()
  await world.pass(0)
  expect(repeated.value).toMatchObject({ outcome: 'delivered' })
  expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
  expect(flush.state).toBe('resolved')
})

test('an event that is repeated is forgotten once, also where the outbox could not be given it again', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  leave(outbox)
  answering(outbox, 'append', () => Promise.reject(new OutboxError('busy', 'busy')))
  const tracker = world.tracker({ outbox })
  world.api.way = hang
  const repeated = watch(tracker.trackEvent('alice', 'signup', { id: 'x' }).settled())
  await world.pass(0)
  expect(world.api.log).toEqual(['alice:signup'])
  const forgotten = watch(tracker.forget('alice'))
  await world.pass(maxDeliveryMs / 2)
  expect([repeated.value?.outcome, forgotten.value]).toEqual(['dropped', 1])
  expect(tracker.stats()).toMatchObject({ accepted: 1, dropped: 1, pending: 0 })
})

test('a run time that stops when it has answered is asked to wait for a call that repeats what was on its way', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  leave(outbox)
  const waiting: Watched<unknown>[] = []
  const tracker = world.tracker({ outbox, waitUntil: (promise) => void waiting.push(watch(promise)) })
  world.api.way = hang
  void tracker.start()
  await world.pass(0)
  void tracker.trackEvent('alice', 'signup', { id: 'x' })
  await world.pass(0)
  expect(waiting.map(({ state }) => state)).toEqual(['open'])
  world.api.last('signup').answer(200)
  await world.pass(0)
  expect(waiting.map(({ state }) => state)).toEqual(['resolved'])
})
