import { once } from 'node:events'
import { text as textOf } from 'node:stream/consumers'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { query } from '@obsidianlaunch/testkit/postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { database } from '../outbox/databases.ts'
import { receive, type Receiver } from '../receiver.ts'
import { track, writeLines } from './files.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'radioactive-token', EVENT_TRACKING_BASE_URL: api.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const dayMs = 86_400_000
const paid = (invoice: number, more: object = {}) =>
  JSON.stringify({ customer_id: `c${invoice % 7}`, event: 'paid', id: `invoice-${invoice}`, ...more })
const invoices = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => paid(from + index))
const arrived = () => api.arrivals.map(({ id }) => id).toSorted()

/** Totals of an import; what went wrong, if something did. */
async function totals(line: string): Promise<Record<string, unknown>> {
  const records = await at.records(`obsidian-events track ${line} --json`)
  return records.find(({ type }) => type === 'totals') ?? records.at(-1) ?? {}
}

test('a database that is away is named with its reason; Ctrl-C before it is there has sent nothing', async () => {
  writeLines(at, 'events.ndjson', invoices(0, 3))
  const child = at.start(
    'obsidian-events track --from events.ndjson --outbox postgres://u:secret@127.0.0.1:1/app --json',
  )
  const told = await at.told(child, 'ECONNREFUSED')
  expect(told).toContain('postgres://u@127.0.0.1:1/app is not open yet: The outbox')
  child.kill('SIGINT')
  const [said] = await Promise.all([textOf(child.stdout), once(child, 'close')])
  expect(child.exitCode).toBe(130)
  expect(JSON.parse(said)).toMatchObject({
    type: 'error',
    exitCode: 130,
    message: expect.stringMatching(/^Stopped before .* nothing was sent\.$/) as string,
  })
  expect(told + said).not.toContain('secret')
})

test('the folder that is missing is named as such, where a file is to be written', async () => {
  writeLines(at, 'events.ndjson', invoices(0, 3))
  for (const option of ['--journal', '--rejects']) {
    const { code, stderr } = await at.run(`obsidian-events track --from events.ndjson ${option} none/file`)
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `none/file cannot be made: its folder does not exist.\n${see('command-line')}`,
    })
  }
  expect(api.arrivals).toEqual([])
})

const missing = missingDatabase()

