import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EventTracker } from '../../src/index.ts'
import { hang, ok } from './support/api.ts'
import { rest, watch } from './support/rest.ts'
import { attemptTimeoutMs, maxDeliveryMs, World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const kinds: readonly [string, () => EventTracker][] = [
  ['memory', () => world.tracker()],
  ['a file', () => world.durable()],
]

/** Other work keeps the process from looking at its timers for most of the time. */
async function stall(ms: number): Promise<void> {
  for (const end = world.clock.now() + ms; world.clock.now() < end;) {
    await world.pass(attemptTimeoutMs - 2_000)
    await world.clock.oversleep(attemptTimeoutMs, rest)
  }
}

test.each(kinds)(
  'in a process that stalls again and again a request that hangs is made again, from %s',
  async (_, make) => {
    world.api.way = hang
    const delivery = watch(make().trackEvent('alice', 'signup').settled())
    await world.pass(0)
    await stall(maxDeliveryMs)
    expect(world.api.log.length).toBeGreaterThan(1)
    world.api.way = ok
    await stall(maxDeliveryMs)
    expect(delivery.value).toMatchObject({ outcome: 'delivered' })
  },
)

test.each(kinds)(
  'in a process that stalls again and again an event waits no longer than its budget, in %s',
  async (_, make) => {
    world.api.way = hang
    const delivery = watch(make().trackEvent('alice', 'signup').settled())
    await world.pass(0)
    await stall(10 * maxDeliveryMs)
    expect(delivery.value).toMatchObject({ error: { code: 'timeout' } })
  },
)
