import { expect, test } from 'vitest'
import type { Reply } from './support/api.ts'
import { minute, type Process, type ProcessOptions, second, World } from './support/world.ts'

/** A disk takes longer than memory: there are fewer of them there. */
const customersOf = { memory: 300, SQLite: 60 }
const outageMs = 4 * minute

interface Outage {
  name: string
  reply: Reply
  /** Behaviour of the token function meanwhile. */
  token?: 'fails' | 'hangs'
}

const outages: Outage[] = [
  { name: 'a refused connection', reply: 'refused' },
  { name: 'a name that is not found', reply: 'no name' },
  { name: 'a server that does not answer', reply: 'silent' },
  { name: '503', reply: 503 },
  { name: '500', reply: 500 },
  { name: '502', reply: 502 },
  { name: '408', reply: 408 },
  { name: '429', reply: 429 },
  { name: '503 with Retry-After: 20', reply: { status: 503, headers: { 'retry-after': '20' } } },
  { name: '429 with Retry-After: 45', reply: { status: 429, headers: { 'retry-after': '45' } } },
  { name: '500 with Retry-After: 30', reply: { status: 500, headers: { 'retry-after': '30' } } },
  { name: 'a token function that fails', reply: 200, token: 'fails' },
  { name: 'a token function that never answers', reply: 200, token: 'hangs' },
]

/** Lives through an outage. @returns the names of the events of each customer */
async function live(
  world: World,
  { tracker }: Process,
  outage: { isOn: boolean },
  customers: number,
): Promise<string[]> {
  const names: string[] = []
  const track = (...events: string[]) => {
    names.push(...events)
    for (const event of events) {
      for (let customer = 0; customer < customers; customer++) void tracker.trackEvent(`user${customer}`, event)
    }
  }
  track('before1', 'before2')
  await world.pass(minute)
  // Some are on their way when it begins.
  track('at1', 'at2')
  await world.rest()
  outage.isOn = true
  const began = world.now
  for (const at of [10, 60, 150, 230]) {
    await world.pass(began + at * second - world.now)
    track(`during${at}a`, `during${at}b`)
  }
  await world.pass(began + outageMs - world.now)
  outage.isOn = false
  track('after')
  await world.pass(2 * minute)
  return names
}

function startIn(world: World, outage: Outage & { isOn: boolean }, options: ProcessOptions): Process {
  const token = async () => {
    if (!outage.isOn || outage.token === undefined) return 'radioactive'
    if (outage.token === 'hangs') return new Promise<never>(() => undefined)
    throw new Error('no token')
  }
  return world.start({ ...(outage.token && { token }), ...options })
}

for (const kept of ['memory', 'SQLite'] as const) {
  test.each(outages)(`an outage of four minutes loses nothing in ${kept}, and keeps the order: $name`, async (kind) => {
    const outage = { ...kind, isOn: false }
    using world = new World(() => (outage.isOn ? outage.reply : 200))
    const process = startIn(world, outage, kept === 'memory' ? {} : { file: 'events.db' })
    const customers = customersOf[kept]
    const names = await live(world, process, outage, customers)
    const accepted = names.length * customers
    expect(process.tracker.stats()).toMatchObject({ accepted, delivered: accepted, rejected: 0, dropped: 0, dead: 0 })
    for (let customer = 0; customer < customers; customer++) {
      expect(world.api.delivered.get(`user${customer}`)).toEqual(names)
    }
    expect(world.api.repeats).toBe(0)
    expect(process.told).toEqual([])
    expect(world.books.wrong).toEqual([])
    await process.stop()
  })
}

test.each(outages)('few requests go out in an outage of four minutes: $name', async (kind) => {
  const outage = { ...kind, isOn: true }
  using world = new World(() => outage.reply)
  const process = startIn(world, outage, {})
  for (let customer = 0; customer < customersOf.memory; customer++) {
    void process.tracker.trackEvent(`user${customer}`, 'x')
  }
  await world.pass(outageMs)
  // All places at once, then single probes.
  expect(world.api.arrivals.length).toBeLessThan(32 + 80)
  await process.stop()
})
