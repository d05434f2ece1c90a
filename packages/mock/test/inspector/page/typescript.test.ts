import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { eventsType } from '../../../src/inspector/page/format/event-types.ts'
import { callOf, expectationOf, literal } from '../../../src/inspector/page/format/typescript.ts'
import { createEventHistory } from '../../../src/inspector/page/store/event-history.ts'
import { namesOf, nearMisses } from '../../../src/inspector/page/store/names.ts'
import { attempt, click, john } from './attempts.ts'

const origin = 'http://127.0.0.1:4010'

/** The value that is written as TypeScript. */
function valueOf(source: string): unknown {
  return runInNewContext(`(${source})`)
}

function seen(...bodies: object[]) {
  const history = createEventHistory()
  for (const body of bodies) history.add(attempt(body))
  return namesOf(history.events)
}

function named(...names: string[]) {
  return seen(...names.map((event) => ({ customer_id: 'a', event })))
}

describe('a value in TypeScript', () => {
  test.each([
    [{ plan: 'team', seats: 3, 'two words': null, nested: { list: [1, 'a', []], empty: {} } }],
    ['it\'s "quoted" \\ \n \u2028 \u202e \0'],
    [{ a: 'x'.repeat(200), b: ['y'.repeat(100), { c: true }] }],
    [JSON.parse('{"__proto__":{"polluted":1},"constructor":2}')],
  ])('%j is the same again', (value) => {
    expect(JSON.stringify(valueOf(literal(value)))).toBe(JSON.stringify(value))
  })

  test('is written as a person would', () => {
    expect(literal({ path: "it's", n: 1, 'a-b': [true] })).toBe(String.raw`{ path: 'it\'s', n: 1, 'a-b': [true] }`)
  })
})

describe('copy as TypeScript', () => {
  test('is the call of the SDK', () => {
    expect(callOf(attempt(click), origin)).toBe(`await tracker.trackEvent('user123', 'button_click')`)
    expect(callOf(attempt({ ...click, category: 'Tech', property: { path: '/' } }), origin)).toBe(
      `await tracker.trackEvent('user123', 'button_click', { category: 'Tech', property: { path: '/' } })`,
    )
    expect(callOf(attempt({ customer_id: 'a', plan: 'team' }, { operation: 'identifyCustomer' }), origin)).toBe(
      `await tracker.identifyCustomer('a', { plan: 'team' })`,
    )
  })

  test.each([
    ['a field that the SDK has not', { ...click, extra: 1 }, {}],
    ['no customer', { event: 'a' }, {}],
    ['no event', { customer_id: 'a' }, {}],
    ['no JSON', 'nope', {}],
    ['another path', click, { operation: undefined, path: '/nowhere' }],
  ])('is a fetch of the same where there is %s', async (_, body, more) => {
    const request = attempt(body, more)
    const sent: unknown[] = []
    const fetch = (url: string, init: { method: string; body: string }) => sent.push([url, init.method, init.body])
    await (runInNewContext(`(async () => { ${callOf(request, origin)} })()`, { fetch }) as Promise<void>)
    expect(sent).toEqual([[origin + request.path, 'POST', request.text]])
  })
})

test('copy as expect is what the matchers of this package take', () => {
  expect(expectationOf(attempt(john, { operation: 'identifyCustomer' }))).toBe(
    `expect(mock).toHaveReceived('identifyCustomer', {
  customer_id: 'user123',
  name: 'John Doe',
  email: 'john@example.com',
  properties: { plan: 'premium' },
})`,
  )
  expect(expectationOf(attempt('nope'))).toBe(`expect(mock).toHaveReceived('trackEvent')`)
  expect(expectationOf(attempt('', { operation: undefined, method: 'GET', path: '/x' }))).toBe(
    `expect(mock).toHaveReceived({ method: 'GET', path: '/x' })`,
  )
})

describe('the names of events', () => {
  test('are counted, the most frequent first, and attempts are not', () => {
    const history = createEventHistory()
    for (const event of ['b', 'a', 'b']) history.add(attempt({ customer_id: 'a', event }))
    history.add(attempt({ customer_id: 'a', event: 'a' }, { id: 'k', status: 503 }))
    history.add(attempt({ customer_id: 'a', event: 'a' }, { id: 'k' }))
    history.add(attempt(john, { operation: 'identifyCustomer' }))
    expect(namesOf(history.events).map(({ name, count }) => [name, count])).toEqual([
      ['a', 2],
      ['b', 2],
    ])
  })

  test.each([
    ['buton_click', 'button_click'],
    ['button_clikc', 'button_click'],
    ['buttonClick', 'button_click'],
    ['Button Click', 'button-click'],
    ['page_views', 'page_view'],
    ['subscribtion_upgrate', 'subscription_upgrade'],
  ])('%s beside %s is told as a near miss, the rarer first', (rare, usual) => {
    const misses = nearMisses(named(usual, usual, rare, 'something_else'))
    expect(misses.map((miss) => [miss.rare.name, miss.usual.name])).toEqual([[rare, usual]])
  })

  test.each([
    ['step_1', 'step_2'],
    ['signed_in', 'signed_out'],
    ['plan_upgraded', 'plan_downgraded'],
    ['open', 'save'],
    ['tap', 'tab'],
  ])('%s and %s are two names', (one, other) => {
    expect(nearMisses(named(one, one, other))).toEqual([])
  })

  test('become the type of the SDK, with what each property was', () => {
    const names = seen(
      { customer_id: 'a', event: 'button_click' },
      { customer_id: 'a', event: 'button_click' },
      { customer_id: 'a', event: 'OpenAI API Call', property: { path: '/', tokens: 5, list: [1, 'a'], none: null } },
      { customer_id: 'a', event: 'OpenAI API Call', property: { path: '/', tokens: 'many', 'a-b': {} } },
      { customer_id: 'a', event: 'search', property: { words: 'x' } },
      { customer_id: 'a', event: 'search' },
      { customer_id: 'a', event: 'buton_click' },
    )
    const type = eventsType(names, new Map([['buton_click', 'button_click']]))
    expect(type).toBe(`type Events = {
  'OpenAI API Call': {
    path: string
    tokens: number | string
    list?: Array<number | string>
    none?: null
    'a-b'?: Record<string, never>
  } // 2 times
  button_click: undefined // 2 times
  search: { words: string } | undefined // 2 times
  buton_click: undefined // once; is it 'button_click'?
}

const tracker = new EventTracker<{ events: Events }>()
`)
  })
})
