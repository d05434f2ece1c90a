import { expect, test } from 'vitest'
import type { Reply } from './support/api.ts'
import { hour, minute, type Process, second, World } from './support/world.ts'

/** Longer than `maxDeliveryMs`. */
const frozenMs = hour

for (const kept of ['memory', 'SQLite'] as const) {
  const start = (world: World): Process => world.start(kept === 'memory' ? {} : { file: 'events.db' })

  test(`an event in ${kept} that waits for its retry while the process is frozen gets one more attempt`, async () => {
    using world = new World(({ attempt }) => (attempt === 1 ? 503 : 200))
    const process = start(world)
    const deliveries = ['a', 'b', 'c'].map((customer) => process.tracker.trackEvent(customer, 'x'))
    await world.pass(24)
    await world.freeze(frozenMs)
    for (const delivery of deliveries) expect((await world.until(delivery, second)).attempts).toBe(2)
    await process.stop()
  })

  test(`a freeze that begins long before the budget of an event in ${kept} ends leaves it one more attempt`, async () => {
    using world = new World(({ attempt }) => (attempt === 1 ? { status: 503, headers: { 'retry-after': '30' } } : 200))
    const file = kept === 'memory' ? {} : { file: 'events.db' }
    // The next timer is the one that tells the end of the budget.
    const process = world.start({ ...file, maxDeliveryMs: 5 * second })
    const delivery = process.tracker.trackEvent('a', 'x')
    await world.pass(second)
    await world.freeze(frozenMs)
    expect((await world.until(delivery, second)).attempts).toBe(2)
    await process.stop()
  })

  test(`events in ${kept} that wait for their first attempt while the process is frozen are all tried`, async () => {
    using world = new World(({ customer, event }) => (customer === 'a' && event === 'x0' ? 'silent' : 200))
    const process = start(world)
    const behind = Array.from({ length: 20 }, (_, n) => process.tracker.trackEvent('a', `x${n}`)).slice(1)
    await world.pass(second)
    await world.freeze(frozenMs)
    // The first one is given up in the end, or answered: those behind it are delivered then.
    world.api.script = () => 200
    for (const delivery of behind) expect((await world.until(delivery)).attempts).toBe(1)
    await process.stop()
  })

  test(`events in ${kept} that wait before a closed gate while the process is frozen are all tried`, async () => {
    let isBusy = true
    using world = new World(() => (isBusy ? { status: 429, headers: { 'retry-after': '30' } } : 200))
    const process = start(world)
    const first = process.tracker.trackEvent('a', 'x')
    await world.pass(second)
    isBusy = false
    const others = ['b', 'b', 'c', 'd', 'e'].map((customer, n) => process.tracker.trackEvent(customer, `x${n}`))
    await world.pass(second)
    await world.freeze(frozenMs)
    for (const delivery of [first, ...others]) {
      expect(await world.until(delivery.settled(), 5 * second)).toMatchObject({ outcome: 'delivered' })
    }
    await process.stop()
  })

  test(`an event in ${kept} that is in flight while the process is frozen gets one more attempt`, async () => {
    using world = new World(({ attempt }) => (attempt === 1 ? 'silent' : 200))
    const process = start(world)
    const deliveries = ['a', 'b', 'c'].map((customer) => process.tracker.trackEvent(customer, 'x'))
    await world.pass(second)
    await world.freeze(frozenMs)
    for (const delivery of deliveries) expect((await world.until(delivery, minute)).attempts).toBe(2)
    await process.stop()
  })

  test(`an answer in ${kept} that came while the process was frozen counts, and nothing is sent twice`, async () => {
    using world = new World(() => 200)
    const process = start(world)
    const delivery = process.tracker.trackEvent('a', 'x')
    await world.rest()
    await world.freeze(frozenMs)
    expect((await world.until(delivery, second)).attempts).toBe(1)
    expect(world.api.arrivals).toHaveLength(1)
    await process.stop()
  })

  test(`a process with ${kept} that is frozen again and again delivers in the end`, async () => {
    let isUp = false
    using world = new World(() => (isUp ? 200 : 'refused'))
    const process = start(world)
    const deliveries = Array.from({ length: 50 }, (_, n) => process.tracker.trackEvent(`user${n % 10}`, `x${n}`))
    await world.pass(2 * second)
    await world.freeze(20 * minute)
    isUp = true
    for (const delivery of deliveries) expect((await world.until(delivery.settled(), minute)).outcome).toBe('delivered')
    await process.stop()
  })
}

test('what is in flight while the process is frozen is not lent again, and a flush after the thaw leaves nothing', async () => {
  using world = new World(() => 200)
  const process = world.start({ file: 'events.db' })
  // Two places stay free, so that whatever can be lent is.
  for (let n = 0; n < 600; n++) void process.tracker.trackEvent(`user${n % 30}`, `x${n}`)
  await world.until(process.tracker.start())
  for (let freezes = 0; freezes < 5; freezes++) {
    await world.pass(10)
    await world.freeze(5 * minute)
  }
  const report = await world.until(process.tracker.flush({ timeoutMs: minute }))
  expect(report).toMatchObject({ accepted: 600, delivered: 600, pending: 0 })
  // Each answer had come, and counts.
  expect(world.api.arrivals).toHaveLength(600)
  await process.stop()
})

test('a process in which all places are taken by a silent server goes on after a freeze', async () => {
  let isUp = false
  using world = new World(() => (isUp ? 200 : 'silent'))
  const process = world.start({ file: 'events.db' })
  for (let n = 0; n < 300; n++) void process.tracker.trackEvent(`user${n % 100}`, `x${n}`)
  await world.pass(second)
  isUp = true
  await world.freeze(5 * minute)
  await world.pass(2 * minute)
  expect(process.tracker.stats()).toMatchObject({ delivered: 300, pending: 0 })
  expect(world.api.arrivals).toHaveLength(332)
  await process.stop()
})

test.each<Reply>([500, 'refused'])(
  'what fails again (%s) after the thaw is given up: the freeze gives one attempt, not a new budget',
  async (reply) => {
    using world = new World(() => reply)
    const process = world.start()
    const delivery = process.tracker.trackEvent('a', 'x')
    await world.pass(4 * minute)
    const before = world.api.arrivals.length
    await world.freeze(frozenMs)
    await world.pass(2 * minute)
    expect(world.api.arrivals.length).toBeGreaterThan(before)
    expect((await world.until(delivery.settled(), second)).outcome).toBe('rejected')
    await process.stop()
  },
)

test('a freeze during a flush and a shutdown costs no event its attempt either', async () => {
  using world = new World(({ attempt }) => (attempt === 1 ? 503 : 200))
  const process = world.start()
  for (const customer of ['a', 'b']) void process.tracker.trackEvent(customer, 'x')
  await world.pass(24)
  const flushed = process.tracker.flush()
  const ended = process.tracker.shutdown()
  await world.freeze(frozenMs)
  expect(await world.until(flushed, minute)).toMatchObject({ delivered: 2, rejected: 0 })
  expect(await world.until(ended, minute)).toMatchObject({ delivered: 2, rejected: 0 })
})
