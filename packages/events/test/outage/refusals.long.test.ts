import { expect, test } from 'vitest'
import type { Arrival } from './support/api.ts'
import { day, hour, minute, type Process, second, World } from './support/world.ts'

const file = 'events.db'
const capMs = 30 * second

/** One event of the customer `bad` is answered with `status` for ever, all others are taken. */
const oneIs = (status: number) => (arrival: Arrival) =>
  arrival.event === 'poison' ? { status, headers: { location: 'https://example.com/' } } : 200

/** Tracks one event of another customer each minute, for so long. */
async function trickle(world: World, process: Process, ms: number, name = 'other'): Promise<void> {
  for (const end = world.now + ms; world.now < end;) {
    void process.tracker.trackEvent(`${name}${world.now % 7}`, `${name}-${world.now}`)
    await world.pass(minute)
  }
}

function requestsPerCustomer({ api }: World, since = 0): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { customer } of api.since(since)) counts.set(customer, (counts.get(customer) ?? 0) + 1)
  return counts
}

test.each([401, 402, 403, 404, 405, 407, 410, 501, 505, 511, 302, 304])(
  'one event that is refused with %i stops nobody, and its lane waits longer and longer',
  async (status) => {
    using world = new World(oneIs(status))
    const process = world.start({ file })
    const { tracker } = process
    void tracker.trackEvent('bad', 'poison')
    void tracker.trackEvent('bad', 'behind')
    for (let customer = 0; customer < 50; customer++) void tracker.trackEvent(`user${customer}`, 'x')
    await world.pass(5 * second)
    expect(tracker.stats()).toMatchObject({ accepted: 52, delivered: 50, pending: 2, dead: 0 })
    await trickle(world, process, 5 * minute)
    expect(tracker.stats()).toMatchObject({ delivered: 55, pending: 2, dead: 0 })
    // Half a second at first, half a minute in the end: with jitter twice as often as the cap says, at most.
    expect(world.api.requestsOf('bad', 'poison').length).toBeGreaterThan(5)
    expect(world.api.requestsOf('bad', 'poison').length).toBeLessThan(45)
    expect(world.api.requestsOf('bad', 'behind')).toEqual([])
    await process.stop()
  },
)

test.each([401, 403, 404])(
  'while everything is refused with %i few probes go, each of another lane; one delivery lets all go on',
  async (status) => {
    let isRefused = true
    using world = new World(() => (isRefused ? status : 200))
    const process = world.start({ file })
    const { tracker, told } = process
    for (const event of ['one', 'two', 'three']) {
      for (let customer = 0; customer < 50; customer++) void tracker.trackEvent(`user${customer}`, event)
    }
    await world.pass(hour)
    expect(tracker.stats()).toMatchObject({ accepted: 150, pending: 150, dead: 0 })
    expect(told.map((error) => [error.kept, (error as { status?: number }).status])).toEqual([[true, status]])
    const probes = world.api.arrivals.slice(32)
    expect(probes.length).toBeGreaterThan(100)
    expect(probes.length).toBeLessThan(200)
    const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index] as Arrival).at)
    // The cap, up to a tenth longer, and the time of an answer.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1.1 * capMs + second)
    const perCustomer = [...requestsPerCustomer(world).values()]
    expect(perCustomer).toHaveLength(50)
    expect(Math.max(...perCustomer) - Math.min(...perCustomer)).toBeLessThanOrEqual(2)
    isRefused = false
    await world.pass(2 * minute)
    expect(tracker.stats()).toMatchObject({ accepted: 150, delivered: 150 })
    expect([...world.api.delivered.values()]).toEqual(Array.from({ length: 50 }, () => ['one', 'two', 'three']))
    expect(told).toHaveLength(1)
    await process.stop()
  },
)

test('a second time when everything is refused is told again', async () => {
  let isRefused = true
  using world = new World(() => (isRefused ? 401 : 200))
  const process = world.start({ file })
  for (const phase of [1, 2]) {
    isRefused = true
    for (let customer = 0; customer < 5; customer++) void process.tracker.trackEvent(`user${customer}`, `${phase}`)
    await world.pass(3 * minute)
    expect(process.told).toHaveLength(phase)
    isRefused = false
    await world.pass(2 * minute)
    expect(process.tracker.stats()).toMatchObject({ delivered: 5 * phase, pending: 0 })
  }
  await process.stop()
})

test.each([401, 403])(
  'a tracker with one customer alone tells that %i refuses it, and goes on asking',
  async (status) => {
    let isRefused = true
    using world = new World(() => (isRefused ? status : 200))
    const process = world.start({ file })
    for (const event of ['one', 'two', 'three']) void process.tracker.trackEvent('only', event)
    await world.pass(hour)
    expect(process.told).toHaveLength(1)
    expect(process.tracker.stats()).toMatchObject({ pending: 3, dead: 0 })
    expect(world.api.arrivals.length).toBeGreaterThan(100)
    expect(world.api.arrivals.length).toBeLessThan(300)
    isRefused = false
    await world.pass(2 * minute)
    expect(world.api.delivered.get('only')).toEqual(['one', 'two', 'three'])
    await process.stop()
  },
)

