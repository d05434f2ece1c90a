import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Delivery, EventTracker, ValidationError } from '../../src/index.ts'
import { hostile, revoked } from '../support/hostile.ts'
import { answer } from '../support/script.ts'
import { type RawServer, scripted } from '../support/scripted-server.ts'

const john = { name: 'John Doe', email: 'john@example.com' }
const throwRevoked = (): never => {
  throw revoked
}

let server: RawServer
let tracker: EventTracker

beforeAll(async () => {
  server = await scripted([answer(200)])
  tracker = new EventTracker({ token: 'secret', baseUrl: server.url, onError: () => undefined })
})
beforeEach(() => {
  server.received.length = 0
})
afterAll(() => server[Symbol.asyncDispose]())

/** The paths of what a call is refused for; nothing of it reaches the server, and the next call works. */
async function refusedPaths(call: () => Delivery): Promise<string[]> {
  const { rejected, delivered } = tracker.stats()
  const settlement = await call().settled()
  await tracker.trackEvent('user123', 'next')
  expect(server.log).toEqual(['user123:next'])
  expect(tracker.stats()).toMatchObject({ rejected: rejected + 1, delivered: delivered + 1, pending: 0 })
  server.received.length = 0
  const error = 'error' in settlement ? settlement.error : undefined
  expect(error).toBeInstanceOf(ValidationError)
  expect(error?.message).toMatch(/^Not sent: /)
  return (error as ValidationError).issues.map(({ path }) => path)
}

function nested(levels: number): unknown {
  let value: unknown = 'x'
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { in: value }
  return value
}

describe('the value on the wire is exactly that of JSON.stringify', () => {
  test.each<[string, object]>([
    ['an own __proto__', JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":null}}')],
    ['names that objects have by birth', JSON.parse('{"constructor":{"prototype":{"polluted":1}},"toString":1}')],
    ['a toJSON that is only data', { toJSON: 'text' }],
    ['a then that is only data', JSON.parse('{"then":"text"}')],
    ['a Date', { at: new Date('2023-06-25T10:00:00.123Z') }],
    ['undefined members, which go', { a: undefined, b: [1, { c: undefined }] }],
    ['text with line breaks and everything that wants escaping', { a: '"\\\r\n\u0000\u2028\u2029', 'b\n': '👩‍🚀 株' }],
    ['numbers at their limits', { a: [-0, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, 1e21] }],
    ['4 MB of text', { a: 'ü'.repeat(2 * 1024 * 1024) }],
    ['100,000 members', Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]))],
    ['as many levels as are allowed', { deep: nested(97) }],
    ['nothing', {}],
    ['no prototype', Object.assign(Object.create(null), { a: 1 })],
  ])('%s', async (_, properties) => {
    const born = Object.getOwnPropertyNames(Object.prototype)
    await tracker.identifyCustomer('user123', { ...john, properties })
    expect(server.received[0]?.text).toBe(JSON.stringify({ customer_id: 'user123', ...john, properties }))
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(born)
    expect({}).not.toHaveProperty('polluted')
  })

  const odd = [
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'a\r\nX-Evil: 1',
    '\u0000',
    ' x ',
    '../..',
    '👩‍🚀',
    '{}',
    '0',
  ]

  test.each([...odd, 'x'.repeat(1024 * 1024)])('%j as customer, event, name and e-mail', async (text) => {
    const identified = tracker.identifyCustomer(text, { name: text, email: text, properties: { [text]: text } })
    const tracked = tracker.trackEvent(text, text)
    await Promise.all([identified, tracked])
    const [first, second] = server.received
    const properties: unknown = JSON.parse(`{${JSON.stringify(text)}:${JSON.stringify(text)}}`)
    expect(first?.text).toBe(
      JSON.stringify({ customer_id: text, name: text, email: text, properties: { [text]: text } }),
    )
    expect(JSON.parse(first?.text ?? '')).toHaveProperty('properties', properties)
    expect(second?.text).toBe(JSON.stringify({ customer_id: text, event: text }))
    expect([first?.path, second?.path]).toEqual(['/customer/test', '/events/test'])
  })

  test.each(['__proto__', 'constructor', 'a b', '"', '%0d%0a', `!${'~'.repeat(254)}`])('%j as id', async (id) => {
    const [first, second] = [1, 2].map(() => tracker.trackEvent('__proto__', 'x', { id }))
    expect(await first).toMatchObject({ id, attempts: 1 })
    expect(await second).toEqual(await first)
    expect(server.received.map((received) => received.id)).toEqual([id])
  })
})

