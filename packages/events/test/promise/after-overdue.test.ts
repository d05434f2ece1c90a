import { afterEach, beforeEach, expect, test } from 'vitest'
import { ok } from './support/api.ts'
import { watch } from './support/rest.ts'
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
