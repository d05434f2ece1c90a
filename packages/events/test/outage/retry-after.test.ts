import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { day, minute, second, World } from './support/world.ts'
import { oldFile } from './support/old-file.ts'

const file = 'events.db'
/** `maxRetryAfterMs`, as it is by default. */
const longestMs = minute
/** A tenth later, and the time of an answer. */
const latestMs = 1.1 * longestMs + second

/** Says it to the first requests, then it takes everything. */
function busyOnce(status: number, retryAfter: string | ((now: number) => string), times = 1): World {
  let left = times
  const world: World = new World(() => {
    if (left-- <= 0) return 200
    const value = typeof retryAfter === 'string' ? retryAfter : retryAfter(world.clock.now())
    return { status, headers: { date: new Date(world.clock.now()).toUTCString(), 'retry-after': value } }
  })
  return world
}

const tooLong: [name: string, value: string | ((now: number) => string)][] = [
  ['60000, of a server that means milliseconds', '60000'],
  ['a month', '2592000'],
  ['a date in almost a year', (now) => new Date(now + 364 * day).toUTCString()],
]

for (const kept of ['memory', 'SQLite'] as const) {
  const options = kept === 'memory' ? {} : { file }

  test.each(tooLong)(
    `Retry-After: %s with a 429 closes the gate for a minute, and no longer, in ${kept}`,
    async (_, value) => {
      using world = busyOnce(429, value)
      const process = world.start(options)
      const first = process.tracker.trackEvent('a', 'x')
      await world.pass(second)
      const other = process.tracker.trackEvent('b', 'x')
      await world.pass(longestMs - 2 * second)
      expect(world.api.arrivals).toHaveLength(1)
      await world.pass(latestMs - longestMs + 2 * second)
      expect(world.api.arrivals.length).toBeGreaterThanOrEqual(3)
      expect((await world.until(first)).attempts + (await world.until(other)).attempts).toBe(3)
      await process.stop()
    },
  )

  test.each(tooLong)(
    `Retry-After: %s with a 500 stops one customer for a minute, and no longer, in ${kept}`,
    async (_, value) => {
      using world = busyOnce(500, value)
      const process = world.start(options)
      const first = process.tracker.trackEvent('a', 'x')
      await world.pass(second)
      void process.tracker.trackEvent('a', 'y')
      expect((await world.until(process.tracker.trackEvent('b', 'x'))).attempts).toBe(1)
      await world.pass(longestMs - 5 * second)
      expect(world.api.requestsOf('a')).toHaveLength(1)
      await world.pass(latestMs - longestMs + 5 * second)
      expect(world.api.delivered.get('a')).toEqual(['x', 'y'])
      expect((await world.until(first)).attempts).toBe(2)
      await process.stop()
    },
  )
}

test.each(['soon', '-5', '1e9', '2h', '', 'Thu, 99 Foo 2023', '60000ms'])(
  'Retry-After: %j is nonsense, which is ignored: the backoff holds',
  async (value) => {
    using world = busyOnce(500, value)
    const process = world.start()
    await world.until(process.tracker.trackEvent('a', 'x'), 2 * second)
    expect(world.api.arrivals).toHaveLength(2)
    await process.stop()
  },
)

test.each(['99999999', '99999999999999999999', 'Fri, 31 Dec 2999 23:59:59 GMT'])(
  'Retry-After: %s stops nothing for longer than a minute either, whatever it is taken for',
  async (value) => {
    for (const status of [429, 500]) {
      using world = busyOnce(status, value)
      const process = world.start()
      expect((await world.until(process.tracker.trackEvent('a', 'x'), latestMs)).attempts).toBe(2)
      await process.stop()
    }
  },
)

test('maxRetryAfterMs says how long is too long', async () => {
  using world = busyOnce(503, '3600')
  const process = world.start({ maxRetryAfterMs: 5_000 })
  await world.until(process.tracker.trackEvent('a', 'x'), 7 * second)
  const [first, again] = world.api.arrivals
  expect((again?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(5_000)
  await process.stop()
})

test('a server that says an hour again and again is asked each minute for as long as the budget lasts', async () => {
  using world = busyOnce(429, '3600', 4)
  const process = world.start()
  expect((await world.until(process.tracker.trackEvent('a', 'x'))).attempts).toBe(5)
  await process.stop()
})

test.each([429, 500, 503])(
  'a month of Retry-After with %i is not stored: after a restart it is asked again within a minute',
  async (status) => {
    using world = busyOnce(status, '2592000')
    const before = world.start({ file })
    void before.tracker.trackEvent('a', 'x')
    await world.pass(5 * second)
    await before.stop()
    const process = world.start({ file })
    void process.tracker.trackEvent('a', 'y')
    await world.pass(latestMs)
    expect(world.api.delivered.get('a')).toEqual(['x', 'y'])
    expect(process.tracker.stats()).toMatchObject({ accepted: 2, delivered: 2 })
    await process.stop()
  },
)

test.each([true, false])(
  'an old file in which a lane waits for a month is asked again within a minute (of version 2: %s)',
  async (isOld) => {
    using world = new World(() => 200)
    const dueAt = world.clock.now() + 30 * day
    if (isOld)
      oldFile(world.path(file), ['a:x', 'a:y'], { acceptedAt: world.clock.now() - minute, dueAt, waitMs: 30 * day })
    else {
      const before = world.start({ file, fetch: async () => new Promise<never>(() => undefined) })
      for (const event of ['x', 'y']) void before.tracker.trackEvent('a', event)
      await world.rest()
      await before.stop()
      const db = new DatabaseSync(world.path(file))
      db.prepare('UPDATE lane SET due = ?, wait = ?, attempts = 1').run(dueAt, 30 * day)
      db.close()
    }
    const process = world.start({ file })
    expect(await world.until(process.tracker.start())).toMatchObject({ accepted: 2, pending: 2 })
    await world.pass(latestMs)
    expect(world.api.delivered.get('a')).toEqual(['x', 'y'])
    await process.stop()
  },
)
