import { afterEach, beforeEach, expect, test } from 'vitest'
import { OutboxError } from '../../../src/index.ts'
import { ok } from '../support/api.ts'
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

const busy = () => Promise.reject(new OutboxError('busy', 'somebody has it locked'))
const hung = () => new Promise<never>(() => undefined)

test.each([
  ['is busy', busy],
  ['does not answer', hung],
])('while an outbox %s when it is to erase a customer, others are stored and sent', async (_, answer) => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  answering(outbox, 'forget', answer)
  const forgetting = watch(tracker.forget('alice'))
  const own = watch(tracker.trackEvent('alice', 'own').settled())
  const other = watch(tracker.trackEvent('bob', 'other').settled())
  await world.pass(0)
  expect([forgetting.state, own.state, other.value?.outcome]).toEqual(['open', 'open', 'delivered'])
})

test('what is tracked while its customer is erased is stored afterwards, in order', async () => {
  const tracker = world.tracker({ outbox, backoff: { baseMs: 100, capMs: 200 } })
  await tracker.start()
  let isBusy = true
  answering(outbox, 'forget', (usual) => (isBusy ? busy() : usual()))
  const forgetting = [watch(tracker.forget('alice')), watch(tracker.forget('alice'))]
  void tracker.trackEvent('alice', 'one')
  await world.pass(50)
  void tracker.trackEvent('alice', 'two')
  await world.pass(1_000)
  expect(world.api.log).toEqual([])
  isBusy = false
  await world.pass(1_000)
  expect(forgetting.map(({ value }) => value)).toEqual([0, 0])
  expect(world.api.log).toEqual(['alice:one', 'alice:two'])
})

test('what nobody waits for any more, and could not be stored yet, is erased with its customer', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  let isBusy = true
  for (const method of ['append', 'forget'] as const) {
    answering(outbox, method, (usual) => (isBusy ? busy() : usual()))
  }
  const event = watch(tracker.trackEvent('alice', 'before', { maxDeliveryMs: 2_000 }).settled())
  // Its append is on its way when its time is up.
  const answer = Promise.withResolvers<unknown>()
  let isHeld = true
  answering(outbox, 'append', (usual) => (isHeld ? answer.promise.then(usual) : usual()))
  await world.pass(2_000)
  expect(event.value).toMatchObject({ outcome: 'pending' })
  isHeld = false
  answer.resolve(undefined)
  await world.pass(0)
  const forgetting = watch(tracker.forget('alice'))
  // Called after: none of what is erased, though nobody waits for it either when it is.
  void tracker.trackEvent('alice', 'after', { maxDeliveryMs: 1 })
  await world.pass(5_000)
  isBusy = false
  await world.pass(60_000)
  expect(forgetting.value).toBe(1)
  expect(world.api.log).toEqual([])
  expect(tracker.stats()).toMatchObject({ accepted: 2, delivered: 0, dropped: 1, rejected: 1, pending: 0 })
})

test.each([
  ['is busy', busy, 'resolved'],
  ['does not answer', hung, 'rejected'],
])(
  'while an outbox %s when it is to erase a customer, nothing that it holds of them is sent',
  async (_, answer, end) => {
    const tracker = world.tracker({ outbox })
    await tracker.start()
    world.api.way = (call) => call.answer(503)
    void tracker.trackEvent('alice', 'before')
    await world.pass(0)
    world.api.way = ok
    let isErased = false
    answering(outbox, 'forget', (usual) => (isErased ? usual() : answer()))
    const forgetting = watch(tracker.forget('alice'))
    void tracker.trackEvent('bob', 'other')
    await world.pass(30_000)
    expect(world.api.log).toEqual(['alice:before', 'bob:other'])
    isErased = true
    await world.pass(60_000)
    expect(forgetting.state).toBe(end)
    expect(world.api.log).toEqual(['alice:before', 'bob:other'])
  },
)

test('what is held back for an erasure is sent when that is refused', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  world.api.way = (call) => call.answer(503)
  void tracker.trackEvent('alice', 'before')
  await world.pass(0)
  world.api.way = ok
  const refusal = Promise.withResolvers<never>()
  answering(outbox, 'forget', () => refusal.promise)
  const forgetting = watch(tracker.forget('alice'))
  await world.pass(30_000)
  expect(world.api.log).toEqual(['alice:before'])
  refusal.reject(new OutboxError('corrupt', 'it is broken'))
  await world.pass(1_000)
  expect(forgetting.state).toBe('rejected')
  expect(world.api.log).toEqual(['alice:before', 'alice:before'])
  expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
})

test('what waits for an erasure is told so by a shutdown', async () => {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  answering(outbox, 'forget', hung)
  void tracker.forget('alice').catch(() => undefined)
  const own = watch(tracker.trackEvent('alice', 'own').settled())
  await world.pass(0)
  void tracker.shutdown({ timeoutMs: 100 })
  await world.pass(100)
  expect(own.value).toMatchObject({ outcome: 'dropped', error: { code: 'closed', kept: false } })
})