describe.each(['a file', 'a database'] as const)('an outbox in %s', (kind) => {
  let outbox: string
  let sql: (text: string) => Promise<unknown>
  beforeEach(async ({ skip }) => {
    if (kind === 'a file') {
      outbox = 'imports.db'
      sql = async (text) => new DatabaseSync(at.path(outbox)).prepare(text).all()
      return
    }
    skip(missing !== undefined, missing)
    const url = await database()
    at.env['DATABASE_URL'] = url
    outbox = ''
    sql = (text) => query(url, text)
  })

  test('keeps what two exports share from being sent twice', async () => {
    writeLines(at, 'monday.ndjson', invoices(0, 400))
    writeLines(at, 'tuesday.ndjson', invoices(300, 600))
    expect(await totals(`--from monday.ndjson --outbox ${outbox}`)).toMatchObject({
      lines: 400,
      delivered: 400,
      alreadyDelivered: 0,
    })
    expect(await totals(`--from tuesday.ndjson --outbox ${outbox}`)).toMatchObject({
      lines: 300,
      delivered: 200,
      alreadyDelivered: 100,
      rejected: 0,
      pending: 0,
    })
    expect(arrived()).toEqual(Array.from({ length: 600 }, (_, invoice) => `invoice-${invoice}`).toSorted())
    // To begin at the first line again is not to send all again, and nothing says so.
    const { stderr } = await at.run(`obsidian-events track --from tuesday.ndjson --outbox ${outbox}`)
    expect(stderr).toMatch(/or begin at its first line again with --restart\.\n$/)
    const { stdout } = await at.run(`obsidian-events track --from tuesday.ndjson --restart --outbox ${outbox}`)
    expect(stdout).toMatch(
      /^sent to +test\nlines +300\ndelivered +0\nalready delivered +300 {2}and not sent again\nrejected +0\n/,
    )
    // What earlier runs have found is told by a run that goes on.
    expect(await totals(`--from tuesday.ndjson --resume --outbox ${outbox}`)).toMatchObject({
      lines: 300,
      alreadyDelivered: 300,
    })
    expect(api.arrivals).toHaveLength(600)
  })

  test('takes the same id with other data for a mistake: it is told, and neither sent nor lost in silence', async () => {
    writeLines(at, 'monday.ndjson', [paid(1), paid(2)])
    writeLines(at, 'tuesday.ndjson', [paid(1, { category: 'refund' }), paid(2), paid(3)])
    await at.run(`obsidian-events track --from monday.ndjson --outbox ${outbox}`)
    const { code, stdout } = await at.run(
      `obsidian-events track --from tuesday.ndjson --rejects rejects.ndjson --outbox ${outbox}`,
    )
    expect(code).toBe(1)
    expect(stdout).toMatch(/^delivered +1\nalready delivered +1 .*\nrejected +1$/m)
    expect(JSON.parse(readFileSync(at.path('rejects.ndjson'), 'utf8'))).toMatchObject({
      line: 1,
      reason: expect.stringMatching(/^id .*other data/) as string,
      input: paid(1, { category: 'refund' }),
    })
    expect(arrived()).toEqual(['invoice-1', 'invoice-2', 'invoice-3'])
  })

  test('says of an id whose fields come in another order that this is why, and what to do', async () => {
    const property = { amount: 5, seats: 2 }
    writeLines(at, 'monday.ndjson', [paid(1, { property })])
    writeLines(at, 'tuesday.ndjson', [paid(1, { property: { seats: 2, amount: 5 } })])
    await at.run(`obsidian-events track --from monday.ndjson --outbox ${outbox}`)
    const { stdout } = await at.run(`obsidian-events track --from tuesday.ndjson --outbox ${outbox}`)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'with other data: take the line out, or give its event another id. The same fields in another order count as other data',
    )
    expect(arrived()).toEqual(['invoice-1'])
  })

  test('remembers for thirty days, or as long as --remember says', async () => {
    writeLines(at, 'one.ndjson', [paid(1)])
    writeLines(at, 'two.ndjson', [paid(2)])
    await at.run(`obsidian-events track --from one.ndjson --outbox ${outbox}`)
    await at.run(`obsidian-events track --from two.ndjson --remember 12h --outbox ${outbox}`)
    const text =
      kind === 'a file'
        ? 'SELECT id, until - delivered AS ms FROM seen ORDER BY id'
        : 'SELECT id, extract(epoch FROM until - at) * 1000 AS ms FROM obsidian_events.delivered ORDER BY id'
    const rows = (await sql(text)) as { id: string; ms: unknown }[]
    expect(rows.map(({ id, ms }) => [id, Math.round(Number(ms) / 60_000)])).toEqual([
      ['invoice-1', (30 * dayMs) / 60_000],
      ['invoice-2', dayMs / 2 / 60_000],
    ])
  })

  test('a line that the API refuses for its content is rejected, and the rest goes on', async () => {
    api.answer = ({ body }) => (body.event === 'odd' ? 400 : 200)
    writeLines(at, 'events.ndjson', [track('a', 'odd'), track('a', 'even')])
    expect(await totals(`--from events.ndjson --outbox ${outbox}`)).toMatchObject({ delivered: 1, rejected: 1 })
  })

  test('a token that is refused stops it at once, keeps the place, and loses and repeats nothing', async () => {
    writeLines(at, 'events.ndjson', invoices(0, 300))
    api.answer = (_request, count) => (count > 100 ? 401 : 200)
    const { code, stderr } = await at.run(`obsidian-events track --from events.ndjson --outbox ${outbox}`)
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /401 .*Mend that, then go on:\n {2}obsidian-events track .* --resume\nSee \S+\/errors\/authentication\/\n$/,
    )
    expect(api.arrivals.length).toBeLessThanOrEqual(100 + 32)
    api.arrivals.splice(100)
    api.answer = () => 200
    expect(await totals(`--from events.ndjson --resume --outbox ${outbox}`)).toMatchObject({ lines: 300, pending: 0 })
    expect(arrived()).toEqual(Array.from({ length: 300 }, (_, invoice) => `invoice-${invoice}`).toSorted())
  })

  test('after Ctrl-C a run goes on with what is in it, and nothing comes twice', async () => {
    writeLines(at, 'events.ndjson', invoices(0, 3_000))
    const signalled = Promise.withResolvers<void>()
    api.answer = async (_request, count) => {
      if (count > 300) await signalled.promise
      return 200
    }
    const child = at.start(`obsidian-events track --from events.ndjson --outbox ${outbox}`)
    await expect.poll(() => api.arrivals.length).toBeGreaterThan(300)
    child.kill('SIGINT')
    await at.told(child, 'Stopping')
    signalled.resolve()
    await once(child, 'close')
    expect(child.exitCode).toBe(130)
    expect(api.arrivals.length).toBeLessThanOrEqual(300 + 2 * 32)
    expect(await totals(`--from events.ndjson --resume --outbox ${outbox}`)).toMatchObject({ lines: 3_000, pending: 0 })
    expect(arrived()).toEqual(Array.from({ length: 3_000 }, (_, invoice) => `invoice-${invoice}`).toSorted())
  })
})

