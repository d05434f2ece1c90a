import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventTracker } from '../../../src/index.ts'
import { hang, ok } from '../support/api.ts'
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

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }

/** Makes the outbox do what it is asked the first time, and answer in another way. */
function unheard(method: 'append' | 'settle', answer: () => unknown): void {
  let isFirst = true
  answering(outbox, method, async (usual) => {
    const heard = await usual()
    if (!isFirst) return heard
    isFirst = false
    return answer()
  })
}

const hung = () => new Promise<never>(() => undefined)
const failed = () => Promise.reject(new Error('the network failed'))

test.each([undefined, 'job-1'])(
  'an event that an outbox stores and never says so is told and counted once, whoever waits for it (%s)',
  async (id) => {
    unheard('append', hung)
    world.api.way = hang
    const tracker = world.tracker({ outbox })
    const call = { maxDeliveryMs: 1_000, ...(id !== undefined && { id }) }
    const delivery = watch(tracker.trackEvent('alice', 'signup', call).settled())
    await world.pass(0)
    // Somebody looks for what is due, and finds it.
    void tracker.flush({ timeoutMs: 10 })
    await world.pass(6_000)
    expect(delivery.value).toMatchObject({ outcome: 'pending', error: { kept: true } })
    world.api.way = ok
    await world.pass(60_000)
    expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
    const shutdown = watch(tracker.shutdown({ timeoutMs: 100 }))
    await world.pass(10_000)
    expect(shutdown.value).toEqual({ ...none, accepted: 1, delivered: 1 })
    expect(world.errors).toEqual([])
  },
)

test('an event whose time is over before the outbox lends what it never said it has is told and counted once', async () => {
  unheard('append', hung)
  answering(outbox, 'claim', (usual) => (world.clock.now() < start + 5_000 ? [] : usual()))
  const start = world.clock.now()
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 1_000 }).settled())
  await world.pass(1_000)
  expect(delivery.value).toMatchObject({ outcome: 'pending', error: { kept: false } })
  await world.pass(60_000)
  expect(world.api.log).toEqual(['alice:signup'])
  const shutdown = watch(tracker.shutdown({ timeoutMs: 100 }))
  await world.pass(10_000)
  expect(shutdown.value).toEqual({ ...none, accepted: 1, delivered: 1 })
  expect(world.errors).toEqual([])
})

test('an event that an outbox stores and says it could not is stored and counted once', async () => {
  unheard('append', failed)
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  const first = watch(tracker.trackEvent('alice', 'signup').stored)
  const second = watch(tracker.trackEvent('bob', 'signup', { id: 'job-1' }).stored)
  await world.pass(5_000)
  expect([first.state, second.state]).toEqual(['resolved', 'resolved'])
  expect(tracker.stats()).toEqual({ ...none, accepted: 2, pending: 2 })
})

async function died(): Promise<EventTracker> {
  unheard('settle', failed)
  world.api.way = (call) => call.answer(400)
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(120_000)
  expect(tracker.stats()).toEqual({ ...none, accepted: 1, pending: 1 })
  world.api.way = ok
  return tracker
}

describe('a death that was never heard', () => {
  test('is made good when its customer is erased', async () => {
    const tracker = await died()
    await tracker.forget('alice')
    expect(tracker.stats()).toEqual({ ...none, accepted: 1, dropped: 1 })
  })

  test('is made good when it is replayed', async () => {
    const tracker = await died()
    const [letter] = await tracker.deadLetters()
    expect(await tracker.replay([letter?.id ?? ''])).toBe(1)
    await world.pass(1_000)
    expect(tracker.stats()).toEqual({ ...none, accepted: 1, delivered: 1 })
  })
})

async function rejected(): Promise<{ tracker: EventTracker; lend: () => void }> {
  const tracker = world.tracker({ outbox })
  await tracker.start()
  unheard('append', failed)
  const lent = Promise.withResolvers<void>()
  answering(outbox, 'claim', (usual) => lent.promise.then(usual))
  const delivery = watch(tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 1 }).settled())
  await world.pass(50)
  expect(delivery.value).toMatchObject({ outcome: 'rejected', error: { kept: false } })
  return { tracker, lend: lent.resolve }
}

describe('an event whose time is over, which an outbox has stored and said it could not,', () => {
  test('is counted once more when it is sent all the same', async () => {
    const { tracker, lend } = await rejected()
    lend()
    await world.pass(1_000)
    expect(world.api.log).toEqual(['alice:signup'])
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, delivered: 1, rejected: 1 })
  })

  test('is counted once more when its customer is erased', async () => {
    const { tracker } = await rejected()
    await tracker.forget('alice')
    expect(tracker.stats()).toEqual({ ...none, accepted: 2, dropped: 1, rejected: 1 })
  })
})
