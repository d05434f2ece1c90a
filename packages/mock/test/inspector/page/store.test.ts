import { describe, expect, test } from 'vitest'
import { createEventHistory } from '../../../src/inspector/page/store/event-history.ts'
import type { Attempt } from '../../../src/inspector/page/store/event.ts'
import { callsOf, exportName, ndjsonOf } from '../../../src/inspector/page/store/export.ts'
import { type Filter, everything, matcher } from '../../../src/inspector/page/store/filter.ts'
import { Store } from '../../../src/inspector/page/store/store.ts'
import type { Batch } from '../../../src/inspector/wire.ts'
import { attempt, click, john, violation } from './attempts.ts'

function batch(...exchanges: Attempt[]): Batch {
  return { run: 'first', missed: 0, exchanges }
}

function titles(store: Store): string[] {
  return store.visible.map(({ title }) => title)
}

describe('the journal', () => {
  test('folds the attempts of one event together by its key, across a restart of the server too', () => {
    const journal = createEventHistory()
    journal.add(attempt(click, { id: 'a', status: 503 }))
    journal.add(attempt(click))
    journal.add(attempt(click, { id: 'a', run: 'second' }))
    expect(journal.events.map(({ attempts }) => attempts.map(({ answer }) => answer.status))).toEqual([
      [503, 200],
      [200],
    ])
  })

  test('does not fold what only shares a key', () => {
    const journal = createEventHistory()
    journal.add(attempt(click, { id: 'a' }))
    journal.add(attempt({ ...click, customer_id: 'ada' }, { id: 'a' }))
    journal.add(attempt(click, { id: 'a', operation: 'other' }))
    journal.add(attempt(click, { id: '' }))
    journal.add(attempt(click, { id: '' }))
    expect(journal.events).toHaveLength(5)
  })

  test('knows each customer by the last identify that was accepted', () => {
    const journal = createEventHistory()
    const identify = { operation: 'identifyCustomer' }
    journal.add(attempt({ ...john, name: 'Refused' }, { ...identify, status: 400, violations: [violation] }))
    expect(journal.customers.byId.get('user123')?.traits).toMatchObject({ name: 'Refused', accepted: false })
    journal.add(attempt(john, identify))
    journal.add(attempt(click))
    journal.add(attempt({ ...john, name: 'Late' }, { ...identify, status: 503 }))
    expect(journal.customers.byId.get('user123')).toMatchObject({
      events: 4,
      violations: 1,
      traits: {
        name: 'John Doe',
        email: 'john@example.com',
        all: expect.arrayContaining([['plan', 'premium']]) as unknown,
      },
    })
  })

  test('takes every accepted identify for one, with all its fields, and names it by whom it is about', () => {
    const journal = createEventHistory()
    const identify = (body: object) => journal.add(attempt(body, { operation: 'identifyCustomerInProduction' }))
    const plan = { plan: 'team', planValue: '49.90', planCurrency: 'EUR', planInterval: 'monthly', created: 1708258507 }
    identify({ customer_id: 'a', companyName: 'Acme', ...plan, properties: { seats: 3 } })
    identify({ customer_id: 'b', email: 'b@example.com' })
    identify({ customer_id: 'c' })
    identify({ customer_id: 'd', name: '', companyName: '', plan: 'free' })
    identify({})
    expect(journal.events.map(({ title }) => title)).toEqual(['Acme', 'b@example.com', 'c', 'd', 'no customer'])
    expect(journal.customers.byId.get('a')?.traits).toMatchObject({
      name: 'Acme',
      accepted: true,
      all: [['companyName', 'Acme'], ...Object.entries(plan), ['seats', 3]],
    })
    expect(journal.customers.byId.get('c')?.traits).toMatchObject({ accepted: true, all: [] })
    expect(journal.customers.byId.get('d')?.traits?.name).toBeUndefined()
  })

  test('counts the tracks of each customer by category, an event once, and those that it let go no more', () => {
    const journal = createEventHistory({ events: 10, text: Infinity })
    const track = (category: string | undefined, more = {}) => journal.add(attempt({ ...click, category }, more))
    track('AI', { id: 'a', status: 503 })
    track('AI', { id: 'a' })
    track(undefined)
    track('')
    journal.add(attempt({ event: 'of nobody', category: 'AI' }))
    journal.add(attempt({ ...john, category: 'AI' }, { operation: 'identifyCustomer' }))
    const { categories, byId } = journal.customers
    const counts = () =>
      [categories, byId.get('user123')?.categories ?? new Map()].map((all) => Object.fromEntries(all))
    expect(counts()).toEqual([
      { AI: 2, '': 2 },
      { AI: 1, '': 2 },
    ])
    for (let at = 0; at < 10; at += 1) track('Cloud')
    expect(counts()).toEqual([{ Cloud: 10 }, { Cloud: 10 }])
  })

  test('takes any field of an identify for a trait where the OpenAPI document has no operation of that name', () => {
    const journal = createEventHistory()
    const plan = { plan: 'team', planValue: 5, planCurrency: 'EUR', planInterval: 'monthly', created: 1708258507 }
    for (const [name, value] of Object.entries({ ...plan, companyName: 'Acme', properties: { seats: 1 } }))
      journal.add(attempt({ customer_id: name, [name]: value }, { operation: 'putCustomer' }))
    journal.add(attempt({ customer_id: 'other', toString: 1 }, { operation: 'putCustomer' }))
    const known = [...journal.customers.byId.values()].filter(({ traits }) => traits !== undefined)
    expect(known.map(({ id }) => id)).toEqual([...Object.keys(plan), 'companyName', 'properties'])
  })

  test('stays within its bounds, in events and in text, and says how many it let go', () => {
    const few = createEventHistory({ events: 100, text: Infinity })
    for (let at = 0; at < 1000; at += 1) few.add(attempt({ customer_id: `${at}`, event: `e${at}` }, { id: `${at}` }))
    expect(few.events.length).toBeLessThanOrEqual(100)
    expect(few.events.length + few.forgotten).toBe(1000)
    expect(few.customers.byId.size).toBe(few.events.length)
    expect(few.events.at(-1)?.title).toBe('e999')
    const small = createEventHistory({ events: 100, text: 10_000 })
    for (let at = 0; at < 50; at += 1) small.add(attempt({ ...click, filler: 'x'.repeat(900) }))
    expect(small.events.length).toBeLessThan(12)
  })

  test('takes any body, JSON or not, without losing it', () => {
    const journal = createEventHistory()
    for (const body of ['', 'nope', '[1]', 'null', '{"customer_id":5}', '{"__proto__":1}']) journal.add(attempt(body))
    expect(journal.events.map(({ title }) => title)).toEqual(Array.from({ length: 6 }, () => 'POST /events/test'))
    expect(journal.customers.byId.size).toBe(0)
  })
})

