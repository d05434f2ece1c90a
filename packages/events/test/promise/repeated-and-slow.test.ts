import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../src/errors/errors.ts'
import { hang } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { watch } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

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
  outbox.keep({
    id: 'x',
    customerId: 'alice',
    operation: 'trackEvent',
    body: '{"customer_id":"alice","event":"signup"}',
    acceptedAt: world.clock.now(),
    environment: 'test',
    hasMintedId: false,
  })
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
