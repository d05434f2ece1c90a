import { expect, test } from 'vitest'
import { keyOf, type Reply } from './support/api.ts'
import { minute, type Process, second, World } from './support/world.ts'

const customers = 200
const eventsEach = 10
/** Every twentieth customer: ten of them. */
const isPoisoned = (n: number) => n % 20 === 7
/** A gate that poisoned events have closed lets the next event of anybody else through by then: the cap of the backoff. */
const latestMs = 35 * second

/** One event of each poisoned customer is answered like that for ever. */
const kinds: [name: string, replyTo: (customer: number) => Reply][] = [
  ['403', () => 403],
  ['404', () => 404],
  ['500', () => 500],
  ['403, 404 and 500', (customer) => [403, 404, 500][Math.floor(customer / 20) % 3] as number],
  ['no answer', () => 'silent'],
]

/** Tracks an event of each customer in turn, one a second, for so long. @returns when each was tracked */
async function trickle(world: World, { tracker }: Process, ms: number): Promise<Map<string, number>> {
  const trackedAt = new Map<string, number>()
  for (let n = 0; n * second < ms; n++) {
    // Not a customer with a poisoned event before it.
    const customer = (n * 20 + 1 + Math.floor(n / 10)) % customers
    if (!isPoisoned(customer)) {
      trackedAt.set(keyOf(`user${customer}`, `later${n}`), world.clock.now())
      void tracker.trackEvent(`user${customer}`, `later${n}`)
    }
    await world.pass(second)
  }
  return trackedAt
}

function trackAll({ tracker }: Process): void {
  for (let n = 0; n < eventsEach; n++) {
    for (let customer = 0; customer < customers; customer++) {
      const name = isPoisoned(customer) && n === 3 ? 'poison' : `event${n}`
      void tracker.trackEvent(`user${customer}`, name)
    }
  }
}

test.each(kinds)(
  'of 200 customers of a durable tracker ten have an event that is answered with %s for ever: the others wait for seconds at most',
  async (_, replyTo) => {
    using world = new World(({ customer, event }) => (event === 'poison' ? replyTo(Number(customer.slice(4))) : 200))
    const process = world.start({ file: 'events.db' })
    trackAll(process)
    await world.pass(latestMs)
    const lanes = Array.from({ length: customers }, (_each, n) => world.api.delivered.get(`user${n}`)?.length ?? 0)
    expect(lanes.filter((length) => length === eventsEach)).toHaveLength(190)
    expect(lanes.filter((length) => length === 3)).toHaveLength(10)
    const trackedAt = await trickle(world, process, 5 * minute)
    await world.pass(latestMs)
    const waits = [...trackedAt].map(([key, at]) => (world.api.deliveredAt.get(key) ?? Infinity) - at)
    expect(waits.length).toBeGreaterThan(250)
    expect(Math.max(...waits)).toBeLessThan(latestMs)
    // Most of them leave at once.
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(5 * second)
    expect(process.tracker.stats()).toMatchObject({ delivered: 190 * eventsEach + 30 + waits.length, dead: 0 })
    for (let at = 0; world.books.samples < 10_000; at++) await world.pass(at * second)
    expect(world.books.wrong).toEqual([])
    await process.stop()
  },
)

test('in the end the refused ones are dead letters and their lanes go on; only what may pass still waits', async () => {
  const reply = kinds[3]?.[1] as (customer: number) => Reply
  using world = new World(({ customer, event }) => (event === 'poison' ? reply(Number(customer.slice(4))) : 200))
  const process = world.start({ file: 'events.db' })
  trackAll(process)
  await trickle(world, process, 20 * minute)
  await world.pass(minute)
  const failing = [7, 27, 47, 67, 87, 107, 127, 147, 167, 187].filter((customer) => reply(customer) === 500)
  expect(process.tracker.stats()).toMatchObject({
    dead: 10 - failing.length,
    pending: failing.length * (eventsEach - 3),
  })
  expect(world.books.wrong).toEqual([])
  await process.stop()
})
