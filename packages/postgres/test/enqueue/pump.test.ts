import { missingDatabase } from '@obsidianlaunch/testkit/database'
import { Client } from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { enqueue, type EnqueuedEvent, postgresOutbox, readPostgresOutbox } from '../../src/index.ts'
import { Site } from '../support/site.ts'

const missing = missingDatabase()
beforeEach(({ skip }) => skip(missing !== undefined, missing))

const named = (event: string, customerId = 'user123'): EnqueuedEvent => ({ operation: 'trackEvent', customerId, event })

const insert = 'INSERT INTO obsidian_events.enqueued (customer_id, operation, body) VALUES ($1, $2, $3)'

describe('rows of plain SQL', () => {
  test('are sent as the SDK would send them', async () => {
    await using site = await Site.open()
    await site.tracker()
    await site.query(insert, ['user123', 'identifyCustomer', '{"name": "Ada", "properties": {"plan": "premium"}}'])
    await site.query(insert, ['user123', 'trackEvent', '{"event": "invoice_paid"}'])
    await site.query(insert, ['user123', 'trackEvent', '{"customer_id": "user123", "event": "as on the wire"}'])
    await site.query(
      `INSERT INTO obsidian_events.enqueued (customer_id, operation, body, environment, id)
      VALUES ('user123', 'trackEvent', '{"event": "of production"}', 'production', 'invoice-1')`,
    )
    await site.settled()
    expect(site.arrivals).toMatchObject([
      { path: '/customer/test', body: { customer_id: 'user123', name: 'Ada', properties: { plan: 'premium' } } },
      { path: '/events/test', body: { customer_id: 'user123', event: 'invoice_paid' } },
      { path: '/events/test', body: { customer_id: 'user123', event: 'as on the wire' } },
      { path: '/events', id: 'invoice-1', body: { customer_id: 'user123', event: 'of production' } },
    ])
  })

  const invalid: [body: string, detail: string][] = [
    ['{}', 'event is missing'],
    ['{"event": ""}', 'event must not be empty'],
    ['{"event": "a", "properties": {}}', 'properties is not a known field'],
    ['{"event": "a", "operation": "identifyCustomer"}', 'operation is not a known field of the body'],
    ['{"event": "a", "customer_id": "user124"}', 'customer_id is another one in the body'],
    ['{"event": "a", "category": null}', 'category must be string'],
    ['{"event": "a", "property": {"id": 9007199254740993}}', 'has the number 9007199254740993, which would be rounded'],
    ['{"event": "a", "property": {"n": 1e999}}', 'property.n is Infinity, which JSON cannot carry'],
    ['{"event": "\\ud800"}', 'event has a lone surrogate'],
    [`{"event": "a", "property": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'property must be object'],
    [`{"event": "a", "property": {"a": ${'['.repeat(200)}${']'.repeat(200)}}}`, 'is nested deeper than 100 levels'],
    ['["a"]', 'body must be an object'],
    ['"a"', 'body must be an object'],
    ['null', 'body must be an object'],
  ]

  test('that are not what the API takes become dead letters that say why, and hold up nobody', async () => {
    await using site = await Site.open()
    const tracker = await site.tracker()
    await site.transaction(async (client) => {
      for (const [body] of invalid) await client.query(insert, ['user123', 'trackEvent', body])
      await client.query(insert, ['user123', 'identifyCustomer', '{"unknown": 1}'])
      await client.query(insert, ['', 'trackEvent', '{"event": "of nobody"}'])
      await client.query(insert, ['user123', 'trackEvent', '{"event": "behind"}'])
    })
    await site.settled()
    expect(site.events()).toEqual(['behind'])
    const letters = await tracker.deadLetters()
    expect(letters.map(({ detail }) => detail)).toEqual([
      ...invalid.map(([, detail]) => expect.stringContaining(detail)),
      expect.stringContaining('unknown'),
      expect.stringContaining('customer_id'),
    ])
    expect(letters.map(({ entry }) => entry.body)).toEqual([
      ...invalid.map(([body]) => body),
      '{"unknown": 1}',
      '{"event": "of nobody"}',
    ])
    expect(await site.query('SELECT * FROM obsidian_events.lane')).toEqual([])
  })

  test('that could not be a dead letter either are refused to whoever writes them', async () => {
    await using site = await Site.open()
    const write = (columns: Record<string, string>) => {
      const row = { customer_id: 'a', operation: 'trackEvent', body: '{"event": "a"}', ...columns }
      const places = Object.keys(row).map((_, at) => `$${at + 1}`)
      return site.query(
        `INSERT INTO obsidian_events.enqueued (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`,
        Object.values(row),
      )
    }
    await expect(write({ operation: 'track' })).rejects.toThrow('operation_is_identify_customer_or_track_event')
    await expect(write({ environment: 'staging' })).rejects.toThrow('environment_is_test_or_production')
    await expect(write({ customer_id: 'a'.repeat(2_001) })).rejects.toThrow('customer_id_has_2000_bytes_at_the_most')
    await expect(write({ body: '{' })).rejects.toThrow('invalid input syntax for type json')
    for (const id of ['', ' a', 'a ', 'ü', 'a\n', 'a'.repeat(256)]) {
      await expect(write({ id })).rejects.toThrow('id_is_1_to_255_printable_ascii_characters')
    }
    for (const id of ['a', 'a b', '~!', 'a'.repeat(255)]) await write({ id })
    expect(await site.query('SELECT * FROM obsidian_events.enqueued')).toHaveLength(4)
  })

  test('with the longest ids that the table takes reach the API', async () => {
    await using site = await Site.open()
    await site.tracker()
    // Random, since an index packs what repeats.
    const customer = Array.from({ length: 2_000 }, () => Math.floor(Math.random() * 36).toString(36)).join('')
    await enqueue(site.pool, [{ ...named('a', customer), id: customer.slice(0, 255) }])
    await site.settled()
    expect(site.events(customer)).toEqual(['a'])
  })
})

describe('order', () => {
  test('what commits late is not passed over, though what was written after it has gone', async () => {
    await using site = await Site.open()
    await site.tracker()
    await site.transaction(async (late) => {
      await enqueue(late, [named('written first')])
      await enqueue(site.pool, [named('committed first')])
      await site.query('NOTIFY obsidian_events')
      await expect.poll(() => site.events()).toEqual(['committed first'])
    })
    await site.settled()
    expect(site.events()).toEqual(['committed first', 'written first'])
  })

  test('of transactions one after the other is kept, in batches too, whichever tracker moves them', async () => {
    await using site = await Site.open()
    const events = Array.from({ length: 1_200 }, (_, n) => named(String(n), String(n % 100)))
    // One at a time for those at the edges of a batch, and many at once between.
    for (const at of [0, 1, 2]) await enqueue(site.pool, [events[at] as EnqueuedEvent])
    await enqueue(site.pool, events.slice(3, 498))
    for (let at = 498; at < 510; at++) await enqueue(site.pool, [events[at] as EnqueuedEvent])
    await enqueue(site.pool, events.slice(510))
    await Promise.all([site.tracker(), site.tracker()])
    await site.settled()
    for (let customer = 0; customer < 100; customer++) {
      expect(site.events(String(customer))).toEqual(Array.from({ length: 12 }, (_, n) => String(n * 100 + customer)))
    }
  })

  test('of transactions at the same time is that of their commits, where they ask for it', async () => {
    await using site = await Site.open()
    let second: Promise<void> | undefined
    const other = await site.pool.connect()
    await site.transaction(async (first) => {
      await enqueue(first, [named('of the first'), named('of the first', 'b')], { ordered: true })
      await other.query('BEGIN')
      second = enqueue(other, [named('of the second', 'b'), named('of the second')], { ordered: true })
      // Another customer waits for nobody.
      await enqueue(site.pool, [named('alone', 'c')], { ordered: true })
      const waiting = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
      await expect.poll(() => site.query(waiting)).toEqual([{ n: 1 }])
      await enqueue(first, [named('still of the first')], { ordered: true })
    })
    await second
    await other.query('COMMIT')
    other.release()
    await site.tracker()
    await site.settled()
    expect(site.events('user123')).toEqual(['of the first', 'still of the first', 'of the second'])
    expect(site.events('b')).toEqual(['of the first', 'of the second'])
  })

  test('a program that writes plain SQL asks for it by in_order', async () => {
    await using site = await Site.open()
    await site.transaction(async (client) => {
      await client.query(`SELECT obsidian_events.in_order('user123', 'b')`)
      await site.transaction(async (other) => {
        await other.query(`SET LOCAL lock_timeout = '50ms'`)
        await expect(enqueue(other, [named('too early')], { ordered: true })).rejects.toMatchObject({ code: '55P03' })
      }, 'ROLLBACK')
    })
  })
})

describe('what is enqueued and not moved yet', () => {
  test('counts as pending, and shows among those that wait', async () => {
    await using site = await Site.open()
    const outbox = postgresOutbox(site.url)
    const entry = { customerId: 'a', operation: 'trackEvent', body: '{}', acceptedAt: 1, id: '1' } as const
    await outbox.append([entry])
    await enqueue(site.pool, [named('1', 'a'), named('2', 'a'), named('3', 'b')], { environment: 'production' })
    expect(await outbox.counts()).toEqual({ pending: 4, dead: 0 })
    expect(await outbox.waiting?.(10)).toEqual([
      { customerId: 'a', environment: 'test', pending: 3, oldestAt: 1, attempts: 0, dueInMs: 0, isLent: false },
      {
        customerId: 'b',
        environment: 'production',
        pending: 1,
        oldestAt: expect.closeTo(Date.now(), -6),
        attempts: 0,
        dueInMs: 0,
        isLent: false,
      },
    ])
    expect(await outbox.waiting?.(1)).toHaveLength(1)
    expect(await readPostgresOutbox(site.url)).toMatchObject({ pending: 4, dead: 0, customers: 2, waiting: [{}, {}] })
    await outbox.close()
  })

  test('is erased with its customer', async () => {
    await using site = await Site.open()
    const outbox = postgresOutbox(site.url)
    await enqueue(site.pool, [named('1', 'a'), named('2', 'a'), named('3', 'b')])
    expect(await outbox.forget('a')).toEqual({ pending: 2, dead: 0 })
    expect(await outbox.counts()).toEqual({ pending: 1, dead: 0 })
    await outbox.close()
    await site.tracker()
    await site.settled()
    expect(site.events()).toEqual(['3'])
  })

  test('is moved by one at a time: another one leaves it alone', async () => {
    await using site = await Site.open()
    await enqueue(site.pool, [named('1')])
    const pump = `SELECT obsidian_events.pump('{1}', ARRAY['{}'], ARRAY[NULL], 1000) AS moved`
    await site.transaction(async (client) => {
      expect((await client.query(pump)).rows).toEqual([{ moved: '1' }])
      expect(await site.query(pump)).toEqual([{ moved: null }])
    }, 'ROLLBACK')
    expect(await site.query(pump)).toEqual([{ moved: '1' }])
    expect(await site.query(pump)).toEqual([{ moved: '0' }])
    expect(await site.query('SELECT owners FROM obsidian_events.event')).toEqual([{ owners: [] }])
  })

  test('is moved at the least every two seconds, without a hint', async () => {
    await using site = await Site.open()
    await site.tracker()
    await enqueue(site.pool, [named('1')])
    await expect.poll(() => site.events()).toEqual(['1'])
  })

  test('waits while it cannot be moved, and does not hold up what is stored', async () => {
    await using site = await Site.open()
    await enqueue(site.pool, [named('enqueued')])
    await site.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER refusal BEFORE DELETE ON obsidian_events.enqueued FOR EACH ROW EXECUTE FUNCTION refuse()`)
    const tracker = await site.tracker()
    await tracker.trackEvent('user123', 'tracked')
    expect(site.events()).toEqual(['tracked'])
    await site.query('DROP TRIGGER refusal ON obsidian_events.enqueued')
    await site.settled()
    expect(site.events()).toEqual(['tracked', 'enqueued'])
  })

  test('that its tracker has no right to move is told where the outbox is opened', async () => {
    await using site = await Site.open()
    await enqueue(site.pool, [named('enqueued')])
    await site.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'permission denied' USING ERRCODE = '42501'; END $$;
      CREATE TRIGGER refusal BEFORE DELETE ON obsidian_events.enqueued FOR EACH ROW EXECUTE FUNCTION refuse()`)
    const outbox = postgresOutbox(site.url)
    outbox.watch?.({ due: () => undefined, ended: () => undefined })
    await expect(Promise.resolve(outbox.counts())).rejects.toMatchObject({ problem: 'denied' })
    await outbox.close()
  })

  test('is written by a user with no other right than to write it', async () => {
    await using site = await Site.open()
    const role = `writer_${process.pid}_${Date.now()}`
    await site.query(`CREATE ROLE ${role} LOGIN PASSWORD 'of-the-tests'`)
    await site.query(`GRANT USAGE ON SCHEMA obsidian_events TO ${role}`)
    await site.query(`GRANT INSERT ON obsidian_events.enqueued TO ${role}`)
    const url = new URL(site.url)
    url.username = role
    url.password = 'of-the-tests'
    const writer = new Client(url.href)
    await writer.connect()
    await enqueue(writer, [named('by enqueue')], { ordered: true })
    await writer.query(insert, ['user123', 'trackEvent', '{"event": "by SQL"}'])
    await expect(writer.query('SELECT * FROM obsidian_events.enqueued')).rejects.toMatchObject({ code: '42501' })
    await writer.end()
    await site.tracker()
    await site.settled()
    await site.query(`DROP OWNED BY ${role}`)
    await site.query(`DROP ROLE ${role}`)
    expect(site.events()).toEqual(['by enqueue', 'by SQL'])
  })
})
