import type { GivenEvent, Traits } from '../../src/event/event.ts'
import { runInNewContext } from 'node:vm'
import { expect, expectTypeOf, test, vi } from 'vitest'
import {
  type Delivery,
  type EventName,
  EventTracker,
  getDefaultTracker,
  identifyCustomer,
  type TrackArguments,
  trackEvent,
  type TrackerOptions,
  type TrackOptions,
  ValidationError,
} from '../../src/index.ts'
import { ok, serve } from '../support/server.ts'

function trackerOf(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, ...options })
}

async function refusal(delivery: Delivery): Promise<ValidationError> {
  const settlement = await delivery.settled()
  if (!('error' in settlement) || !(settlement.error instanceof ValidationError)) throw new Error(settlement.outcome)
  return settlement.error
}

async function refusedPaths(delivery: Delivery): Promise<string[]> {
  return (await refusal(delivery)).issues.map(({ path }) => path)
}

test('an event carries its category and its property, and options stay options', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const property = { path: '/dashboard', at: new Date(0) }
  await tracker.trackEvent('user123', 'OpenAI API Call', { property, category: 'Tech', id: 'job-1', maxRetries: 0 })
  await tracker.trackEvent('user123', 'page_view', { property: undefined, category: undefined })
  expect(server.arrivals.map(({ body }) => JSON.stringify(body))).toEqual([
    '{"customer_id":"user123","event":"OpenAI API Call","category":"Tech","property":{"path":"/dashboard","at":"1970-01-01T00:00:00.000Z"}}',
    '{"customer_id":"user123","event":"page_view"}',
  ])
  expect(server.arrivals[0]?.headers['idempotency-key']).toBe('job-1')
})

test('the guide’s functions take the same', async () => {
  await using server = await serve(ok)
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'secret')
  vi.stubEnv('EVENT_TRACKING_BASE_URL', server.url)
  await identifyCustomer('user123', { plan: 'premium' })
  await trackEvent('user123', 'OpenAI API Call', { category: 'Tech' })
  await getDefaultTracker().shutdown()
  vi.unstubAllEnvs()
  expect(server.arrivals.map(({ body }) => body)).toEqual([
    { customer_id: 'user123', plan: 'premium' },
    { customer_id: 'user123', event: 'OpenAI API Call', category: 'Tech' },
  ])
})

test('a customer can be given by as much as is known, and a Date of creation becomes seconds', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const known: Traits[] = [
    {},
    { created: 1_708_258_507, plan: 'Lite(£50/mo)', planValue: 50, planCurrency: 'GBP', planInterval: 'monthly' },
    { created: new Date('2024-02-18T12:15:07.900Z'), planValue: '50', companyName: 'Obsidian' },
    { created: runInNewContext('new Date(1708258507000)') },
  ]
  for (const traits of known) await tracker.identifyCustomer('user123', traits)
  expect(server.arrivals.map(({ body }) => body)).toEqual([
    { customer_id: 'user123' },
    { customer_id: 'user123', ...known[1] },
    { customer_id: 'user123', created: 1_708_258_507, planValue: '50', companyName: 'Obsidian' },
    { customer_id: 'user123', created: 1_708_258_507 },
  ])
})

test('what JSON would lose of a property is refused with its path, and a misspelt detail is named', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const wrong: [object, string][] = [
    [{ property: { costs: [1n] } }, 'property.costs[0]'],
    [{ property: { toJSON: () => undefined } }, 'property'],
    [{ properties: {} }, 'properties'],
  ]
  for (const [given, path] of wrong) {
    expect(await refusedPaths(tracker.trackEvent('user123', 'x', given))).toEqual([path])
  }
  const ofAnEvent: object = { category: 'Tech' }
  expect(await refusedPaths(tracker.identifyCustomer('user123', {}, ofAnEvent))).toEqual(['category'])
  expect(server.arrivals).toEqual([])
})