describe('what JSON would change or lose in silence is refused, with its path', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { back: [cycle] }
  test.each<[string, unknown, string]>([
    ['a BigInt', { n: [1, 2n] }, 'value.n[1]'],
    ['a cycle', cycle, 'value.self.back[0]'],
    ['NaN', [Number.NaN], 'value[0]'],
    ['Infinity', { a: { b: Infinity } }, 'value.a.b'],
    ['a function', () => undefined, 'value'],
    ['a symbol', Symbol('x'), 'value'],
    ['a Map', new Map([[1, 2]]), 'value'],
    ['a Set', { a: new Set() }, 'value.a'],
    ['half a character', 'x\ud800', 'value'],
    ['a toJSON that throws', { toJSON: () => Reflect.ownKeys(revoked) }, 'value'],
    ['a toJSON that is a promise', { toJSON: async () => 'x' }, 'value'],
    ['more than 100 levels', nested(101), `value${'.in[0]'.repeat(49)}`],
    ...hostile.map(([name, value]): [string, unknown, string] => [
      name,
      value,
      name.startsWith('a getter') ? 'value.name' : 'value',
    ]),
  ])('%s', async (_, value, path) => {
    const call = () => tracker.identifyCustomer('user123', { ...john, properties: { fine: 1, value } })
    expect(await refusedPaths(call)).toEqual([`properties.${path}`])
  })

  test.each(['a\nb', 'a\r\nX-Evil: 1', '\n', '\r', '\t', '\u0000', '', ' a', 'a ', 'é', '👩‍🚀', 'x'.repeat(256)])(
    'an id that a header does not carry as it is: %j',
    async (id) => {
      expect(await refusedPaths(() => tracker.trackEvent('user123', 'x', { id }))).toEqual(['id'])
      expect(
        await refusedPaths(() => tracker.identifyCustomer('user123', { ...john, properties: {} }, { id })),
      ).toEqual(['id'])
    },
  )
})

describe('objects that throw when they are read fail their own call', () => {
  test.each(hostile)('%s', async (_, value) => {
    const calls: (() => Delivery)[] = [
      () => tracker.identifyCustomer('user123', value),
      () => tracker.identifyCustomer('user123', { ...john, properties: value }),
      () => tracker.trackEvent(value as never, 'x'),
      () => tracker.trackEvent('user123', value as never),
      () => tracker.trackEvent('user123', 'x', value),
      () =>
        tracker.trackEvent('user123', 'x', { id: value as never, signal: value as never, maxRetries: value as never }),
    ]
    for (const call of calls) expect((await refusedPaths(call)).length).toBeGreaterThan(0)
  })
})

test('a getter of the traits that throws what cannot be read fails its own call, and never throws out of it', async () => {
  const given = Object.defineProperty({ ...john, properties: {} }, 'name', { enumerable: true, get: throwRevoked })
  expect(await refusedPaths(() => tracker.identifyCustomer('user123', given))).toEqual([''])
})

test.each<[string, object]>([
  ['a list', []],
  ['a Date', new Date()],
  ['a Map', new Map([['id', 'job-1']])],
])('%s is no call options, since its content would be overlooked', async (_, options) => {
  expect(await refusedPaths(() => tracker.trackEvent('user123', 'x', options))).toEqual(['options'])
})
