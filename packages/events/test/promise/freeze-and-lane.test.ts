import { afterEach, beforeEach, expect, test } from 'vitest'
import { ok } from './support/api.ts'
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
