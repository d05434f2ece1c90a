import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Settlement } from '../../src/index.ts'
import { busy, ok } from './support/api.ts'
import { watch, type Watched } from './support/rest.ts'
import { maxDeliveryMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const hour = 3_600_000

test.each([
  ['a minute', 60_000],
  ['an hour', hour],
])('a customer’s event that failed for good costs the one that is tracked %s later no attempt', async (_, laterMs) => {
  world.api.way = (call) => call.answer(500)
  const tracker = world.tracker()
  const failed = watch(tracker.trackEvent('alice', 'failed').settled())
  await world.pass(2 * maxDeliveryMs)
  expect(failed.value).toMatchObject({ outcome: 'rejected', error: { code: 'timeout' } })
  await world.pass(laterMs)
  const later = watch(tracker.trackEvent('alice', 'later').settled())
  await world.pass(maxDeliveryMs / 2)
  world.api.way = ok
  await world.pass(maxDeliveryMs / 2)
  expect(later.value?.outcome).toBe('delivered')
})

test('an event that is tracked anew under its id, by a hook that is told of another end, is delivered', async () => {
  world.api.way = busy
  let anew: Watched<Settlement> | undefined
  const tracker = world.tracker({
    onError: (_error, { customerId }) => {
      if (customerId !== 'alice') return
      void tracker.forget('bob')
      anew = watch(tracker.trackEvent('bob', 'paid', { id: 'order-2' }).settled())
    },
  })
  void tracker.trackEvent('alice', 'paid', { id: 'order-1', maxDeliveryMs: 1_000 })
  void tracker.trackEvent('bob', 'paid', { id: 'order-2', maxDeliveryMs: 1_000 })
  await world.pass(1_000)
  world.api.way = ok
  await world.pass(maxDeliveryMs)
  expect(anew?.value?.outcome).toBe('delivered')
  expect(tracker.stats()).toMatchObject({ accepted: 3, delivered: 1, rejected: 1, dropped: 1, pending: 0 })
})
