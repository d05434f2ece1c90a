import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventTracker, Settlement, TrackerOptions } from '../../../src/index.ts'
import { hang, ok } from '../support/api.ts'
import { answering, PlainOutbox } from '../support/plain-outbox.ts'
import { rest, watch } from '../support/rest.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

type Make = (options?: TrackerOptions) => EventTracker

const none = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }

/** Tells whether an event that met an erasure came to a proper end: erased and told so, or kept, sent and told that. */
function isConsistent([settlement, sent]: [Settlement | undefined, number]): boolean {
  if (settlement?.outcome === 'delivered') return sent === 1
  return (
    settlement?.outcome === 'dropped' && 'error' in settlement && settlement.error.code === 'cancelled' && sent === 0
  )
}

/** Lets `turns` turns of the event loop pass, or as many microtasks. */
async function turn(kind: 'turns' | 'microtasks', count: number): Promise<void> {
  for (let n = 0; n < count; n++) await (kind === 'turns' ? new Promise<void>((next) => setImmediate(next)) : undefined)
}

const moments = (['turns', 'microtasks'] as const).flatMap((kind) =>
  Array.from({ length: 13 }, (_, count): [number, typeof kind] => [count, kind]),
)

/** Answers an erasure five turns after it was carried out, as a network does. */
const slow: Make = (options) => {
  const outbox = new PlainOutbox(() => world.clock.now())
  answering(outbox, 'forget', async (usual) => {
    const erased = await usual()
    await turn('turns', 5)
    return erased
  })
  return world.tracker({ outbox, ...options })
}

const plain: Make = (options) => world.tracker({ outbox: new PlainOutbox(() => world.clock.now()), ...options })
const kinds: readonly [string, Make][] = [
  ['in memory', (options) => world.tracker(options)],
  ['in a file', (options) => world.durable(options)],
  ['in an outbox of somebody else', plain],
  ['in an outbox that answers late', slow],
]

describe.each(kinds)('%s, an event', (_kind, make) => {
  test.each(moments)(
    'tracked %i %s after an erasure was asked for is erased or sent, and told so',
    async (count, unit) => {
      const tracker = make()
      const before = watch(tracker.trackEvent('alice', 'before').settled())
      await rest()
      expect(before.state).toBe('resolved')
      const forgetting = watch(tracker.forget('alice'))
      await turn(unit, count)
      const ids = [undefined, 'job-1']
      const during = ids.map((id) => watch(tracker.trackEvent('alice', `during ${id}`, id ? { id } : {}).settled()))
      const other = watch(tracker.trackEvent('bob', 'other').settled())
      await world.pass(0)
      expect(forgetting.state).toBe('resolved')
      expect(other.value?.outcome).toBe('delivered')
      for (const [at, id] of ids.entries()) {
        const sent = world.api.log.filter((line) => line === `alice:during ${id}`).length
        expect([during[at]?.value, sent]).toSatisfy(isConsistent)
      }
      const shutdown = watch(tracker.shutdown({ timeoutMs: 0 }))
      await world.pass(0)
      const delivered = [before, other, ...during].filter(({ value }) => value?.outcome === 'delivered').length
      expect(shutdown.value).toEqual({ ...none, accepted: 4, delivered, dropped: 4 - delivered })
    },
  )

  test.each(moments)(
    'tracked %i %s before an erasure is asked for is erased or sent, and told so',
    async (count, unit) => {
      const tracker = make()
      const delivery = watch(tracker.trackEvent('alice', 'x', { id: 'job-1' }).settled())
      await turn(unit, count)
      const forgetting = watch(tracker.forget('alice'))
      await world.pass(0)
      expect(forgetting.state).toBe('resolved')
      const isDelivered = delivery.value?.outcome === 'delivered'
      // What was on its way may have arrived all the same.
      expect(world.api.log.length).toBeLessThanOrEqual(1)
      expect(delivery.value?.outcome).toBe(isDelivered ? 'delivered' : 'dropped')
      const ended = { delivered: Number(isDelivered), dropped: Number(!isDelivered) }
      expect(tracker.stats()).toEqual({ ...none, accepted: 1, ...ended })
    },
  )

  test.each(moments)('answered %i %s after an erasure was asked for has one end', async (count, unit) => {
    world.api.way = hang
    const tracker = make()
    const delivery = watch(tracker.trackEvent('alice', 'x', { id: 'job-1' }).settled())
    await rest()
    world.api.way = ok
    void tracker.forget('alice')
    await turn(unit, count)
    world.api.last('x').answer(200)
    await world.pass(0)
    const isDelivered = delivery.value?.outcome === 'delivered'
    expect(delivery.value?.outcome).toBe(isDelivered ? 'delivered' : 'dropped')
    const again = watch(tracker.trackEvent('alice', 'y', { id: 'job-1' }))
    const flush = watch(tracker.flush())
    await world.pass(0)
    expect([again.state, flush.value?.pending, flush.value?.accepted]).toEqual(['resolved', 0, 2])
    // What was erased is not remembered either.
    expect(world.api.log.length).toBeGreaterThanOrEqual(isDelivered ? 1 : 2)
  })

  test.each(moments)(
    'that is dead and replayed %i %s after an erasure was asked for is erased or sent',
    async (count, unit) => {
      world.api.way = (call) => call.answer(400)
      const tracker = make()
      const delivery = watch(tracker.trackEvent('alice', 'x').settled())
      await rest()
      const letters = watch(tracker.deadLetters())
      await rest()
      world.api.way = ok
      const ended = delivery.value?.outcome === 'dead' ? 'dead' : 'rejected'
      const forgetting = watch(tracker.forget('alice'))
      await turn(unit, count)
      const replayed = watch(tracker.replay((letters.value ?? []).map(({ id }) => id)))
      await world.pass(0)
      expect([forgetting.state, replayed.state]).toEqual(['resolved', 'resolved'])
      const { delivered, dropped, ...others } = tracker.stats()
      const erased = Number(ended === 'dead')
      expect(others).toEqual({ accepted: 1, rejected: 1 - erased, dead: 0, pending: 0 })
      expect(delivered + dropped).toBe(erased)
      // What was on its way may have arrived all the same.
      expect(delivered).toBeLessThanOrEqual(world.api.log.length - 1)
    },
  )
})
