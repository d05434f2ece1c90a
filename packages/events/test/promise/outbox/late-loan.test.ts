import { afterEach, beforeEach, expect, test } from 'vitest'
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

test('a flush waits for an event that is due, though the outbox lends it only later', async () => {
  const lendsAt = world.clock.now() + 2_000
  answering(outbox, 'claim', (usual) => (world.clock.now() < lendsAt ? [] : usual()))
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'signup')
  const flush = watch(tracker.flush())
  await world.pass(1_000)
  expect(flush.state).toBe('open')
  await world.pass(30_000)
  expect([flush.state, flush.value?.delivered]).toEqual(['resolved', 1])
})

test('an event that is stored while the outbox looks for others is sent at once', async () => {
  const tracker = world.tracker({ outbox })
  void tracker.trackEvent('alice', 'first')
  await world.pass(0)
  const looked = Promise.withResolvers<void>()
  answering(outbox, 'claim', async (usual) => {
    const claims = await usual()
    await looked.promise
    return claims
  })
  void tracker.trackEvent('alice', 'second')
  await world.pass(0)
  looked.resolve()
  await world.pass(0)
  expect(world.api.log).toEqual(['alice:first', 'alice:second'])
})
