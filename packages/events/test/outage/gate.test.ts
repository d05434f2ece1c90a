import { expect, test } from 'vitest'
import type { Arrival, Reply } from './support/api.ts'
import { minute, type Process, second, World } from './support/world.ts'

const capMs = 30 * second
const failures: Reply[] = [500, 502, 503, 504, 408, 421, 425, 'refused', 'no name', 'silent']

function trackAll({ tracker }: Process, customers: number, events: readonly string[]): void {
  for (const event of events) {
    for (let customer = 0; customer < customers; customer++) void tracker.trackEvent(`user${customer}`, event)
  }
}

for (const kept of ['memory', 'SQLite'] as const) {
  const start = (world: World): Process => world.start(kept === 'memory' ? {} : { file: 'events.db' })

  test.each(failures)(
    `eight failures in a row (%s) close the gate of a tracker with ${kept}: single probes, each of another lane`,
    async (reply) => {
      let isUp = false
      using world = new World(() => (isUp ? 200 : reply))
      const process = start(world)
      trackAll(process, 60, ['one', 'two'])
      await world.pass(25 * second)
      const closedAt = world.api.arrivals.length
      // All places were taken before anybody could know, and a few first probes followed.
      expect(closedAt).toBeLessThan(32 + 20)
      world.api.mostOpen = 0
      await world.pass(3 * minute)
      const probes = world.api.arrivals.slice(32)
      expect(world.api.mostOpen).toBe(1)
      expect(probes.length).toBeGreaterThan(5)
      expect(probes.length).toBeLessThan(60)
      // Those that were never asked come first.
      const inRow = probes.slice(0, 28).map(({ customer }) => customer)
      expect(new Set(inRow).size).toBe(inRow.length)
      const gaps = probes.slice(1).map(({ at }, index) => at - (probes[index] as Arrival).at)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1.1 * capMs + 11 * second)
      isUp = true
      await world.pass(minute)
      expect(process.tracker.stats()).toMatchObject({ accepted: 120, delivered: 120 })
      // Waiting burned no attempt: what was never asked needed one request.
      const asked = new Set(world.api.arrivals.slice(0, 32 + probes.length).map(({ customer }) => customer))
      const names = Array.from({ length: 60 }, (_, n) => `user${n}`)
      for (const name of names) expect(world.api.requestsOf(name, 'two')).toHaveLength(1)
      for (const name of names.filter((each) => !asked.has(each))) {
        expect(world.api.requestsOf(name, 'one')).toHaveLength(1)
      }
      await process.stop()
    },
  )

  test(`an answer that settles a probe opens the gate of a tracker with ${kept}, even if it settles it for good`, async () => {
    let after: Reply = 500
    using world = new World(() => after)
    const process = start(world)
    trackAll(process, 100, ['one'])
    await world.pass(minute)
    expect(world.api.arrivals.length).toBeLessThan(60)
    after = 400
    await world.pass(1.1 * capMs + second)
    // All at once, though each of them fails by itself.
    expect(process.tracker.stats()).toMatchObject(kept === 'memory' ? { rejected: 100 } : { dead: 100 })
    await process.stop()
  })

  test(`an answer that settles nothing leaves the gate of a tracker with ${kept} closed, and what is asked for holds`, async () => {
    const replies: Reply[] = [500, 'refused', { status: 503, headers: { 'retry-after': '40' } }]
    let n = 0
    using world = new World(() => replies[n++ % replies.length] as Reply)
    const process = start(world)
    trackAll(process, 60, ['one'])
    await world.pass(4 * minute)
    const { arrivals } = world.api
    expect(arrivals.length).toBeLessThan(32 + 30)
    const waits = arrivals.slice(1).map(({ at }, index) => at - (arrivals[index] as Arrival).at)
    const asked = waits.filter((_, index) => index >= 32 && index % replies.length === 2)
    expect(asked.length).toBeGreaterThan(0)
    expect(Math.min(...asked)).toBeGreaterThanOrEqual(40 * second)
    await process.stop()
  })

  test(`failures with deliveries between do not close the gate of a tracker with ${kept}`, async () => {
    let n = 0
    // Seven fail, the eighth is delivered, and so on.
    using world = new World(() => (n++ % 8 === 7 ? 200 : 500))
    const options = kept === 'memory' ? {} : { file: 'events.db' }
    const process = world.start({ ...options, concurrency: 1, backoff: { baseMs: 100_000, capMs: 100_000 } })
    trackAll(process, 64, ['one'])
    await world.pass(3 * second)
    expect(world.api.arrivals.length).toBeGreaterThanOrEqual(64)
    await process.stop()
  })

  test(`two customers whose events fail on and on do not close the gate of a tracker with ${kept}`, async () => {
    using world = new World(({ event }) => (event === 'poison' ? 500 : 200))
    const process = start(world)
    for (const customer of ['bad', 'worse']) void process.tracker.trackEvent(customer, 'poison')
    await world.pass(3 * minute)
    expect(world.api.arrivals.length).toBeGreaterThan(16)
    const waits: number[] = []
    for (let n = 0; n < 20; n++) {
      const { deliveredAt, acceptedAt } = await world.until(process.tracker.trackEvent(`user${n}`, 'x'), 2 * second)
      waits.push(Number(deliveredAt) - Number(acceptedAt))
      await world.pass(5 * second)
    }
    expect(Math.max(...waits)).toBeLessThan(second)
    await process.stop()
  })
}