test('a table that is read as customers and then as events gives both, and no two of them one id', async () => {
  writeLines(at, 'sales.csv', ['customer_id,email,event', 'c1,a@example.com,paid', 'c2,b@example.com,paid'])
  for (const call of ['identify', 'track']) {
    const records = await at.records(`obsidian-events ${call} --from sales.csv --journal ${call} --outbox o.db --json`)
    expect(records).toMatchObject([{ delivered: 2, rejected: 0 }])
  }
  expect(new Set(arrived()).size).toBe(4)
})

test('a database that cannot be reached is named with the cause while the import waits for it', async () => {
  writeLines(at, 'events.ndjson', invoices(0, 1))
  const child = at.start('obsidian-events track --from events.ndjson --outbox postgres://me@127.0.0.1:1/app')
  const told = await at.told(child, 'ECONNREFUSED')
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(told.replaceAll(/\s+/g, ' ')).toMatch(/^postgres:\/\/me@127\.0\.0\.1:1\/app is not open yet: .*ECONNREFUSED/)
})

test('a file that another import has open is refused, and nothing is sent', async () => {
  writeLines(at, 'slow.ndjson', [paid(1)])
  writeLines(at, 'other.ndjson', [paid(2)])
  const released = Promise.withResolvers<void>()
  api.answer = async () => {
    await released.promise
    return 200
  }
  const child = at.start('obsidian-events track --from slow.ndjson --outbox imports.db')
  await expect.poll(() => api.arrivals.length).toBe(1)
  const { code, stderr } = await at.run('obsidian-events track --from other.ndjson --outbox imports.db')
  expect(code).toBe(1)
  // A slow machine is told before that the file is not open yet.
  expect(stderr.split('\n').slice(-3).join('\n')).toBe(
    `imports.db is in use by another import or tracker: go on once that has ended.\n${see('command-line')}`,
  )
  expect(existsSync(at.path('other.ndjson.journal'))).toBe(false)
  released.resolve()
  await once(child, 'close')
  expect(child.exitCode).toBe(0)
  expect(arrived()).toEqual(['invoice-1'])
})

test.each([
  ['--outbox folder', 1, /folder/],
  ['--outbox postgres://nobody@127.0.0.1:1/none --remember tomorrow', 2, /Write a time such as 30d/],
  ['--outbox imports.db --remember 0d', 2, /Write a time such as 30d/],
  ['--outbox imports.db --remember 99999d', 2, /up to ten years/],
  ['--outbox imports.db --schema app', 2, /--schema belongs to a database/],
  ['--outbox imports.db --rejects imports.db', 2, /^--rejects would overwrite the outbox/],
  ['--outbox imports.db --rejects ./imports.db', 2, /^--rejects would overwrite the outbox/],
  ['--remember 30d', 2, /--remember goes only with --outbox/],
  ['--outbox', 2, /DATABASE_URL/],
])('%s: one message, and nothing sent', async (options, exit, message) => {
  mkdirSync(at.path('folder'))
  writeLines(at, 'events.ndjson', [paid(1)])
  const { code, stderr } = await at.run(`obsidian-events track --from events.ndjson ${options}`)
  expect(stderr).toMatch(message)
  expect(code).toBe(exit)
  expect(api.arrivals).toEqual([])
  expect(existsSync(at.path('events.ndjson.journal'))).toBe(false)
})