test.each<[Record<string, unknown>, string, string]>([
  [{ name: null }, 'name', 'must be string: leave it out if there is none'],
  [{ email: '' }, 'email', 'must not be empty: leave it out if there is none'],
  [{ properties: null }, 'properties', 'must be object: leave it out if there is none'],
  [{ created: null }, 'created', 'must be a Date, or seconds since 1970: leave it out if there is none'],
  [{ created: '2023-01-01' }, 'created', 'must be a Date, or seconds since 1970'],
  [{ name: 7 }, 'name', 'must be string'],
])('the reason says what to do about a field of a customer: %j', async (traits, path, reason) => {
  const { issues } = await refusal(new EventTracker({ token: 'secret' }).identifyCustomer('user123', traits))
  expect(issues).toEqual([{ path, reason }])
})

test('the reason says what to do about details of an event that there are not', async () => {
  const details: object = { category: null, property: null }
  const { text } = await refusal(new EventTracker({ token: 'secret' }).trackEvent('user123', 'x', details))
  expect(text).toBe(
    'Not sent: category must be string: leave it out if there is none; property must be object: leave it out if there is none.',
  )
})

test.each(['', ' ', '\t\n', '\u00a0'])('an id or a name of blanks alone is empty: %j', async (blank) => {
  const tracker = new EventTracker({ token: 'secret' })
  const { text } = await refusal(tracker.trackEvent(blank, blank))
  expect(text).toBe('Not sent: customer_id must not be empty; event must not be empty.')
  expect(await refusedPaths(tracker.identifyCustomer(blank, {}))).toEqual(['customer_id'])
})

test.each<[string, Date | number]>([
  ['milliseconds', 1_708_258_507_000],
  ['a Date of milliseconds taken for seconds', new Date(1_708_258_507_000 * 1_000)],
  ['the first second of 2101', Date.UTC(2101, 0) / 1_000],
])('a customer created after the year 2100 is asked about milliseconds: %s', async (_, created) => {
  const { issues } = await refusal(new EventTracker({ token: 'secret' }).identifyCustomer('user123', { created }))
  expect(issues).toMatchObject([{ path: 'created', reason: expect.stringContaining('is it in milliseconds?') }])
})

test('the last second of 2100 is a time like any other', async () => {
  const tracker = new EventTracker({ enabled: false })
  const created = Date.UTC(2101, 0) / 1_000 - 1
  expect(await tracker.identifyCustomer('user123', { created })).toMatchObject({ skipped: true })
})

class Account {
  get name(): string {
    return 'John Doe'
  }
}

test.each<[string, object, string]>([
  [
    'a Map',
    new Map([['name', 'John Doe']]),
    'is an instance of Map, which JSON would empty or change: pass Object.fromEntries(it)',
  ],
  ['a list', [], 'must be an object, such as { name, email, properties }'],
  [
    'an instance whose fields are getters',
    new Account(),
    'is an instance of Account, which JSON would empty or change: pass a plain object with what you need of it',
  ],
])('traits that would be lost are refused: %s', async (_, traits, reason) => {
  const { issues } = await refusal(new EventTracker({ token: 'secret' }).identifyCustomer('user123', traits))
  expect(issues).toEqual([{ path: 'traits', reason }])
})

test('options that would be lost are refused', async () => {
  const options = new (class {
    get id(): string {
      return 'job-1'
    }
  })()
  expect(await refusedPaths(new EventTracker({ token: 'secret' }).trackEvent('user123', 'x', options))).toEqual([
    'options',
  ])
})

test('a beforeSend sees category and property, and may change or take them', async () => {
  await using server = await serve(ok)
  const seen: GivenEvent[] = []
  const tracker = trackerOf(server.url, {
    beforeSend(event) {
      seen.push(event)
      if (event.operation !== 'trackEvent') return event
      const { property: _, ...rest } = event
      return { ...rest, category: 'Other' }
    },
  })
  await tracker.trackEvent('user123', 'x', { property: { secret: 1 }, category: 'Tech', id: 'job-1' })
  expect(seen).toEqual([
    { operation: 'trackEvent', customerId: 'user123', event: 'x', category: 'Tech', property: { secret: 1 } },
  ])
  expect(server.arrivals[0]?.body).toEqual({ customer_id: 'user123', event: 'x', category: 'Other' })
})

interface Events {
  'OpenAI API Call': { path: string; tokens?: number }
  search: { words: string } | undefined
  logout: undefined
}

