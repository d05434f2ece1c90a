import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../src/index.ts'
import { hang, ok } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
import { rest, watch } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

test('a freeze while an event waits for its retry costs those behind it none of their time', async () => {
  world.api.way = (call) => call.answer(500)
  const tracker = world.tracker({ backoff: { baseMs: 1_000, capMs: 1_000 } })
  const first = watch(tracker.trackEvent('alice', 'first', { maxRetries: 2 }).settled())
  const second = watch(tracker.trackEvent('alice', 'second').settled())
  await world.pass(1)
  await world.clock.oversleep(10 * maxDeliveryMs, rest)
  await world.pass(10_000)
  expect(first.value?.outcome).toBe('rejected')
  world.api.way = ok
  await world.pass(10_000)
  expect(second.value?.outcome).toBe('delivered')
})

test('an event that a call shares is not sent beside itself after a freeze, though the call could not be stored', async () => {
  const outbox = new PlainOutbox(() => world.clock.now())
  const body = '{"customer_id":"alice","event":"signup"}'
  outbox.keep({ id: 'job-1', customerId: 'alice', operation: 'trackEvent', body, acceptedAt: world.clock.now() })
  const [given, full] = [Promise.withResolvers<void>(), Promise.withResolvers<never>()]
  answering(outbox, 'append', () => {
    given.resolve()
    return full.promise
  })
  answering(outbox, 'claim', (usual) => given.promise.then(usual))
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { id: 'job-1' }).settled())
  await world.pass(0)
  full.reject(new OutboxError('full', 'the disk is full'))
  await world.pass(0)
  await world.clock.oversleep(10 * maxDeliveryMs, rest)
  await world.pass(1_000)
  expect(world.api.log).toEqual(['alice:signup'])
  world.api.last('signup').answer(200)
  await world.pass(0)
  expect(delivery.value?.outcome).toBe('delivered')
})
