import { once } from 'node:events'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { database, openDatabase } from '../outbox/databases.ts'
import { receive, type Receiver } from '../receiver.ts'
import { manyLines, writeLines } from './files.ts'

let api: Receiver
let at: Workplace
let arrivals: number[]
beforeEach(async () => {
  arrivals = []
  api = await receive(() => {
    arrivals.push(performance.now())
    return 200
  })
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'radioactive-token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const importing = 'obsidian-events track --from events.ndjson'

test.each(['', ' --outbox imports.db'])('a file goes no faster than --rate says%s', async (outbox) => {
  writeLines(at, 'events.ndjson', manyLines(160))
  const { code, stdout } = await at.run(`${importing} --rate 100/s --concurrency 4${outbox}`)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^delivered +160$/m)
  // The fifth leaves after the first has arrived, however late that is noted, and the others follow no faster than the rate.
  expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(1_400)
})

test.each(['', ' --outbox imports.db'])(
  'Ctrl-C ends a file that waits for its rate, which then goes on%s',
  async (outbox) => {
    writeLines(at, 'events.ndjson', manyLines(50))
    const child = at.start(`${importing} --rate 2/min${outbox}`)
    await expect.poll(() => api.arrivals.length).toBe(1)
    child.kill('SIGINT')
    await once(child, 'close')
    expect(child.exitCode).toBe(130)
    const { stdout } = await at.run(`${importing} --resume${outbox}`)
    expect(stdout).toMatch(/^sent to +test\nlines +50\ndelivered +50 /)
    expect(new Set(api.arrivals.map(({ id }) => id)).size).toBe(50)
    expect(api.arrivals).toHaveLength(50)
  },
)

const missing = missingDatabase()

test.skipIf(missing !== undefined)(
  'lines enter an outbox that others empty, too, no faster than --rate says',
  async () => {
    const url = await database()
    at.env['DATABASE_URL'] = url
    await using others = openDatabase(url)
    writeLines(at, 'events.ndjson', manyLines(50))
    const child = at.start(`${importing} --rate 2/min --outbox`)
    await expect.poll(() => api.arrivals.length).toBe(1)
    expect((await others.counts()).pending).toBeLessThanOrEqual(1)
    child.kill('SIGINT')
    await once(child, 'close')
    expect(child.exitCode).toBe(130)
  },
)

test.each(['50', '0/s', '50/h', '1.5/s', '100000/s'])('a rate of %s is refused with what to write', async (rate) => {
  writeLines(at, 'events.ndjson', manyLines(1))
  const { code, stderr } = await at.run(`${importing} --rate ${rate}`)
  expect(code).toBe(2)
  expect(stderr).toContain('such as 50/s or 50/min')
})
