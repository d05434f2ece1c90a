import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationError, type Outbox } from '../../../src/index.ts'
import { PlainOutbox } from '../support/plain-outbox.ts'
import { watch } from '../support/rest.ts'
import { World } from '../support/world.ts'

let world: World

beforeEach(() => {
  world = new World()
})
afterEach(() => world[Symbol.asyncDispose]())

/** Outboxes that may be given as an option. */
const outboxes: readonly [string, () => Outbox][] = [
  ['of a file', () => world.sqlite()],
  ['of somebody else', () => new PlainOutbox(() => world.clock.now())],
]

test.each(outboxes)('an outbox %s belongs to one tracker', async (_kind, make) => {
  const outbox = make()
  const tracker = world.tracker({ outbox })
  expect(() => world.tracker({ outbox })).toThrow(ConfigurationError)
  // The first one does not mind.
  const delivery = watch(tracker.trackEvent('alice', 'x'))
  await world.pass(0)
  expect(delivery.state).toBe('resolved')
})

test.each(outboxes)('an outbox %s that was closed is not taken again', async (_kind, make) => {
  const outbox = make()
  const closing = watch(world.tracker({ outbox }).shutdown())
  await world.pass(0)
  expect(closing.state).toBe('resolved')
  expect(() => world.tracker({ outbox })).toThrow(ConfigurationError)
})

test('a constructor that refuses its other options leaves the outbox free', async () => {
  const outbox = world.sqlite()
  expect(() => world.tracker({ outbox, concurrency: 0 })).toThrow(ConfigurationError)
  expect(() => world.tracker({ outbox, token: ' ' })).toThrow(ConfigurationError)
  const delivery = watch(world.tracker({ outbox }).trackEvent('alice', 'x'))
  await world.pass(0)
  expect(delivery.state).toBe('resolved')
})

test('two outboxes on one file are two: the second tracker is told that the file is in use', async () => {
  const first = world.durable()
  const second = world.tracker({ outbox: world.sqlite({ ownerTimeoutMs: 0 }) })
  const deliveries = [first, second].map((tracker) => watch(tracker.trackEvent('alice', 'x')))
  await world.pass(0)
  expect(deliveries.map(({ state }) => state)).toEqual(['resolved', 'rejected'])
  expect(deliveries[1]?.error).toBeInstanceOf(ConfigurationError)
})

test.each(outboxes)('beside an outbox %s that is durable the queue drops nothing', (_kind, make) => {
  for (const overflow of ['drop-oldest', 'drop-newest'] as const) {
    expect(() => world.tracker({ outbox: make(), queue: { overflow } })).toThrow(/overflow/)
    expect(() => world.tracker({ outbox: make(), queue: { overflow } })).toThrow(ConfigurationError)
  }
  expect(() => world.tracker({ outbox: make(), queue: { overflow: 'reject' } })).not.toThrow()
})

test('beside an outbox that is not durable, and in memory, the queue may drop', () => {
  for (const overflow of ['drop-oldest', 'drop-newest'] as const) {
    const outbox = Object.assign(new PlainOutbox(() => world.clock.now()), { durable: false })
    expect(() => world.tracker({ outbox, queue: { overflow } })).not.toThrow()
    expect(() => world.tracker({ queue: { overflow } })).not.toThrow()
  }
})

test.each([10, 100])(
  'an outbox that stores nothing admits %i events and no more, and refuses the others',
  async (most) => {
    const outbox = new PlainOutbox(() => world.clock.now())
    outbox.append = () => new Promise(() => undefined)
    const tracker = world.tracker({ outbox, queue: { maxEvents: most } })
    const deliveries = Array.from({ length: 1_000 }, (_, n) => watch(tracker.trackEvent('alice', `x${n}`).settled()))
    await world.pass(0)
    expect(tracker.stats()).toMatchObject({ accepted: 1_000, pending: most, dropped: 1_000 - most })
    const refused = deliveries.filter(({ value }) => value !== undefined && 'error' in value)
    expect(refused).toHaveLength(1_000 - most)
    expect(refused.map(({ value }) => value)).toEqual(
      refused.map(() => expect.objectContaining({ error: expect.objectContaining({ code: 'queue_full' }) })),
    )
  },
)
