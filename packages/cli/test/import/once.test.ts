import { EventTracker } from '@obsidianlaunch/events'
import { postgresOutbox } from '@obsidianlaunch/events-postgres'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { database } from '../outbox/databases.ts'
import { receive, type Receiver } from '../receiver.ts'
import { writeLines } from './files.ts'

const token = 'radioactive-token'
let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: token, EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const paid = (invoice: number, more: object = {}) =>
  JSON.stringify({ customer_id: `c${invoice % 7}`, event: 'paid', id: `invoice-${invoice}`, ...more })
const invoices = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => paid(from + index))
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `invoice-${from + index}`)
const arrived = () => api.arrivals.map(({ id }) => id).toSorted()

/** Totals of an import, once more where it was made before. */
async function totals(line: string): Promise<Record<string, unknown>> {
  const records = await at.records(`obsidian-events track ${line} --restart --json`)
  return records.find(({ type }) => type === 'totals') ?? records.at(-1) ?? {}
}

const missing = missingDatabase()

test('two imports at once that share a database book what both have once, and both end', async ({ skip }) => {
  skip(missing !== undefined, missing)
  at.env['DATABASE_URL'] = await database()
  writeLines(at, 'monday.ndjson', invoices(0, 100))
  writeLines(at, 'tuesday.ndjson', invoices(40, 140))
  const both = await Promise.all([totals('--from monday.ndjson --outbox'), totals('--from tuesday.ndjson --outbox')])
  for (const each of both) {
    expect(each).toMatchObject({ complete: true, lines: 100, pending: 0, rejected: 0 })
    expect(Number(each['delivered']) + Number(each['alreadyDelivered'])).toBe(100)
  }
  expect(arrived()).toEqual(ids(0, 140).toSorted())
})

describe.each(['a file', 'a database'] as const)('with an outbox in %s', (kind) => {
  let outbox: string
  let tracker: () => EventTracker
  let sql: (text: string) => Promise<unknown>
  beforeEach(async ({ skip }) => {
    if (kind === 'a file') {
      outbox = 'imports.db'
      const path = at.path(outbox)
      tracker = () => new EventTracker({ token, baseUrl: api.url, outbox: sqliteOutbox(path) })
      sql = async (text) => new DatabaseSync(path).prepare(text).all()
      return
    }
    skip(missing !== undefined, missing)
    const url = await database()
    at.env['DATABASE_URL'] = url
    outbox = ''
    tracker = () => new EventTracker({ token, baseUrl: api.url, outbox: postgresOutbox(url) })
    sql = (text) => query(url, text)
  })

  test('what the SDK has sent is known to an import, and from then on for as long as the import says', async () => {
    const live = tracker()
    await live.trackEvent('c1', 'paid', { id: 'invoice-1' })
    await live.shutdown()
    writeLines(at, 'events.ndjson', [paid(1), paid(2)])
    expect(await totals(`--from events.ndjson --outbox ${outbox}`)).toMatchObject({ delivered: 1, alreadyDelivered: 1 })
    expect(arrived()).toEqual(['invoice-1', 'invoice-2'])
    const days = await sql(
      kind === 'a file'
        ? 'SELECT (until - delivered) / 86400000 AS days FROM seen'
        : 'SELECT (extract(epoch FROM until - at) / 86400)::float AS days FROM obsidian_events.delivered',
    )
    expect(days).toEqual([{ days: 30 }, { days: 30 }])
    const again = tracker()
    expect((await again.trackEvent('c2', 'paid', { id: 'invoice-2' })).duplicate).toBe(true)
    await again.shutdown()
  })

  test('the same id is another event in another environment, and of an erased customer none is known any more', async () => {
    writeLines(at, 'events.ndjson', invoices(0, 14))
    const importing = `--from events.ndjson --outbox ${outbox}`
    expect(await totals(importing)).toMatchObject({ delivered: 14, alreadyDelivered: 0 })
    at.env['EVENT_TRACKING_ENVIRONMENT'] = 'production'
    expect(await totals(importing)).toMatchObject({ delivered: 14, alreadyDelivered: 0 })
    expect(await totals(importing)).toMatchObject({ delivered: 0, alreadyDelivered: 14 })
    delete at.env['EVENT_TRACKING_ENVIRONMENT']
    await at.run(`obsidian-events outbox forget ${outbox} c1 --yes`)
    expect(await totals(importing)).toMatchObject({ delivered: 2, alreadyDelivered: 12 })
  })

  test('a line that was refused, and is delivered once that is mended, is not sent again by a replay', async () => {
    api.answer = () => 400
    writeLines(at, 'events.ndjson', [paid(1), paid(2)])
    expect(await totals(`--from events.ndjson --outbox ${outbox}`)).toMatchObject({ delivered: 0, rejected: 2 })
    api.answer = () => 200
    api.arrivals.length = 0
    writeLines(at, 'events.ndjson', [paid(1)])
    expect(await totals(`--from events.ndjson --outbox ${outbox}`)).toMatchObject({ delivered: 1 })
    const { code, stdout, stderr } = await at.run(`obsidian-events outbox replay ${outbox} --all`)
    expect({ code, stdout, stderr }).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 dead letter pending again') as string,
      stderr: expect.stringMatching(
        /^1 of 2 not replayed: .* or was delivered since\.\nSee \S+\/errors\/command-line\/\n$/,
      ) as string,
    })
    const sending = tracker()
    await sending.start()
    await expect.poll(arrived).toEqual(['invoice-1', 'invoice-2'])
    await sending.shutdown()
    expect(arrived()).toEqual(['invoice-1', 'invoice-2'])
  })
})
