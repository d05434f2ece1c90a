import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { Uncaught } from '../support/uncaught.ts'
import { maxDeliveryMs, World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

test.each([
  ['refusals that are null', { refusals: null }],
  ['refusals without their times', { refusals: { count: 3 } }],
  ['refusals that are texts', { refusals: { count: '3', sinceFirstMs: '1', sinceLastMs: '1' } }],
  ['a length that is null', { storedForMs: null }],
  ['a length that is a text', { storedForMs: 'long' }],
  ['a length of NaN', { failingForMs: Number.NaN }],
])('an outbox that lends with %s is told so, and nothing throws where nobody catches', async (_, wrong) => {
  using uncaught = new Uncaught()
  world.api.way = (call) => call.answer(403)
  const outbox = new PlainOutbox(() => world.clock.now())
  answering(outbox, 'claim', async (usual) =>
    ((await usual()) as object[]).map((claim) => Object.assign({}, claim, wrong)),
  )
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'x').settled())
  await world.pass(2 * maxDeliveryMs)
  expect([uncaught.heard, delivery.state]).toEqual([[], 'resolved'])
  expect(world.logged.join()).toContain('claim()')
})

test('an outbox that lends more than it is asked for is asked for nothing until a place is free', async () => {
  world.api.way = hang
  const outbox = new PlainOutbox(() => world.clock.now())
  const asked: unknown[] = []
  answering(outbox, 'claim', (_usual, max) => {
    asked.push(max)
    return PlainOutbox.prototype.claim.call(outbox, 100, maxDeliveryMs)
  })
  const tracker = world.tracker({ outbox, concurrency: 1 })
  for (const customer of ['alice', 'bob', 'carol']) void tracker.trackEvent(customer, 'x')
  await world.pass(0)
  void tracker.trackEvent('dave', 'x')
  await world.pass(0)
  expect(world.api.log).toHaveLength(3)
  expect(new Set(asked)).toEqual(new Set([1]))
})
