import { OutboxError, ValidationError } from '@obsidianlaunch/events'
import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { beforeEach, describe, expect, test } from 'vitest'
import { enqueue, type EnqueuedEvent, enqueueStatement } from '../../src/index.ts'
import { Site } from '../support/site.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const paid = { operation: 'trackEvent', customerId: 'user123', event: 'invoice_paid' } as const
const named = (event: string, customerId = 'user123'): EnqueuedEvent => ({ operation: 'trackEvent', customerId, event })

describe('events in a transaction', () => {
  test('are sent once it has committed, and not before', async () => {
    await using site = await Site.open()
    await site.tracker()
    await site.transaction(async (client) => {
      await client.query('CREATE TABLE invoice (customer_id text)')
      await client.query(`INSERT INTO invoice VALUES ('user123')`)
      const traits = { name: 'Ada', created: new Date(1_700_000_000_000), properties: { seats: 12 } }
      await enqueue(client, [
        { operation: 'identifyCustomer', customerId: 'user123', traits },
        { ...paid, category: 'billing', property: { at: new Date(0) } },
      ])
      await site.transaction((other) => enqueue(other, [named('meanwhile', 'user124')]))
      await expect.poll(() => site.events()).toEqual(['meanwhile'])
    })
    await site.settled()
    expect(await site.query('SELECT * FROM invoice')).toHaveLength(1)
    expect(site.arrivals.slice(1)).toEqual([
      {
        path: '/customer/test',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        body: { customer_id: 'user123', name: 'Ada', created: 1_700_000_000, properties: { seats: 12 } },
      },
      {
        path: '/events/test',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        body: {
          customer_id: 'user123',
          event: 'invoice_paid',
          category: 'billing',
          property: { at: '1970-01-01T00:00:00.000Z' },
        },
      },
    ])
  })

  test('have never been where it is rolled back', async () => {
    await using site = await Site.open()
    await site.tracker()
    await site.transaction((client) => enqueue(client, [paid]), 'ROLLBACK')
    await site.transaction((client) => enqueue(client, [named('after')]))
    await site.settled()
    expect(site.events()).toEqual(['after'])
  })

  test('go to production where they say so, or the environment of the process does', async ({ onTestFinished }) => {
    await using site = await Site.open()
    await site.tracker({ environment: 'test' })
    process.env['EVENT_TRACKING_ENVIRONMENT'] = 'production'
    onTestFinished(() => void delete process.env['EVENT_TRACKING_ENVIRONMENT'])
    await enqueue(site.pool, [named('by the process')])
    await enqueue(site.pool, [named('by the call')], { environment: 'test' })
    await site.settled()
    expect(site.arrivals.map(({ path, body }) => [path, body.event])).toEqual([
      ['/events', 'by the process'],
      ['/events/test', 'by the call'],
    ])
  })

  test('are sent once for an id, however often they are written, and other data under it becomes a dead letter', async () => {
    await using site = await Site.open()
    const tracker = await site.tracker()
    await enqueue(site.pool, [
      { ...paid, id: 'invoice-1' },
      { ...paid, id: 'invoice-1' },
      { ...named('other data'), id: 'invoice-1' },
      named('behind'),
    ])
    await site.settled()
    await enqueue(site.pool, [
      { ...paid, id: 'invoice-1' },
      { ...named('other data, later'), id: 'invoice-1' },
      { ...paid, customerId: 'user124', id: 'invoice-1' },
    ])
    await site.settled()
    expect(site.events('user123')).toEqual(['invoice_paid', 'behind'])
    expect(site.arrivals[0]?.id).toBe('invoice-1')
    expect(site.events('user124')).toEqual(['invoice_paid'])
    expect(await tracker.deadLetters()).toMatchObject([
      {
        entry: { id: 'invoice-1' },
        attempts: 0,
        detail: 'Not sent: id is on its way, or was delivered, with other data.',
      },
      { entry: { id: 'invoice-1' }, attempts: 0 },
    ])
  })

  test('share the id with what a tracker was given', async () => {
    await using site = await Site.open()
    const tracker = await site.tracker()
    await tracker.trackEvent('user123', 'invoice_paid', { id: 'invoice-1', property: { b: 1, a: 2 } })
    await enqueue(site.pool, [{ ...paid, property: { b: 1, a: 2 }, id: 'invoice-1' }])
    await site.settled()
    expect(site.events()).toEqual(['invoice_paid'])
    expect(await tracker.deadLetters()).toEqual([])
  })

  test('may be of a schema of another name, and none at all', async () => {
    await using site = await Site.open()
    await expect(enqueue(site.pool, [paid], { schema: 'elsewhere' })).rejects.toMatchObject({
      problem: 'missing',
      message: expect.stringContaining('The outbox elsewhere is not in this database'),
    })
    await expect(enqueue(site.pool, [], { schema: 'elsewhere' })).resolves.toBeUndefined()
  })
})

