import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import {
  type Delivery,
  EventTracker,
  getDefaultTracker,
  identifyCustomer,
  trackEvent,
  ValidationError,
} from '../../src/index.ts'
import { answer } from '../support/script.ts'
import { type RawServer, scripted } from '../support/scripted-server.ts'

const traits = { name: 'John Doe', email: 'john@example.com', properties: {} }
let server: RawServer

beforeAll(async () => {
  server = await scripted([answer(200)])
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'secret')
  vi.stubEnv('EVENT_TRACKING_BASE_URL', server.url)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server[Symbol.asyncDispose]()
})
afterEach(() => getDefaultTracker().shutdown())

const text: unknown[] = [undefined, null, 0, 7, NaN, true, 5n, Symbol('s'), () => 'x', [], ['x'], {}, new Date(0)]
const boxed: unknown[] = [Object('user123'), new Proxy({}, {}), new Map(), Promise.resolve('x')]
const noText = [...text, ...boxed]
const noObject = [undefined, null, 0, 7, true, 5n, Symbol('s'), '', 'text', () => 'x', ['x'], new Map(), new Date(0)]
const noOptions = [null, 0, 7, true, 5n, Symbol('s'), '', 'text', () => 'x']
const noNumber = [-1, 1.5, Number.NaN, Infinity, 2 ** 53, '5', null, true, 5n, [5], {}, () => 5]

/** Without what stands for nothing, where that is allowed. */
function notNothing(values: readonly unknown[]): unknown[] {
  return values.filter((value) => value !== undefined)
}

type Calls = Pick<EventTracker, 'identifyCustomer' | 'trackEvent'>
/** With the wrong value in one position. */
type Call = (calls: Calls, value: never) => Delivery

/** Positions of a bad value: the position, the values that are refused there, and the path by which it is named. */
const positions: [string, unknown[], string, Call][] = [
  ['customer of a track', noText, 'customer_id', (calls, value) => calls.trackEvent(value, 'x')],
  ['event', noText, 'event', (calls, value) => calls.trackEvent('user123', value)],
  ['customer of an identify', noText, 'customer_id', (calls, value) => calls.identifyCustomer(value, traits)],
  ['name', notNothing(noText), 'name', (calls, value) => calls.identifyCustomer('user123', { ...traits, name: value })],
  [
    'e-mail',
    notNothing(noText),
    'email',
    (calls, value) => calls.identifyCustomer('user123', { ...traits, email: value }),
  ],
  [
    'properties',
    notNothing(noObject),
    'properties',
    (calls, value) => calls.identifyCustomer('user123', { ...traits, properties: value }),
  ],
  ['plan', notNothing(noText), 'plan', (calls, plan) => calls.identifyCustomer('user123', { plan })],
  [
    'the value of a plan',
    [null, NaN, true, 5n, {}, new Date(0)],
    'planValue',
    (calls, planValue) => calls.identifyCustomer('user123', { planValue }),
  ],
  [
    'created',
    [null, '2024', NaN, new Date(NaN), true, 5n, {}],
    'created',
    (calls, created) => calls.identifyCustomer('user123', { created }),
  ],
  ['category', notNothing(noText), 'category', (calls, category) => calls.trackEvent('user123', 'x', { category })],
  ['property', notNothing(noObject), 'property', (calls, property) => calls.trackEvent('user123', 'x', { property })],
  ['options of a track', noOptions, 'options', (calls, value) => calls.trackEvent('user123', 'x', value)],
  ['options of an identify', noOptions, 'options', (calls, value) => calls.identifyCustomer('user123', traits, value)],
  ['id', notNothing(noText), 'id', (calls, id) => calls.trackEvent('user123', 'x', { id })],
  ['signal', notNothing(noText), 'signal', (calls, signal) => calls.trackEvent('user123', 'x', { signal })],
  [
    'maxRetries of a call',
    noNumber,
    'maxRetries',
    (calls, maxRetries) => calls.trackEvent('user123', 'x', { maxRetries }),
  ],
  [
    'maxDeliveryMs of a call',
    [0, ...noNumber],
    'maxDeliveryMs',
    (calls, maxDeliveryMs) => calls.trackEvent('user123', 'x', { maxDeliveryMs }),
  ],
]

async function refusalOf(delivery: Delivery): Promise<ValidationError> {
  const settlement = await delivery.settled()
  const error = 'error' in settlement ? settlement.error : undefined
  expect(error).toBeInstanceOf(ValidationError)
  expect(error).toMatchObject({ code: 'validation', retryable: false, kept: false })
  return error as ValidationError
}

async function refusedPaths(delivery: Delivery): Promise<string[]> {
  const { issues } = await refusalOf(delivery)
  return issues.map(({ path }) => path)
}

test.each(positions)(
  'a wrong type as %s is refused and named, and the next call works',
  async (_, values, path, call) => {
    const tracker = new EventTracker({ onError: () => undefined })
    const functions: Calls = { identifyCustomer, trackEvent }
    server.received.length = 0
    for (const value of values) {
      expect(await refusedPaths(call(tracker, value as never))).toEqual([path])
      expect(await refusedPaths(call(functions, value as never))).toEqual([path])
    }
    expect(server.received).toEqual([])
    await tracker.trackEvent('user123', 'next')
    await trackEvent('user123', 'next')
    expect(tracker.stats()).toMatchObject({ accepted: values.length + 1, rejected: values.length, delivered: 1 })
    expect(getDefaultTracker().stats()).toEqual(tracker.stats())
  },
)

test.each(noOptions)('%s as traits is refused', async (value) => {
  const tracker = new EventTracker({ onError: () => undefined })
  expect(await refusedPaths(tracker.identifyCustomer('user123', value as never))).toEqual(['traits'])
})

test('the functions of the guide name a field that is wrong, in each of their forms', async () => {
  const identify = identifyCustomer as (...given: unknown[]) => Delivery
  const wrong: [unknown[], string][] = [
    [['user123', 5, 'john@example.com', {}], 'name'],
    [['user123', 'John Doe', '', {}], 'email'],
    [['user123', 'John Doe', 'john@example.com', 'premium'], 'properties'],
    [['user123', 'John Doe', 'john@example.com', {}, 'job-7'], 'options'],
    [['user123', 'John Doe', 'john@example.com', {}, { id: 7 }], 'id'],
    [['user123', traits, 'job-7'], 'options'],
    [['user123', null], 'traits'],
  ]
  for (const [given, path] of wrong) expect(await refusedPaths(identify(...given))).toEqual([path])
  await identify('user123', 'John Doe', 'john@example.com', { plan: 'premium' }, { id: 'job-7' })
  expect(server.received.at(-1)).toMatchObject({ customer: 'user123', event: 'identify', id: 'job-7' })
})

test('everything that is wrong with a call is told at once', async () => {
  const tracker = new EventTracker({ onError: () => undefined })
  const wrong = { name: '', email: 7, level: 'premium', properties: [] } as never
  const { issues } = await refusalOf(tracker.identifyCustomer('', wrong))
  const paths = ['customer_id', 'email', 'level', 'name', 'properties']
  expect(issues.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual(paths)
})
