import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventTracker } from '../../../src/index.ts'
import { hang } from '../support/api.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const kinds: readonly [string, () => EventTracker][] = [
  ['memory', () => world.tracker()],
  ['a file', () => world.durable()],
]

test.each(kinds)(
  'a request that hangs does not hold the process once its customer is erased, from %s',
  async (_, make) => {
    world.api.way = hang
    const tracker = make()
    void tracker.trackEvent('alice', 'signup')
    await world.pass(0)
    expect(world.api.log).toEqual(['alice:signup'])
    const forgotten = tracker.forget('alice')
    await world.pass(0)
    expect(await forgotten).toBe(1)
    expect(world.api.last('signup').signal?.aborted).toBe(true)
    expect(world.clock.holding).toBe(0)
    expect(tracker.stats()).toMatchObject({ dropped: 1, pending: 0 })
  },
)