describe('the filter', () => {
  const store = new Store()
  const exchanges = [
    attempt(john, { operation: 'identifyCustomer' }),
    attempt(click, { id: 'key-1', status: 503 }),
    attempt(click, { id: 'key-1' }),
    attempt({ customer_id: 'ada', event: 'page view' }, { status: 0, fault: 'reset' }),
    attempt({ customer_id: 'ada' }, { status: 400, violations: [violation] }),
    attempt({ customer_id: 'bob', event: 'OpenAI API Call', category: 'AI' }),
  ]
  store.receive({ run: 'first', missed: 0, exchanges })
  const found = (filter: Partial<Filter>) =>
    store.events.filter(matcher({ ...everything, ...filter }, store.customers)).map(({ title }) => title)

  test.each<[string, Partial<Filter>, string[]]>([
    ['an event', { search: 'BUTTON' }, ['button_click']],
    ['a customer', { search: 'ada' }, ['page view', 'POST /events/test']],
    ['a trait of the customer', { search: 'premium' }, ['John Doe', 'button_click']],
    ['a key', { search: 'key-1' }, ['button_click']],
    ['all words', { search: 'ada page' }, ['page view']],
    ['quoted words', { search: '"page view"' }, ['page view']],
    ['a status in words', { search: 'status:503' }, ['button_click']],
    ['a class of statuses', { search: 'status:5xx' }, ['button_click']],
    ['an event alone', { search: 'event:john' }, ['John Doe']],
    ['a customer alone', { search: 'customer:john@example.com' }, ['John Doe', 'button_click']],
    ['an operation alone', { search: 'operation:identify' }, ['John Doe']],
    ['an operation', { operation: 'identifyCustomer' }, ['John Doe']],
    ['a status', { status: '4xx' }, ['POST /events/test']],
    ['no answer', { status: 'none' }, ['page view']],
    ['a category alone', { search: 'category:ai' }, ['OpenAI API Call']],
    ['a category', { category: 'AI' }, ['OpenAI API Call']],
    ['tracks without a category', { category: '' }, ['button_click', 'page view', 'POST /events/test']],
    ['violations', { violationsOnly: true }, ['POST /events/test']],
    ['one customer', { customerId: 'user123' }, ['John Doe', 'button_click']],
    ['nothing', { search: 'zebra' }, []],
    [
      'a lone quote',
      { search: '"' },
      ['John Doe', 'button_click', 'page view', 'POST /events/test', 'OpenAI API Call'],
    ],
  ])('finds %s', (_, filter, expected) => {
    expect(found(filter)).toEqual(expected)
  })
})

