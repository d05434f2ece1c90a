import { siteUrl } from '@obsidianlaunch/testkit/pages'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Outbox } from '../../../src/index.ts'
import { hang, ok } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { maxDeliveryMs, World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

function plain(): PlainOutbox {
  return new PlainOutbox(() => world.clock.now())
}

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }

const kinds: readonly [string, () => Outbox][] = [
  ['a file', () => world.sqlite()],
  ['an outbox of somebody else', plain],
]

/** As many looks fail as are given. */
function failing(outbox: Outbox, times: number): void {
  let failures = times
  answering(outbox, 'counts', async (usual) => {
    if (failures-- > 0) throw new Error('disk trouble')
    return usual()
  })
}

describe.each(kinds)('when the first look into %s fails,', (_kind, make) => {
  test.each([1, 2, 3])('%i times, beside events that are stored, nothing is counted twice', async (times) => {
    const outbox = make()
    failing(outbox, times)
    const tracker = world.tracker({ outbox })
    world.api.way = hang
    for (let n = 0; n < 5; n++) void tracker.trackEvent(`user${n}`, 'x')
    await world.pass(0)
    for (let n = 0; n < times; n++) {
      void tracker.start()
      await world.pass(0)
    }
    for (let n = 0; n < 5; n++) void tracker.trackEvent(`user${n}`, 'y')
    expect(tracker.stats()).toEqual({ ...none, accepted: 10, pending: 10 })
    world.api.way = ok
    for (const call of world.api.calls) call.answer(200)
    const flush = watch(tracker.flush())
    await world.pass(maxDeliveryMs)
    expect(flush.value).toEqual({ ...none, accepted: 10, delivered: 10 })
  })

  test('what waits there from before is counted once all the same', async () => {
    const before = make()
    const first = world.tracker({ outbox: before })
    world.api.way = hang
    for (const customer of ['alice', 'bob']) void first.trackEvent(customer, 'before')
    await world.pass(0)
    const closing = watch(first.shutdown({ timeoutMs: 0 }))
    await world.pass(0)
    expect(closing.value).toEqual({ ...none, accepted: 2, pending: 2 })
    const outbox = before instanceof PlainOutbox ? again(before) : world.sqlite()
    failing(outbox, 1)
    world.api.way = ok
    const tracker = world.tracker({ outbox })
    for (const customer of ['alice', 'carol']) void tracker.trackEvent(customer, 'new')
    await world.pass(maxDeliveryMs)
    void tracker.start()
    await world.pass(maxDeliveryMs)
    expect(tracker.stats()).toEqual({ ...none, accepted: 4, delivered: 4 })
  })

  test('a flush and a shutdown beside it keep their deadlines', async () => {
    const outbox = make()
    failing(outbox, Infinity)
    const tracker = world.tracker({ outbox })
    void tracker.trackEvent('alice', 'x')
    const waits = [watch(tracker.flush({ timeoutMs: 100 })), watch(tracker.shutdown({ timeoutMs: 200 }))]
    await world.pass(200)
    expect(waits.map(({ state }) => state)).toEqual(['resolved', 'resolved'])
  })
})

/** The outbox as another process would find it. */
function again({ pending }: PlainOutbox): PlainOutbox {
  const outbox = plain()
  for (const { entry } of pending) outbox.keep(entry)
  return outbox
}

test.each([false, true])(
  'events that were stored while the first look was on its way are counted once (%s)',
  async (isCounted) => {
    const outbox = plain()
    answering(outbox, 'counts', async (usual) => {
      const counts = isCounted ? undefined : await usual()
      await new Promise((next) => setTimeout(next, 0))
      return counts ?? usual()
    })
    const tracker = world.tracker({ outbox })
    void tracker.trackEvent('alice', 'x')
    await world.pass(0)
    const flush = watch(tracker.flush())
    await expect.poll(() => flush.state).toBe('resolved')
    expect(flush.value).toEqual({ ...none, accepted: 1, delivered: 1 })
  },
)

/** Fails while told to, as a disk does that comes and goes. */
function flaky(outbox: Outbox, method: 'claim' | 'dueInMs' | 'settle' | 'counts'): { isDown: boolean } {
  const state = { isDown: false }
  answering(outbox, method, async (usual: () => unknown) => {
    if (state.isDown) throw new Error('disk trouble')
    return usual()
  })
  return state
}

describe.each(kinds)('trouble with %s', (_kind, make) => {
  test.each(['claim', 'dueInMs', 'settle'] as const)('in %s is told once each time that it comes', async (method) => {
    const outbox = make()
    const disk = flaky(outbox, method)
    const tracker = world.tracker({ outbox })
    const told: number[] = []
    for (let spell = 0; spell < 3; spell++) {
      disk.isDown = true
      for (let n = 0; n < 5; n++) void tracker.trackEvent(`user${n}`, `x${spell}`)
      await world.pass(1_000)
      told.push(world.logged.length)
      disk.isDown = false
      for (let n = 0; n < 5; n++) void tracker.trackEvent(`user${n}`, `y${spell}`)
      await world.pass(maxDeliveryMs)
      expect(tracker.stats().pending).toBe(0)
    }
    expect(told).toEqual([1, 2, 3])
    expect(world.logged).toEqual(
      world.logged.map(() => `OutboxError: The outbox failed: disk trouble. See ${siteUrl}errors/outbox/`),
    )
  })

  test('in its first look is told once each time that it comes', async () => {
    const outbox = make()
    const disk = flaky(outbox, 'counts')
    disk.isDown = true
    const tracker = world.tracker({ outbox })
    for (let n = 0; n < 3; n++) {
      void tracker.start()
      await world.pass(maxDeliveryMs)
    }
    expect(world.logged).toHaveLength(1)
    disk.isDown = false
    const claims = flaky(outbox, 'claim')
    void tracker.trackEvent('alice', 'x')
    await world.pass(maxDeliveryMs)
    expect(tracker.stats().delivered).toBe(1)
    claims.isDown = true
    void tracker.trackEvent('alice', 'y')
    await world.pass(maxDeliveryMs)
    expect(world.logged).toHaveLength(2)
  })
})
