import { afterEach, beforeEach, expect, test } from 'vitest'
import { rest, watch } from './support/rest.ts'
import { attemptTimeoutMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

test('a token that comes when the time of its attempt is up sends nothing', async () => {
  const token = Promise.withResolvers<string>()
  const tracker = world.tracker({ token: () => token.promise })
  const delivery = watch(tracker.trackEvent('alice', 'signup', { maxRetries: 0 }).settled())
  await rest()
  // In the turn after the one in which the timer rings: the attempt has not been cut yet.
  await world.clock.pass(attemptTimeoutMs, () => new Promise((next) => setImmediate(next)))
  token.resolve('radioactive')
  await rest()
  expect(delivery.value).toMatchObject({ outcome: 'rejected', error: { code: 'connection' } })
  expect(world.api.log).toEqual([])
})