describe('the store', () => {
  test('holds still while it is paused and loses nothing', () => {
    const store = new Store()
    store.pause(true)
    store.receive(batch(attempt(click)))
    expect([store.events.length, store.waiting]).toEqual([0, 1])
    store.pause(false)
    expect([store.events.length, store.waiting]).toEqual([1, 0])
  })

  test('shows what the filter lets through, and all of it once the filter is off', () => {
    const store = new Store()
    store.narrow({ search: 'page' })
    store.receive(batch(attempt(click), attempt({ ...click, event: 'page_view' })))
    expect(titles(store)).toEqual(['page_view'])
    store.narrow(everything)
    expect(titles(store)).toEqual(['button_click', 'page_view'])
  })

  test('forgets everything when it is cleared, and the customer that it was narrowed to', () => {
    const store = new Store()
    store.receive(batch(attempt(click)))
    store.narrow({ customerId: 'user123', search: 'click' })
    store.choose(0)
    store.clear()
    expect(store.events).toEqual([])
    expect(store.cleared).toBe(1)
    expect(store.chosenEvent).toBeUndefined()
    expect(store.filter).toEqual({ ...everything, search: 'click' })
  })

  test('brings back what was cleared, in its order, with what has arrived since', () => {
    const store = new Store()
    store.receive(batch(attempt(click, { id: 'a', status: 503 }), attempt({ ...click, event: 'second' })))
    store.clear()
    store.receive(batch(attempt({ ...click, event: 'third' }), attempt(click, { id: 'a' })))
    expect(titles(store)).toEqual(['third', 'button_click'])
    store.restore()
    expect(titles(store)).toEqual(['button_click', 'second', 'third'])
    expect(store.events[0]?.attempts.map(({ answer }) => answer.status)).toEqual([503, 200])
    expect(store.cleared).toBe(0)
    store.restore()
    expect(titles(store)).toHaveLength(3)
  })

  test('clears what waits during a pause too, and brings it back', () => {
    const store = new Store()
    store.pause(true)
    store.receive(batch(attempt(click)))
    store.clear()
    expect([store.waiting, store.cleared]).toEqual([0, 1])
    store.restore()
    expect(titles(store)).toEqual(['button_click'])
  })

  test('knows what has arrived before a person, and what was there before', () => {
    const store = new Store(() => 5000)
    const [old, fresh] = [attempt(click), attempt({ ...click, event: 'fresh' })]
    store.greet({ run: 'first', latest: old.seq, operations: [] })
    store.receive(batch(old, fresh))
    expect(store.events.map(({ arrivedAt }) => arrivedAt)).toEqual([undefined, 5000])
  })
})

test('an export has one attempt a line, with the body as JSON', () => {
  const journal = createEventHistory()
  journal.add(attempt(click, { id: 'a', status: 503 }))
  journal.add(attempt('no\njson'))
  journal.add(attempt(click, { id: 'a' }))
  const lines = ndjsonOf(journal.events)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { body?: unknown })
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatchObject({ body: click, answer: { status: 503 } })
  expect(lines[2]).toMatchObject({ text: 'no\njson' })
  expect(exportName('calls', new Date('2026-01-02T03:04:05Z'))).toBe('calls-2026-01-02T03-04-05.ndjson')
})

test('an export for track --from has one call a line, with its id, however many attempts it took, to the last digit', () => {
  const journal = createEventHistory()
  journal.add(attempt(click, { id: 'a', status: 503 }))
  journal.add(attempt(click, { id: 'a' }))
  journal.add(attempt('{ "customer_id": "user123",\n "event": "a b",\n "property": { "n": 12345678901234567890.10 } }'))
  journal.add(attempt(john, { operation: 'identifyCustomer', id: 'q"1' }))
  journal.add(attempt('{"type":"nonsense"}'))
  for (const body of ['nope', '[1]', '{}']) journal.add(attempt(body, { operation: undefined }))
  const lines = callsOf(journal.events).trimEnd().split('\n')
  expect(lines).toEqual([
    '{"customer_id":"user123","event":"button_click","type":"track","id":"a"}',
    '{"customer_id":"user123","event":"a b","property":{"n":12345678901234567890.10},"type":"track"}',
    `{${JSON.stringify(john).slice(1, -1)},"type":"identify","id":"q\\"1"}`,
    '{"type":"nonsense","type":"track"}',
  ])
  expect(JSON.parse(lines[3] ?? '')).toEqual({ type: 'track' })
})
