import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Mock, startMock } from '@obsidianlaunch/events-mock'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commandsOf, Workplace } from '../command-line.ts'
import { receive } from '../receiver.ts'
import { track } from './files.ts'

const page = textOf('migrating/exports')
const sample = (name: string) => readFileSync(new URL(`../files/${name}`, import.meta.url))

let mock: Mock
let at: Workplace
beforeEach(async () => {
  mock = await startMock()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any-token', EVENT_TRACKING_BASE_URL: mock.url })
})
afterEach(async () => {
  at[Symbol.dispose]()
  await mock[Symbol.asyncDispose]()
})

/** The command of the page for a file of this name. */
function commandFor(name: string): string {
  const { line = '' } = commandsOf(page).find(({ line: each }) => each.includes(name)) ?? {}
  expect(line).toContain(name)
  return line
}

const bodies = () => mock.good.map(({ body }) => body)
/** The bodies by their customers, which are sent side by side. */
const sorted = () => bodies().toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
const ids = () => mock.good.map(({ headers }) => headers['idempotency-key'] ?? '').toSorted()
/** Why each rejected line was rejected. */
const reasons = (stdout: string) =>
  Object.fromEntries([...stdout.matchAll(/^line +(\d+) {2}(.*)$/gm)].map(([, line, reason]) => [line, reason]))

