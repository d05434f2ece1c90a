import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EventTracker } from '../../src/index.ts'
import { hang, ok } from './support/api.ts'
import { PlainOutbox } from './support/plain-outbox.ts'
import { watch } from './support/rest.ts'
import { World } from './support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

const kinds: readonly [string, () => EventTracker][] = [
  ['in memory', () => world.tracker()],
  ['in a file', () => world.durable()],
  ['in an outbox of somebody else', () => world.tracker({ outbox: new PlainOutbox(() => world.clock.now()) })],
]

describe.each(kinds)('%s, while an event is on its way,', (_kind, make) => {
  test.each(['at once', 'later'])(
    'its id with other data is refused %s, and with the same shares its end',
    async (when) => {
      world.api.way = hang
      const tracker = make()
      const details = { property: { amount: 1 }, id: 'order-1' }
      const first = watch(tracker.trackEvent('alice', 'paid', details).settled())
      if (when === 'later') await world.pass(0)
      const same = watch(tracker.trackEvent('alice', 'paid', details).settled())
      const others = [
        tracker.trackEvent('alice', 'paid', { ...details, property: { amount: 2 } }),
        tracker.trackEvent('alice', 'returned', details),
      ].map((delivery) => watch(delivery.settled()))
      const elsewhere = watch(tracker.trackEvent('bob', 'paid', { ...details, property: { amount: 2 } }).settled())
      await world.pass(0)
      for (const { value } of others) {
        expect(value).toMatchObject({ outcome: 'rejected', error: { code: 'validation', issues: [{ path: 'id' }] } })
      }
      for (const call of world.api.calls) call.answer(200)
      world.api.way = ok
      await world.pass(0)
      expect([first, same, elsewhere].map(({ value }) => value?.outcome)).toEqual(Array(3).fill('delivered'))
      expect(tracker.stats()).toMatchObject({ accepted: 4, delivered: 2, rejected: 2, pending: 0 })
      expect(world.api.log.toSorted()).toEqual(['alice:paid', 'bob:paid'])
    },
  )
})

test.each(kinds)('%s, an event may be sent again under the id that its first call was given', async (_kind, make) => {
  world.api.way = hang
  const tracker = make()
  const first = tracker.trackEvent('alice', 'paid', { property: { amount: 1 } })
  await world.pass(0)
  const again = watch(tracker.trackEvent('alice', 'paid', { property: { amount: 1 }, id: first.id }).settled())
  await world.pass(0)
  world.api.last('paid').answer(200)
  await world.pass(0)
  expect(again.value).toMatchObject({ outcome: 'delivered', receipt: { id: first.id, attempts: 1 } })
  expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, pending: 0 })
})
