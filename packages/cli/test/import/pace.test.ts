import { setImmediate } from 'node:timers/promises'
import { EventTracker, memoryOutbox } from '@obsidianlaunch/events'
import { FakeClock } from '@obsidianlaunch/testkit/clock'
import { Random } from '@obsidianlaunch/testkit/random'
import { expect, test } from 'vitest'
import { Pace, type Rate } from '../../src/import/pace.ts'
import { Valve } from '../../src/import/valve.ts'

const minute = 60_000

/** The most requests that started in any stretch of time as long as that of a rate. */
function mostIn(starts: readonly number[], perMs: number): number {
  let most = 0
  for (let first = 0, next = 0; next < starts.length; next++) {
    while ((starts[next] ?? 0) - (starts[first] ?? 0) >= perMs) first++
    most = Math.max(most, next - first + 1)
  }
  return most
}

/** Starts whatever may start, whenever it is time to look, and some milliseconds late. */
function startsOf(rate: Rate, forMs: number, lateMs: () => number): number[] {
  const pace = new Pace(rate)
  const starts: number[] = []
  for (let now = 1_000; now < 1_000 + forMs; now += pace.waitMs(now) + lateMs()) {
    const free = pace.free(32, now)
    pace.start(free, now)
    for (let each = 0; each < free; each++) starts.push(now)
  }
  return starts
}

const rates = [
  ['50/s', { requests: 50, perMs: 1_000 }],
  ['50/min', { requests: 50, perMs: minute }],
  ['1/s', { requests: 1, perMs: 1_000 }],
  ['2000/s', { requests: 2_000, perMs: 1_000 }],
] as const

test.each(rates)('%s is kept exactly, also where timers are late', (_name, rate) => {
  const random = new Random(24)
  const wanted = (10 * minute * rate.requests) / rate.perMs
  const starts = startsOf(rate, 10 * minute, () => 0.01 + random.below(2_000) / 1_000)
  expect(mostIn(starts, rate.perMs)).toBeLessThanOrEqual(rate.requests)
  expect(starts.length).toBeGreaterThan(0.985 * wanted)
  expect(starts.length).toBeLessThanOrEqual(wanted)
  // Spread, and not all at the beginning of each second or minute.
  expect(mostIn(starts, rate.perMs / 10)).toBeLessThanOrEqual(Math.ceil(0.2 * rate.requests))
})

test.each(rates)('%s is never exceeded, whatever stands still for however long', (_name, rate) => {
  const random = new Random(7)
  const late = () => (random.below(20) === 0 ? random.below(3 * rate.perMs) : 0.01 + random.below(50))
  const starts = startsOf(rate, 60 * minute, late)
  expect(starts.length).toBeGreaterThan(10)
  expect(mostIn(starts, rate.perMs)).toBeLessThanOrEqual(rate.requests)
})

interface Sent {
  clock: FakeClock
  /** Moments at which requests started. */
  starts: number[]
  mostAtOnce: number
  pass(ms: number): Promise<void>
}

/** A tracker that sends so many events of many customers at 50 a second, to an API that answers as it likes. */
function sendAll(
  events: number,
  answer: (request: number) => { status: number; retryAfter?: number },
  { tookMs = 0, concurrency = 32 } = {},
): Sent {
  const clock = new FakeClock()
  const sent: Sent = { clock, starts: [], mostAtOnce: 0, pass: (ms) => rest().then(() => clock.pass(ms, rest)) }
  let atOnce = 0
  const now = () => clock.now()
  const valve = new Valve(memoryOutbox(now), new Pace({ requests: 50, perMs: 1_000 }), now)
  const tracker = new EventTracker({
    token: 'a-token-of-a-test',
    baseUrl: 'http://localhost:1',
    clock,
    concurrency,
    outbox: valve,
    fetch: async () => {
      sent.starts.push(clock.now())
      const { status, retryAfter } = answer(sent.starts.length)
      sent.mostAtOnce = Math.max(sent.mostAtOnce, ++atOnce)
      if (tookMs > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, tookMs))
      atOnce--
      return new Response('{}', { status, headers: retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` } })
    },
  })
  for (let event = 0; event < events; event++) tracker.trackEvent(`customer-${event % 97}`, 'paid')
  return sent
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await setImmediate()
}

test('a tracker behind it sends fifty a second from the start on', async () => {
  const sent = sendAll(1_000, () => ({ status: 200 }))
  await sent.pass(10_000)
  expect(sent.starts.length).toBeGreaterThanOrEqual(495)
  expect(mostIn(sent.starts, 1_000)).toBeLessThanOrEqual(50)
  await sent.pass(12_000)
  expect(sent.starts).toHaveLength(1_000)
})

test('a pause that the API asks for is kept, and not made up for afterwards', async () => {
  const sent = sendAll(2_000, (request) => (request === 100 ? { status: 429, retryAfter: 20 } : { status: 200 }))
  await sent.pass(60_000)
  const [asked = 0] = sent.starts.slice(99, 100)
  expect(sent.starts.filter((at) => at > asked && at < asked + 20_000)).toEqual([])
  expect(sent.starts.some((at) => at < asked + 23_000 && at > asked)).toBe(true)
  expect(mostIn(sent.starts, 1_000)).toBeLessThanOrEqual(50)
  expect(mostIn(sent.starts, 100)).toBeLessThanOrEqual(8)
  // The others of the minute: 38 seconds at fifty.
  expect(sent.starts.length).toBeGreaterThan(100 + 36 * 50)
})

test('beside it the concurrency holds: what is slower than the rate is not hurried', async () => {
  const sent = sendAll(500, () => ({ status: 200 }), { tookMs: 1_000, concurrency: 4 })
  await sent.pass(20_000)
  expect(sent.mostAtOnce).toBe(4)
  expect(sent.starts.length).toBeGreaterThanOrEqual(4 * 18)
  expect(sent.starts.length).toBeLessThanOrEqual(4 * 21)
})