test('an object type of events types the property by the name, and a union leaves it free', () => {
  const tracker = new EventTracker<{ events: Events }>({ enabled: false })
  void tracker.trackEvent('user123', 'OpenAI API Call', { property: { path: '/dashboard' }, category: 'Tech', id: 'a' })
  void tracker.trackEvent('user123', 'search')
  void tracker.trackEvent('user123', 'search', { property: { words: 'cost' } })
  void tracker.trackEvent('user123', 'logout', { id: 'b' })
  // @ts-expect-error -- no such event
  void tracker.trackEvent('user123', 'login')
  // @ts-expect-error -- its property is missing
  void tracker.trackEvent('user123', 'OpenAI API Call')
  // @ts-expect-error -- and here too
  void tracker.trackEvent('user123', 'OpenAI API Call', { category: 'Tech' })
  // @ts-expect-error -- of the wrong type
  void tracker.trackEvent('user123', 'OpenAI API Call', { property: { path: 1 } })
  // @ts-expect-error -- that of another event
  void tracker.trackEvent('user123', 'search', { property: { path: '/dashboard' } })
  // @ts-expect-error -- it has none
  void tracker.trackEvent('user123', 'logout', { property: {} })
  // @ts-expect-error -- a misspelt option
  void tracker.trackEvent('user123', 'logout', { idd: 'b' })

  const named = new EventTracker<{ events: 'search' | `plan_${string}_chosen` }>({ enabled: false })
  void named.trackEvent('user123', 'plan_free_chosen', { property: { anything: 1 } })
  // @ts-expect-error -- no such event
  void named.trackEvent('user123', 'login')

  const either = 'search' as 'search' | 'OpenAI API Call'
  // @ts-expect-error -- one of the two needs a property
  void tracker.trackEvent('user123', either)
  // @ts-expect-error -- which does not suit the other
  void tracker.trackEvent('user123', either, { property: { path: '/dashboard' } })
  void tracker.trackEvent('user123', either, { property: { path: '/dashboard', words: 'cost' } })

  function track<Name extends EventName<{ events: Events }>>(
    name: Name,
    ...rest: TrackArguments<{ events: Events }, Name>
  ): Delivery {
    return tracker.trackEvent('user123', name, ...rest)
  }
  void track('search')
  void track('OpenAI API Call', { property: { path: '/dashboard' } })
  // @ts-expect-error -- its property is missing
  void track('OpenAI API Call')

  expectTypeOf<Parameters<EventTracker['trackEvent']>>().toExtend<[string, string, object?]>()
  expectTypeOf<{ name: string; email: string; properties: { plan: string } }>().toExtend<Traits>()
})

test('to the compiler an interface, a type or a class of your own is an object, and what can be iterated is none', () => {
  interface Plan {
    plan: string
    seats?: number
  }
  class Seat {
    readonly row = 1
  }
  expectTypeOf<{ properties: Plan; name: string | undefined }>().toExtend<Traits>()
  expectTypeOf<{ properties: Seat }>().toExtend<Traits>()
  expectTypeOf<{ property: Plan; category: string | undefined }>().toExtend<TrackOptions>()
  expectTypeOf<{ properties: string[] }>().not.toExtend<Traits>()
  expectTypeOf<{ property: Map<string, string> }>().not.toExtend<TrackOptions>()
  expectTypeOf<{ properties: string }>().not.toExtend<Traits>()
  expectTypeOf<{ created: string }>().not.toExtend<Traits>()

  type Identify = EventTracker<{ properties: Plan }>['identifyCustomer']
  expectTypeOf<Parameters<Identify>[1]>().toEqualTypeOf<Traits<Plan>>()
  expectTypeOf<{ properties: { plan: string; seats: undefined } }>().toExtend<Traits<Plan>>()
  expectTypeOf<{ properties: { plan: undefined } }>().not.toExtend<Traits<Plan>>()
  type Clicked = TrackArguments<{ events: { clicked: { where?: string } } }, 'clicked'>
  expectTypeOf<[{ property: { where: undefined } }]>().toExtend<Clicked>()
})
