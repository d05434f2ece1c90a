import { afterEach, beforeEach, expect, test } from 'vitest'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { World } from '../support/world.ts'

let world: World
let outbox: PlainOutbox

beforeEach(() => {
  world = new World()
  outbox = new PlainOutbox(() => world.clock.now())
})
afterEach(() => world[Symbol.asyncDispose]())

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