describe('with the command of the page', () => {
  test('an export of Segment arrives, and page views and anonymous people are told', async () => {
    writeFileSync(at.path('segment.json.gz'), gzipSync(sample('segment.ndjson')))
    const { code, stdout } = await at.run(commandFor('segment.json.gz'))
    expect(code).toBe(1)
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_1001',
        event: 'Order Completed',
        property: {
          order_id: '50314b8e',
          total: 27.5,
          currency: 'USD',
          coupon: null,
          products: [
            { sku: '45790-32', quantity: 1 },
            { sku: '46493-32', quantity: 2 },
          ],
          happened_at: '2024-06-10T06:13:40.311Z',
        },
      },
      {
        customer_id: 'usr_1001',
        name: 'Ada Example',
        email: 'ada@example.com',
        properties: {
          email: 'ada@example.com',
          name: 'Ada Example',
          plan: 'premium',
          createdAt: '2024-06-10T06:13:29.000Z',
        },
      },
      {
        customer_id: 'usr_1002',
        event: 'Invoice Paid',
        property: { amount: 50, currency: 'GBP', happened_at: '2024-06-10T06:14:00.311Z' },
      },
    ])
    expect(ids()).toEqual(['ajs-next-1718000010000-a2', 'ajs-next-1718000020000-a3', 'node-next-1718000040000-c1'])
    const advice = 'take the line out, or, if the type is part of the event, --map property.type=type'
    expect(reasons(stdout)).toEqual({
      1: `type "page" is neither identify nor track: ${advice}`,
      4: 'customer_id is missing, since userId is null: fill it in, or take the line out',
      6: `type "group" is neither identify nor track: ${advice}`,
    })
  })

  test('an export of Amplitude arrives, whatever numbers stand in what is not sent', async () => {
    writeFileSync(at.path('amplitude.json.gz'), gzipSync(sample('amplitude.ndjson')))
    const { code, stdout } = await at.run(commandFor('amplitude.json.gz'))
    expect(code).toBe(1)
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_2001',
        event: 'page_view',
        property: {
          page: '/dashboard',
          seats: 5,
          split: [{ account: 'a-1' }],
          referrer: null,
          happened_at: '2024-06-10T06:13:20.977Z',
        },
      },
      { customer_id: 'usr_2002', event: 'session_start', property: { happened_at: '2024-06-10T06:13:22.977Z' } },
    ])
    expect(ids()).toEqual(['3f6c1b0e-1', '3f6c1b0e-3'])
    expect(reasons(stdout)).toEqual({
      2: 'customer_id is missing, since user_id is null: fill it in, or take the line out',
    })
  })

  test('an export of PostHog arrives, with properties that are an object or written as text', async () => {
    writeFileSync(at.path('posthog.jsonl.gz'), gzipSync(sample('posthog.ndjson')))
    expect(await at.run(commandFor('posthog.jsonl.gz'))).toMatchObject({ code: 0 })
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_6001',
        event: '$pageview',
        property: { $current_url: 'https://example.com/', happened_at: '2024-06-10T06:13:20.311Z' },
      },
      {
        customer_id: 'usr_6002',
        event: 'invoice paid',
        property: { amount: 50, $lib: 'posthog-node', happened_at: '2024-06-10T06:13:21.000Z' },
      },
    ])
    expect(ids()).toEqual(['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'])
  })

  test('a spreadsheet’s CSV arrives with the commas and line breaks of its cells', async () => {
    writeFileSync(at.path('spreadsheet.csv'), sample('spreadsheet.csv'))
    const { code, stdout } = await at.run(commandFor('spreadsheet.csv'))
    expect(code).toBe(1)
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_3001',
        event: 'Plan changed',
        property: { seats: 5, comment: 'Wants more seats, soon.\nCalls back on Monday.' },
      },
      { customer_id: 'usr_3002', event: 'Demo, second', property: { comment: 'Said "maybe"' } },
    ])
    expect(reasons(stdout)).toEqual({
      5: 'Seats is "1,200": write a number such as 1234.5, or send it as text',
      7: 'has 3 cells, and the header 4: add the missing ones',
    })
  })

  test('a table of PostgreSQL arrives with its JSON, booleans, numbers and times', async () => {
    writeFileSync(at.path('postgres.csv'), sample('postgres.csv'))
    expect(await at.run(commandFor('postgres.csv'))).toMatchObject({ code: 0 })
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_4001',
        event: 'invoice_paid',
        category: 'billing',
        property: { tags: ['a', 'b'], invoice: 77, paid: true, amount: 49.9, happened_at: '2024-06-10T06:13:20.311Z' },
      },
      {
        customer_id: 'usr_4002',
        event: 'invoice_paid',
        property: { note: 'say "hi"\nto all', paid: false, amount: 0, happened_at: '2024-06-10T06:13:21.000Z' },
      },
      {
        customer_id: 'usr_4003',
        event: 'note_added',
        property: { paid: true, happened_at: '2024-06-10T06:13:22.500Z' },
      },
    ])
    // The key of the table, beyond what a number could hold.
    expect(ids()).toEqual(['9007199254740993', '9007199254740994', '9007199254740995'])
  })

  test('lines of BigQuery arrive with nulls at every depth, and numbers that it writes as text', async () => {
    writeFileSync(at.path('bigquery.json'), sample('bigquery.ndjson'))
    const { code, stdout } = await at.run(commandFor('bigquery.json'))
    expect(code).toBe(1)
    expect(sorted()).toEqual([
      {
        customer_id: 'usr_5001',
        event: 'purchase',
        property: {
          coupon: null,
          source: { medium: null, campaign: { id: null, name: 'spring' } },
          items: [{ sku: '45790-32', discount: null }],
          quantity: 2,
          happened_at: '2024-06-10T06:13:20.311Z',
        },
      },
      {
        customer_id: 'usr_5002',
        event: 'refund',
        property: { quantity: null, happened_at: '2024-06-10T06:13:21.000Z' },
      },
    ])
    expect(ids()).toEqual(['1766327969459007199', '1766327969459007200'])
    expect(reasons(stdout)).toEqual({
      3: 'customer_id is missing, since user_id is null: fill it in, or take the line out',
    })
  })

  test('what two exports share arrives once', async () => {
    const calls = sample('segment.ndjson').toString().trimEnd().split('\n')
    const line = `${commandFor('segment.json.gz')} --outbox imports.db --json`
    const run = async (name: string, part: readonly string[]) => {
      writeFileSync(at.path(name), gzipSync(part.join('\n')))
      return (await at.records(line.replace('segment.json.gz', name))).find(({ type }) => type === 'totals')
    }
    expect(await run('june.gz', calls.slice(0, 4))).toMatchObject({ delivered: 2, alreadyDelivered: 0, rejected: 2 })
    expect(await run('july.gz', calls.slice(1))).toMatchObject({ delivered: 1, alreadyDelivered: 2, rejected: 2 })
    expect(ids()).toEqual(['ajs-next-1718000010000-a2', 'ajs-next-1718000020000-a3', 'node-next-1718000040000-c1'])
  })
})

test('a gzip of a file with CRLF and a byte order mark arrives, through a pipe, too', async () => {
  const text = `\uFEFF${track('a', 'one')}\r\n${track('b', 'two')}\r\n`
  writeFileSync(at.path('events.ndjson'), text)
  writeFileSync(at.path('events.gz'), gzipSync(text))
  for (const line of ['track --from events.ndjson', 'track --from events.gz', 'track --from - < events.gz']) {
    expect({ line, ...(await at.run(`obsidian-events ${line}`)) }).toMatchObject({ line, code: 0, stderr: '' })
    expect(sorted()).toEqual([
      { customer_id: 'a', event: 'one' },
      { customer_id: 'b', event: 'two' },
    ])
    mock.reset()
  }
})

