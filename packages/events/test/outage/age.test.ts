import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Reply } from './support/api.ts'
import { day, hour, minute, type Process, second, World } from './support/world.ts'

const file = 'events.db'
/** From the world's first moment back to 1970, or on to 2099. */
const to1970 = -Date.parse('2023-06-25T10:00:00Z') + hour
const to2099 = Date.parse('2099-01-01T00:00:00Z') - Date.parse('2023-06-25T10:00:00Z')
const run = promisify(execFile)

test.each([
  ['jumps ahead by eight days', [0, 8 * day]],
  ['jumps ahead by eight days, and back', [0, 8 * day, 0]],
  ['started in 1970 and is set right', [1_000 - Date.now(), 0]],
  ['woke in 2099 and is set right', [to2099, 0]],
  ['falls back to 1970', [0, 1_000 - Date.now()]],
  ['jumps about', [0, 30 * day, -30 * day, 400 * day, 0, 8 * day]],
])('no event dies unsent in a process whose wall clock %s', async (_, jumps) => {
  using world = new World(() => 200)
  const child = fileURLToPath(new URL('support/clock-child.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [child, world.path(file), ...jumps.map(String)])
  // One request for each event, and one more for each attempt that failed.
  expect(JSON.parse(stdout)).toEqual({
    accepted: 30,
    delivered: 30,
    rejected: 0,
    dropped: 0,
    dead: 0,
    pending: 0,
    requests: 30 + jumps.length - 1,
  })
})

/** Answers with the world's own time in `Date`, or with one that is wrong by so much, or with none. */
function dated(world: () => World, status: number, byMs: number | undefined): Reply {
  const headers = byMs === undefined ? undefined : { date: new Date(world().clock.now() + byMs).toUTCString() }
  return headers === undefined ? { status } : { status, headers }
}

/** The next process over the file. */
async function restart(world: World, aheadMs = 0): Promise<Process> {
  const process = world.start({ file, aheadMs })
  await world.until(process.tracker.start())
  return process
}

/** 100 events of 50 customers are left behind by a process whose wall clock is wrong by so much. */
async function leave(world: World, aheadMs = 0): Promise<void> {
  const api = world.api.script
  world.api.script = () => 'refused'
  const process = world.start({ file, aheadMs })
  for (let n = 0; n < 100; n++) void process.tracker.trackEvent(`user${n % 50}`, `left${n}`)
  await world.pass(minute)
  expect(await process.stop()).toMatchObject({ pending: 100 })
  world.api.script = api
}

const noneDead = { rejected: 0, dropped: 0, dead: 0, pending: 0 }

test.each([
  ['was in 1970', to1970, 0],
  ['was in 2099', to2099, 0],
  ['is in 1970', 0, to1970],
  ['is in 2099', 0, to2099],
  ['is eight days ahead', 0, 8 * day],
  ['is back in 1970', to1970, to1970],
])(
  'no event dies unsent at the next start of a machine whose clock %s, whatever the answers are dated',
  async (_, was, is) => {
    for (const byMs of [undefined, 0, 3 * hour]) {
      using world: World = new World(() => dated(() => world, 200, byMs))
      await leave(world, was)
      const process = await restart(world, is)
      await world.pass(2 * minute)
      expect(process.tracker.stats()).toEqual({ accepted: 100, delivered: 100, ...noneDead })
      expect(await process.stop()).toMatchObject(noneDead)
    }
  },
)

test('what a machine left whose clock was eight days behind is delivered, or where an answer confirms the new time kept as dead letters', async () => {
  for (const byMs of [undefined, 0, 3 * hour]) {
    using world: World = new World(() => dated(() => world, 200, byMs))
    await leave(world, -8 * day)
    const process = await restart(world)
    await world.pass(2 * minute)
    const { delivered, dead, pending } = process.tracker.stats()
    expect([delivered + dead, pending, dead > 0]).toEqual([100, 0, byMs === 0])
    expect(await world.until(process.tracker.deadLetters())).toHaveLength(dead)
  }
})

test('events that were refused a connection for two weeks under a wrong clock do not die of the outage', async () => {
  let isUp = false
  using world = new World(() => (isUp ? 200 : 'refused'))
  await leave(world)
  const process = await restart(world, to2099)
  await world.pass(2 * hour)
  expect(process.tracker.stats()).toMatchObject({ pending: 100, dead: 0 })
  isUp = true
  await world.pass(2 * minute)
  expect(process.tracker.stats()).toMatchObject({ delivered: 100, dead: 0 })
  await process.stop()
})

/** Eight days after a process left its events a new one starts. */
async function startLate(world: World): Promise<Process> {
  await leave(world)
  await world.pass(8 * day)
  return restart(world)
}

test('what is really older than maxAgeMs is still delivered where its first request is taken', async () => {
  using world = new World(() => 200)
  const process = await startLate(world)
  await world.pass(minute)
  // Without a Date nothing confirms that they are old.
  expect(process.tracker.stats()).toMatchObject({ delivered: 100, dead: 0 })
  await process.stop()
})

test('without any answer nothing expires, however old it is', async () => {
  using world = new World(() => 'refused')
  const process = await startLate(world)
  await world.pass(3 * hour)
  expect(process.tracker.stats()).toMatchObject({ pending: 100, dead: 0 })
  await process.stop()
})

test.each<[string, number | undefined]>([
  ['no Date', undefined],
  ['a Date that is three hours off', 3 * hour],
])('what is older than maxAgeMs is a dead letter after one attempt that was answered, with %s', async (_, byMs) => {
  using world: World = new World(() => dated(() => world, 500, byMs))
  const process = await startLate(world)
  await world.pass(2 * hour)
  expect(process.tracker.stats()).toMatchObject({ accepted: 100, dead: 100, pending: 0 })
  const letters = await process.tracker.deadLetters()
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['expired']))
  const asked = new Set(world.api.since(world.clock.now() - 3 * hour).map(({ event }) => event))
  expect(asked.size).toBe(100)
  await process.stop()
})

test('what is older than maxAgeMs is a dead letter once an answer has confirmed the clock', async () => {
  using world: World = new World(() => dated(() => world, 500, 20 * second))
  const process = await startLate(world)
  await world.pass(hour)
  expect(process.tracker.stats()).toMatchObject({ accepted: 100, dead: 100, pending: 0 })
  await process.stop()
})

test('an event of this process expires by the time that has elapsed', async () => {
  using world = new World(() => 500)
  const process = world.start({ file, maxAgeMs: hour })
  void process.tracker.trackEvent('a', 'x')
  await world.pass(hour - minute)
  expect(process.tracker.stats()).toMatchObject({ pending: 1 })
  await world.pass(2 * minute)
  expect(process.tracker.stats()).toMatchObject({ dead: 1, pending: 0 })
  expect(await process.tracker.deadLetters()).toMatchObject([{ reason: 'expired' }])
  await process.stop()
})