describe('an event that cannot be sent', () => {
  const wrong: [name: string, event: unknown, issue: object][] = [
    ['an empty name', { ...paid, event: '' }, { path: 'event', reason: 'must not be empty' }],
    ['a number for a name', { ...paid, event: 7 }, { path: 'event', reason: 'must be string' }],
    ['an unknown field', { ...paid, properties: {} }, { path: 'properties' }],
    [
      'an unknown operation',
      { ...paid, operation: 'track' },
      { path: 'operation', reason: 'must be identifyCustomer or trackEvent' },
    ],
    ['the name of a method as operation', { ...paid, operation: 'toString' }, { path: 'operation' }],
    ['an id with a space', { ...paid, id: ' a' }, { path: 'id' }],
    ['a number for an id', { ...paid, id: 7 }, { path: 'id' }],
    ['an empty customer', { ...paid, customerId: '' }, { path: 'customer_id' }],
    ['a customer with a zero', { ...paid, customerId: 'a\0' }, { path: 'customer_id' }],
    ['a customer too long for an index', { ...paid, customerId: 'ü'.repeat(1_001) }, { path: 'customer_id' }],
    ['a BigInt', { ...paid, property: { big: 1n } }, { path: 'property.big' }],
    [
      'an unknown trait',
      { operation: 'identifyCustomer', customerId: 'a', traits: { unknown: 1 } },
      { path: 'unknown' },
    ],
    ['no traits', { operation: 'identifyCustomer', customerId: 'a' }, { path: 'traits' }],
    ['null', null, { path: 'operation' }],
  ]

  test.each(wrong)('is told before anything is written: %s', async (_, event, issue) => {
    const given = [paid, event] as EnqueuedEvent[]
    const client = { query: () => expect.unreachable('nothing is written') }
    const thrown: unknown = await enqueue(client, given).catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(ValidationError)
    expect((thrown as ValidationError).issues).toEqual([expect.objectContaining(issue)])
    expect(() => enqueueStatement(given)).toThrow(ValidationError)
  })

  test('leaves the transaction as it was', async () => {
    await using site = await Site.open()
    await site.transaction(async (client) => {
      await expect(enqueue(client, [paid, named('')])).rejects.toThrow('Not sent: event must not be empty')
      await enqueue(client, [named('mended')])
    })
    expect(await site.query(`SELECT body ->> 'event' AS event FROM obsidian_events.enqueued`)).toEqual([
      { event: 'mended' },
    ])
  })

  test('what befalls the transaction is thrown as it is, for code that tries it again', async () => {
    await using site = await Site.open()
    await site.transaction(async (client) => {
      await client.query('SELECT 1 / 0').catch(() => undefined)
      const thrown: unknown = await enqueue(client, [paid]).catch((error: unknown) => error)
      expect(thrown).not.toBeInstanceOf(OutboxError)
      expect(thrown).toMatchObject({ code: '25P02' })
    }, 'ROLLBACK')
  })
})

test('text of any kind arrives as it was given', async () => {
  await using site = await Site.open()
  await site.tracker()
  const event = `"quoted" \\ back \u0000 zero \n line 計画 ✅ $1 ? :name {0}`
  const property = JSON.parse(
    '{ "__proto__": 1, "10": 2, "e": 1e21, "deep": [[[{ "\\u2028": "\\u0000" }]]] }',
  ) as Record<string, unknown>
  await enqueue(site.pool, [{ ...paid, customerId: `O'Brien "x" кlient`, event, property }])
  await site.settled()
  expect(site.arrivals[0]?.body).toEqual({ customer_id: `O'Brien "x" кlient`, event, property })
})
