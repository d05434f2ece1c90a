import { afterEach, beforeEach, expect, test } from 'vitest'
import { hang } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { attemptTimeoutMs, World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

/** Holds the answers of a method back. @returns lets them go */
function holdingBack(method: 'append' | 'settle'): () => void {
  const free = Promise.withResolvers<void>()
  answering(outbox, method, async (usual) => {
    await free.promise
    return usual()
  })
  return free.resolve
}

test('an outbox that lends what it could not record is not asked again at once, and the event is sent once', async () => {
  let asked = 0
  answering(outbox, 'settle', async () => {
    asked++
    for (const kept of outbox.pending) kept.lease = undefined
    throw new Error('disk trouble')
  })
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(1_000)
  expect(asked).toBeLessThan(20)
  expect(world.api.log).toEqual(['alice:signup'])
  expect(tracker.stats()).toMatchObject({ delivered: 1, pending: 0 })
})

test('an event that is lent again while its record waits for an erasure in vain is recorded all the same', async () => {
  const erasure = Promise.withResolvers<void>()
  answering(outbox, 'forget', async () => {
    await erasure.promise
    throw new Error('disk trouble')
  })
  world.api.way = hang
  const tracker = world.tracker({ outbox, attemptTimeoutMs: 1_000 })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(0)
  const forgotten = watch(tracker.forget('alice'))
  await world.pass(0)
  world.api.last('signup').answer(200)
  // The lease ends meanwhile, and whoever looks for other work is lent it again.
  await world.pass(4_000)
  void tracker.trackEvent('bob', 'signup')
  await world.pass(0)
  erasure.resolve()
  await world.pass(0)
  expect(forgotten.state).toBe('rejected')
  expect(outbox.pending.map(({ entry }) => entry.customerId)).toEqual(['bob'])
})

test('an event that the API has taken in time is delivered, though its budget ends while that is recorded', async () => {
  const recorded = holdingBack('settle')
  world.api.way = hang
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 3_000 }).settled())
  await world.pass(2_900)
  world.api.last('signup').answer(200)
  await world.pass(500)
  recorded()
  await world.pass(0)
  expect(delivery.value?.outcome).toBe('delivered')
})

test('a wait that is cancelled while the delivery is recorded tells that the event may have arrived', async () => {
  const recorded = holdingBack('settle')
  const controller = new AbortController()
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { signal: controller.signal }).settled())
  await world.pass(0)
  controller.abort()
  recorded()
  await world.pass(0)
  expect(delivery.value).toMatchObject({ outcome: 'pending', error: { code: 'cancelled', mayHaveArrived: true } })
  expect(tracker.stats()).toMatchObject({ delivered: 1, pending: 0 })
})

test('an event whose end takes longer to note than anybody waits is sent once, and counted once', async () => {
  const recorded = holdingBack('settle')
  const tracker = world.tracker({ outbox, attemptTimeoutMs: 1_000 })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { maxDeliveryMs: 2_000 }).settled())
  // Its lease ends again and again meanwhile, and other work makes the tracker look for what is due.
  for (let n = 0; n < 5; n++) {
    await world.pass(4_000)
    void tracker.trackEvent('bob', `visit ${n}`)
  }
  expect(delivery.value?.outcome).toBe('pending')
  recorded()
  await world.pass(60_000)
  expect(world.api.log.filter((line) => line.startsWith('alice'))).toEqual(['alice:signup'])
  expect(outbox.pending).toEqual([])
  expect(tracker.stats()).toEqual({ accepted: 6, delivered: 6, rejected: 0, dropped: 0, dead: 0, pending: 0 })
})

test('a delivery that could not be recorded is not sent again, though its lease ended while it was recorded once more', async () => {
  let asked = 0
  answering(outbox, 'settle', async (usual) => {
    asked++
    if (asked === 1) throw new Error('disk trouble')
    // Whoever is asked for the second time has lent the entry once more.
    if (asked === 2) for (const kept of outbox.pending) kept.lease = undefined
    return usual()
  })
  const tracker = world.tracker({ outbox, attemptTimeoutMs: 1_000 })
  void tracker.trackEvent('alice', 'signup')
  await world.pass(4_000)
  void tracker.trackEvent('bob', 'signup')
  await world.pass(60_000)
  void tracker.trackEvent('carol', 'signup')
  await world.pass(60_000)
  expect(world.api.log.filter((line) => line.startsWith('alice'))).toEqual(['alice:signup'])
  expect(outbox.pending).toEqual([])
})

test('a record whose answer is lost does not hold its customer for good: it is made again once its entry was lent in vain', async () => {
  let isLost = true
  answering(outbox, 'settle', (usual) => (isLost ? new Promise(() => undefined) : usual()))
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'one')
  await world.pass(0)
  isLost = false
  void tracker.trackEvent('alice', 'two')
  await world.pass(2 * (2 * attemptTimeoutMs + 1_000))
  expect(world.api.log).toEqual(['alice:one', 'alice:two'])
  expect(tracker.stats()).toMatchObject({ accepted: 2, delivered: 2, pending: 0 })
})

test('an event that was lent and delivered before the outbox has said that it is stored is sent once, though its delivery could not be recorded', async () => {
  const told = Promise.withResolvers<void>()
  answering(outbox, 'append', async (usual) => {
    const fates = await usual()
    await told.promise
    return fates
  })
  let isFailing = true
  answering(outbox, 'settle', async (usual) => {
    if (isFailing) throw new Error('disk trouble')
    return usual()
  })
  const tracker = world.tracker({ outbox })
  const delivery = watch(tracker.trackEvent('alice', 'signup').settled())
  await world.pass(0)
  // Whoever looks for other work is lent it.
  void tracker.trackEvent('bob', 'signup')
  await world.pass(0)
  expect(delivery.value?.outcome).toBe('delivered')
  told.resolve()
  await world.pass(0)
  isFailing = false
  await world.pass(60_000)
  expect(world.api.log).toEqual(['alice:signup', 'bob:signup'])
  expect(outbox.pending).toEqual([])
})
