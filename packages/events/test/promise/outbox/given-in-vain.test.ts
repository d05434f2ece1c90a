import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

test('an event whose signal is aborted while the outbox fails to store it is not sent', async () => {
  const failure = Promise.withResolvers<never>()
  answering(outbox, 'append', () => failure.promise)
  const controller = new AbortController()
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { signal: controller.signal }).settled())
  await world.pass(0)
  failure.reject(new Error('disk trouble'))
  controller.abort()
  await world.pass(0)
  expect(delivery.value).toMatchObject({ outcome: 'dropped', error: { code: 'cancelled' } })
  expect(tracker.stats()).toMatchObject({ accepted: 1, dropped: 1, pending: 0 })
})

test('an event that an earlier process left, and that was repeated and delivered, is counted once at the end', async () => {
  outbox.keep({
    id: 'x',
    customerId: 'alice',
    operation: 'trackEvent',
    body: '{"customer_id":"alice","event":"signup"}',
    acceptedAt: world.clock.now(),
    environment: 'test',
    hasMintedId: false,
  })
  const append = Promise.withResolvers<unknown>()
  answering(outbox, 'append', () => append.promise)
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup', { id: 'x' })
  await world.pass(0)
  world.api.last('signup').answer(200)
  await world.pass(0)
  const shutdown = watch(tracker.shutdown({ timeoutMs: 100 }))
  await world.pass(10_000)
  const books = { accepted: 1, delivered: 1, rejected: 0, dropped: 0, dead: 0, pending: 0 }
  expect(shutdown.value).toEqual(books)
  append.resolve(['done'])
  await world.pass(0)
  expect(tracker.stats()).toEqual(books)
})

test('a signal that is aborted while a repeat of what an earlier process left is being stored does not take that out', async () => {
  outbox.keep({
    id: 'x',
    customerId: 'alice',
    operation: 'trackEvent',
    body: '{"customer_id":"alice","event":"signup"}',
    acceptedAt: world.clock.now(),
    environment: 'test',
  })
  const [claim, append] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  answering(outbox, 'claim', (usual) => claim.promise.then(usual))
  answering(outbox, 'append', async (usual) => {
    const fates = await usual()
    await append.promise
    return fates
  })
  const controller = new AbortController()
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { id: 'x', signal: controller.signal }).settled())
  await world.pass(0)
  controller.abort()
  await world.pass(0)
  append.resolve()
  claim.resolve()
  await world.pass(1_000)
  expect(delivery.value).toMatchObject({ outcome: 'pending', error: { code: 'cancelled' } })
  expect(world.api.log).toEqual(['alice:signup'])
  expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, dropped: 0, pending: 0 })
})