test('a last line that was cut off is told, and goes in when the rest of it is there', async () => {
  const [whole, cut] = [track('a', 'one'), track('b', 'two')]
  writeFileSync(at.path('events.ndjson'), `${whole}\n${cut.slice(0, 20)}`)
  const { code, stdout } = await at.run('obsidian-events track --from events.ndjson')
  expect(code).toBe(1)
  expect(reasons(stdout)).toEqual({ 2: 'is not JSON: it ends too early. Write the rest of it, or take it out' })
  appendFileSync(at.path('events.ndjson'), `${cut.slice(20)}\n`)
  expect(await at.run('obsidian-events track --from events.ndjson --resume')).toMatchObject({ code: 0 })
  expect(bodies()).toEqual([
    { customer_id: 'a', event: 'one' },
    { customer_id: 'b', event: 'two' },
  ])
})

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${track(`c${index % 7}`, String(from + index))}\n`).join('')

test('a file that grows while it is read arrives whole, each line once', async () => {
  const [before, during, after] = [20_000, 20_100, 20_200]
  writeFileSync(at.path('events.ndjson'), lines(0, before))
  // At the first answer most of it is still to be read, since the lines before wait for theirs.
  await using api = await receive((_request, count) => {
    if (count === 1) appendFileSync(at.path('events.ndjson'), lines(before, during))
    return 200
  })
  at.env['EVENT_TRACKING_BASE_URL'] = api.url
  const importing = 'obsidian-events track --from events.ndjson --resume --json'
  expect(await at.records(importing)).toMatchObject([
    { type: 'totals', complete: true, lines: during, delivered: during },
  ])
  appendFileSync(at.path('events.ndjson'), lines(during, after))
  expect(await at.records(importing)).toMatchObject([
    { type: 'totals', complete: true, lines: after, delivered: after },
  ])
  const arrived = api.arrivals.map(({ body }) => Number(body.event))
  expect(arrived.toSorted((one, other) => one - other)).toEqual(Array.from({ length: after }, (_, number) => number))
})

test('a name of a file without --from is told how it goes', async () => {
  writeFileSync(at.path('events.csv'), 'customer_id,event\na,x\n')
  const { code, stderr } = await at.run('obsidian-events track events.csv')
  expect(code).toBe(2)
  expect(stderr).toContain('For a file of them: obsidian-events track --from events.csv')
})

test('each line that no event can be made of says how to mend it', async () => {
  const mends: [line: string, reason: string][] = [
    ['{"customer_id":null,"event":"x"}', 'customer_id is null: fill it in, or take the line out'],
    ['{"customer_id":"","event":"x"}', 'customer_id must not be empty: fill it in, or take the line out'],
    [
      '{"customer_id":7,"event":"x"}',
      'customer_id must be text: put it in quotes, or --map customer_id:text=customer_id',
    ],
    ['{"customer_id":"a","event":7}', 'event must be string: write it as text, in quotes'],
    [
      '{"customer_id":"a","event":"x","property":"y"}',
      'property must be object: write an object, such as {"path":"/"}',
    ],
    ['{"customer_id":"a","event":"x","category":null}', 'category must be string: leave it out if there is none'],
    [
      '{"customer_id":"a","event":"x","plan":"pro"}',
      'plan is not a field of track: put it into property, or pick fields by --map',
    ],
    [
      '{"type":"identify","customer_id":"a","age":5}',
      'age is not a field of identify: put it into properties, or pick fields by --map',
    ],
    [
      '{"user":"a","action":"x"}',
      'customer_id and event are missing: add them, or name what has them: --map customer_id=user_id --map event=name',
    ],
    ['{"customer_id":"a"}', 'event is missing: add it, or name what has it: --map event=name'],
  ]
  writeFileSync(at.path('events.ndjson'), mends.map(([line]) => `${line}\n`).join(''))
  const { stdout } = await at.run('obsidian-events track --from events.ndjson')
  expect(reasons(stdout)).toEqual(Object.fromEntries(mends.map(([, reason], index) => [index + 1, reason])))
  expect(mock.requests).toEqual([])
})

test('a name in --map that is not in the file is told with the one that is near', async () => {
  writeFileSync(at.path('amplitude.json'), sample('amplitude.ndjson'))
  const { stdout } = await at.run(
    'obsidian-events track --from amplitude.json --map customer_id=userid --map event=event_type',
  )
  expect(reasons(stdout)[1]).toBe('customer_id is missing, since userid is not in it: did you mean user_id?')
})
