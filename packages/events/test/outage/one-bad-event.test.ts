import { expect, test } from 'vitest'
import type { Reply } from './support/api.ts'
import { minute, type Process, second, World } from './support/world.ts'

const others = 20

/** Each other customer does something every ten seconds, for so long. */
async function live(world: World, { tracker }: Process, ms: number): Promise<void> {
  for (const end = world.now + ms; world.now < end;) {
    for (let customer = 0; customer < others; customer++) void tracker.trackEvent(`user${customer}`, `at${world.now}`)
    await world.pass(10 * second)
  }
}

const othersDelivered = ({ api }: World) =>
  Array.from({ length: others }, (_, n) => api.delivered.get(`user${n}`)?.length ?? 0).reduce((sum, n) => sum + n)

test.each<Reply>([500, 503, 'silent'])(
  'an event in memory that fails for ever (%s) costs its own lane five minutes, and nobody else anything',
  async (reply) => {
    using world = new World(({ event }) => (event === 'poison' ? reply : 200))
    const process = world.start()
    const poison = process.tracker.trackEvent('bad', 'poison')
    const behind = ['one', 'two'].map((event) => process.tracker.trackEvent('bad', event))
    await live(world, process, 4 * minute + 50 * second)
    expect(world.api.requestsOf('bad', 'one')).toEqual([])
    expect(process.tracker.stats()).toMatchObject({ rejected: 0, delivered: 29 * others, pending: 3 })
    await live(world, process, minute)
    expect(await world.until(poison.settled())).toMatchObject({ outcome: 'rejected' })
    for (const delivery of behind) expect(await world.until(delivery.settled())).toMatchObject({ outcome: 'delivered' })
    expect(othersDelivered(world)).toBe(35 * others)
    await process.stop()
  },
)

test('those behind it get one attempt each, until one of their lane is settled', async () => {
  using world = new World(({ event, attempt }) => {
    if (['poison', 'one', 'two'].includes(event)) return 500
    return event === 'four' && attempt < 4 ? 500 : 200
  })
  const process = world.start()
  const events = ['poison', 'one', 'two', 'three', 'four', 'five']
  const deliveries = events.map((event) => process.tracker.trackEvent('bad', event))
  await live(world, process, 7 * minute)
  const ends = await Promise.all(deliveries.map((delivery) => world.until(delivery.settled())))
  expect(ends.map(({ outcome }) => outcome)).toEqual([
    'rejected',
    'rejected',
    'rejected',
    'delivered',
    'delivered',
    'delivered',
  ])
  const attempts = events.map((event) => world.api.requestsOf('bad', event).length)
  expect(attempts.slice(1)).toEqual([1, 1, 1, 4, 1])
  expect(attempts[0]).toBeGreaterThan(10)
  await process.stop()
})

test('an event that is tracked behind one that fails has its five minutes from its own first attempt', async () => {
  using world = new World(({ event, attempt }) => (event === 'poison' || (event === 'late' && attempt < 6) ? 500 : 200))
  const process = world.start()
  void process.tracker.trackEvent('bad', 'poison')
  void process.tracker.trackEvent('bad', 'fine')
  const late = process.tracker.trackEvent('bad', 'late')
  await live(world, process, 8 * minute)
  expect(await world.until(late.settled())).toMatchObject({ outcome: 'delivered' })
  await process.stop()
})

const failures: Reply[] = [
  500,
  503,
  429,
  408,
  'refused',
  'no name',
  'silent',
  { status: 503, headers: { 'retry-after': '2' } },
]

test.each(failures)('with maxRetries each attempt counts, whatever failed: %j', async (reply) => {
  using world = new World(() => reply)
  const process = world.start({ maxRetries: 2 })
  const deliveries = Array.from({ length: 4 }, (_, n) => process.tracker.trackEvent(`user${n}`, 'x'))
  for (const delivery of deliveries) expect((await world.until(delivery.settled())).outcome).toBe('rejected')
  const attempts = deliveries.map((_, n) => world.api.requestsOf(`user${n}`).length)
  expect(attempts).toEqual([3, 3, 3, 3])
  await process.stop()
})

test('with maxRetries a token function that fails is an attempt, too', async () => {
  using world = new World(() => 200)
  let asked = 0
  const token = () => {
    asked++
    throw new Error('no token')
  }
  const process = world.start({ token, maxRetries: 2 })
  const { outcome } = await world.until(process.tracker.trackEvent('user', 'x').settled())
  expect([outcome, asked]).toEqual(['rejected', 3])
  await process.stop()
})

test('maxRetries of a single call counts for that call alone', async () => {
  using world = new World(({ event }) => (event === 'impatient' ? 500 : 200))
  const process = world.start()
  const impatient = process.tracker.trackEvent('user', 'impatient', { maxRetries: 1 })
  await expect(world.until(impatient)).rejects.toMatchObject({ status: 500 })
  expect(world.api.requestsOf('user', 'impatient')).toHaveLength(2)
  await process.stop()
})

test('with maxRetries: 0 a new token is no reason for a second request', async () => {
  using world = new World(() => 401)
  let tokens = 0
  const process = world.start({ token: () => `radioactive-${tokens++}`, maxRetries: 0 })
  await expect(world.until(process.tracker.trackEvent('user', 'x'))).rejects.toMatchObject({ status: 401 })
  expect(world.api.arrivals).toHaveLength(1)
  await process.stop()
})

test('without maxRetries a new token is tried once', async () => {
  using world = new World(() => 401)
  let tokens = 0
  const process = world.start({ token: () => `radioactive-${tokens++}` })
  await expect(world.until(process.tracker.trackEvent('user', 'x'))).rejects.toMatchObject({ status: 401 })
  expect(world.api.arrivals).toHaveLength(2)
  await process.stop()
})