test.each([401, 407])(
  'an event that is refused with %i for a day while others are delivered never dies',
  async (status) => {
    using world = new World(oneIs(status))
    const process = world.start({ file })
    void process.tracker.trackEvent('bad', 'poison')
    await trickle(world, process, hour)
    for (let half = 0; half < 2; half++) {
      await world.pass(day / 2)
      await trickle(world, process, 5 * minute)
    }
    expect(process.tracker.stats()).toMatchObject({ pending: 1, dead: 0 })
    await process.stop()
  },
)

test.each([402, 403, 404, 405, 410, 501, 505, 511, 302])(
  'an event alone in being refused with %i is a dead letter after a quarter of an hour, and its lane goes on',
  async (status) => {
    using world = new World(oneIs(status))
    const process = world.start({ file })
    const { tracker } = process
    void tracker.trackEvent('bad', 'poison')
    void tracker.trackEvent('bad', 'behind')
    await trickle(world, process, 14 * minute)
    expect(tracker.stats()).toMatchObject({ dead: 0, pending: 2 })
    await trickle(world, process, 4 * minute)
    expect(tracker.stats()).toEqual({ accepted: 20, delivered: 19, rejected: 0, dropped: 0, dead: 1, pending: 0 })
    expect(world.api.delivered.get('bad')).toEqual(['behind'])
    expect(await tracker.deadLetters()).toMatchObject([{ reason: 'refused', status, entry: { customerId: 'bad' } }])
    await process.stop()
  },
)

test.each(['stop', 'kill'] as const)('its refusals are counted over restarts by %s', async (way) => {
  using world = new World(oneIs(404))
  let current = 'events0.db'
  const first = world.start({ file: current })
  void first.tracker.trackEvent('bad', 'poison')
  void first.tracker.trackEvent('bad', 'behind')
  await trickle(world, first, 5 * minute)
  let process = first
  for (let restart = 1; restart <= 2; restart++) {
    const before = current
    if (way === 'kill') process.kill((current = `events${restart}.db`))
    else await process.stop()
    process = world.start({ file: way === 'kill' ? current : before })
    await trickle(world, process, 4 * minute)
    expect(process.tracker.stats()).toMatchObject({ dead: 0, pending: 2 })
  }
  await trickle(world, process, 5 * minute)
  expect(process.tracker.stats()).toMatchObject({ dead: 1, pending: 0 })
  expect(world.api.delivered.get('bad')).toEqual(['behind'])
  await process.stop()
})

test('a firewall that refuses everything for an hour kills nothing, over restarts neither', async () => {
  let isUp = true
  using world = new World(() => (isUp ? 200 : 403))
  let process = world.start({ file })
  await trickle(world, process, 3 * minute, 'before')
  isUp = false
  for (let half = 0; half < 2; half++) {
    await trickle(world, process, 30 * minute, `during${half}`)
    expect(process.tracker.stats().dead).toBe(0)
    await process.stop()
    process = world.start({ file })
    await world.until(process.tracker.start())
  }
  isUp = true
  await trickle(world, process, 20 * minute, 'after')
  await world.pass(2 * minute)
  expect(process.tracker.stats()).toMatchObject({ dead: 0, pending: 0 })
  expect([...world.api.delivered.values()].flat()).toHaveLength(83)
  await process.stop()
})

test('an outage in which refusals and failures take turns for an hour is few requests, and kills nothing', async () => {
  let n = 0
  const replies = [403, 500, 'refused', 404, 'silent', 502, 403] as const
  let isUp = false
  using world = new World(() => (isUp ? 200 : (replies[n++ % replies.length] ?? 500)))
  const process = world.start({ file })
  for (const event of ['one', 'two']) {
    for (let customer = 0; customer < 50; customer++) void process.tracker.trackEvent(`user${customer}`, event)
  }
  await world.pass(hour)
  expect(process.tracker.stats()).toMatchObject({ pending: 100, dead: 0 })
  expect(world.api.arrivals.length).toBeLessThan(400)
  isUp = true
  await world.pass(2 * minute)
  expect(process.tracker.stats()).toMatchObject({ delivered: 100 })
  await process.stop()
})

test.each([400, 409, 413, 414, 415, 422])(
  'an event that is answered with %i is a dead letter at once',
  async (status) => {
    using world = new World(oneIs(status))
    const process = world.start({ file })
    void process.tracker.trackEvent('bad', 'poison')
    void process.tracker.trackEvent('bad', 'behind')
    await world.pass(second)
    expect(process.tracker.stats()).toMatchObject({ delivered: 1, dead: 1, pending: 0 })
    expect(world.api.requestsOf('bad', 'poison')).toHaveLength(1)
    await process.stop()
  },
)

test('a 409 after the first attempt says that the event is still in progress there: it is tried again', async () => {
  using world = new World(({ attempt }) => [503, 409, 200][attempt - 1] ?? 200)
  const process = world.start({ file })
  const receipt = await world.until(process.tracker.trackEvent('user', 'x'))
  expect(receipt.attempts).toBe(3)
  await process.stop()
})
