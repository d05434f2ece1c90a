import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventTracker, type Outbox, OutboxError } from '../../src/index.ts'
import { hang, ok } from './support/api.ts'
import { answering, PlainOutbox } from './support/plain-outbox.ts'
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

const outboxes: readonly [string, () => Outbox][] = [
  ['a file', () => world.sqlite()],
  ['an outbox of somebody else', () => new PlainOutbox(() => world.clock.now())],
]

describe.each(outboxes)('with an id that %s knows as delivered,', (_kind, make) => {
  const details = { property: { amount: 1 }, id: 'order-1' }
  const refused = { outcome: 'rejected', error: { code: 'validation', issues: [{ path: 'id' }] } }

  test('a call with the same data is a duplicate, and one with other data is refused', async () => {
    const tracker = world.tracker({ outbox: make() })
    void tracker.trackEvent('alice', 'paid', details)
    await world.pass(0)
    const same = watch(tracker.trackEvent('alice', 'paid', details).settled())
    const others = [
      tracker.trackEvent('alice', 'paid', { ...details, property: { amount: 2 } }),
      tracker.trackEvent('alice', 'returned', details),
      tracker.identifyCustomer('alice', { name: 'Alice', email: 'a@b.c' }, { id: details.id }),
    ].map((delivery) => watch(delivery.settled()))
    await world.pass(0)
    expect(same.value).toMatchObject({ outcome: 'delivered', receipt: { duplicate: true } })
    for (const { value } of others) expect(value).toMatchObject(refused)
    expect(world.api.log).toEqual(['alice:paid'])
    expect(tracker.stats()).toMatchObject({ accepted: 5, delivered: 2, rejected: 3, pending: 0 })
  })

  test('a call with other data is refused while the outbox could not take note of the delivery', async () => {
    const outbox = make()
    answering(outbox, 'settle', () => Promise.reject(new OutboxError('io', 'the disk failed')))
    const tracker = world.tracker({ outbox })
    const first = watch(tracker.trackEvent('alice', 'paid', details).settled())
    await world.pass(5_000)
    expect(first.value).toMatchObject({ outcome: 'delivered' })
    const same = watch(tracker.trackEvent('alice', 'paid', details).settled())
    const other = watch(tracker.trackEvent('alice', 'returned', details).settled())
    await world.pass(0)
    expect(same.value).toMatchObject({ outcome: 'delivered', receipt: { duplicate: true } })
    expect(other.value).toMatchObject(refused)
    expect(world.api.log).toEqual(['alice:paid'])
  })
})

describe('with an id that an earlier process has stored,', () => {
  const details = { property: { amount: 1 }, id: 'order-1' }

  async function left(): Promise<void> {
    world.api.way = hang
    const earlier = world.durable()
    void earlier.trackEvent('alice', 'paid', details)
    await world.pass(0)
    void earlier.shutdown({ timeoutMs: 0 })
    await world.pass(0)
    world.api.log.length = 0
    world.api.way = ok
  }

  const ways: readonly [string, (tracker: EventTracker) => Promise<unknown>][] = [
    ['while the outbox is opened', () => Promise.resolve()],
    ['once it is open', (tracker) => tracker.start()],
  ]

  test.each(ways)(
    'a call %s shares its end with the same data, and is refused with other data',
    async (_when, before) => {
      await left()
      const tracker = world.durable()
      world.api.way = hang
      await before(tracker)
      const others = [
        tracker.trackEvent('alice', 'returned', details),
        tracker.identifyCustomer('alice', { name: 'Alice', email: 'a@b.c' }, { id: details.id }),
      ].map((delivery) => watch(delivery.settled()))
      await world.pass(0)
      const same = watch(tracker.trackEvent('alice', 'paid', details).settled())
      await world.pass(0)
      world.api.last('paid').answer(200)
      await world.pass(0)
      for (const { value } of others) {
        expect(value).toMatchObject({ outcome: 'rejected', error: { code: 'validation', issues: [{ path: 'id' }] } })
      }
      expect(same.value).toMatchObject({ outcome: 'delivered', receipt: { attempts: 1 } })
      expect(world.api.log).toEqual(['alice:paid'])
      expect(tracker.stats()).toMatchObject({ accepted: 3, delivered: 1, rejected: 2, pending: 0 })
    },
  )

  test('a call with other data is refused though what is there is lent before the call is stored', async () => {
    await left()
    const outbox = world.sqlite()
    answering(outbox, 'append', () => Promise.reject(new OutboxError('busy', 'somebody has it locked')))
    const tracker = world.tracker({ outbox })
    const other = watch(tracker.trackEvent('alice', 'returned', details).settled())
    await world.pass(0)
    expect(other.value).toMatchObject({ outcome: 'rejected', error: { code: 'validation', issues: [{ path: 'id' }] } })
    expect(world.api.log).toEqual(['alice:paid'])
    expect(tracker.stats()).toMatchObject({ accepted: 2, delivered: 1, rejected: 1, pending: 0 })
  })

  test('whoever is told of such a refusal may repeat the call that is there', async () => {
    await left()
    const outbox = world.sqlite()
    answering(outbox, 'append', () => Promise.reject(new OutboxError('busy', 'somebody has it locked')))
    let same: ReturnType<typeof watch<{ outcome: string }>> | undefined
    const repeat = () => (same ??= watch(tracker.trackEvent('alice', 'paid', details).settled()))
    const tracker = world.tracker({ outbox, onError: repeat })
    void tracker.trackEvent('alice', 'returned', details)
    await world.pass(0)
    expect(same?.value?.outcome).toBe('delivered')
    expect(world.api.log).toEqual(['alice:paid'])
    expect(tracker.stats()).toMatchObject({ accepted: 2, delivered: 1, rejected: 1, pending: 0 })
  })
})
