import { runInNewContext } from 'node:vm'
import { Random } from '@obsidianlaunch/testkit/random'
import { expect, test } from 'vitest'
import type { Issue } from '../../src/errors/errors.ts'
import { JsonCopier } from '../../src/call/json.ts'

function write(value: unknown): { text: string; issues: Issue[] } {
  const issues: Issue[] = []
  return { text: JSON.stringify(new JsonCopier(issues, 'properties', String).copy(value)), issues }
}

function nested(levels: number, innermost: unknown = []): unknown {
  let value = innermost
  for (let level = 1; level < levels; level++) value = level % 2 ? [value] : { in: value }
  return value
}

const shared = { plan: 'premium' }
class Money {
  readonly cents = 5
  readonly #secret = 1
  get euros(): number {
    return (this.cents * this.#secret) / 100
  }
}

test.each<[string, unknown]>([
  ['scalars', [null, true, false, 0, -0, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, '', 'text']],
  ['text with everything that wants escaping', '"\\/\b\f\n\r\t\u0000\u001f\u2028\u2029 株式会社 é 👩‍🚀'],
  ['keys that want escaping', { 'a"b\\c\n': 1, '': 2, 'a.b': 3, '👩‍🚀': 4 }],
  ['keys in the order of the engine', { b: 1, 2: 2, a: 3, 1: 4 }],
  ['an undefined member, which goes', { a: undefined, b: 1 }],
  ['a Date', { at: new Date('2023-06-25T12:00:00.123Z') }],
  ['boxed primitives', [Object(1), Object('text'), Object(false)]],
  ['an own toJSON and the key it is given', { price: { toJSON: (key: string) => `of ${key}` } }],
  ['a toJSON in a list', [{ toJSON: (key: string) => key }, { toJSON: (key: string) => key }]],
  ['a toJSON that gives nothing', { a: { toJSON: () => undefined }, b: 1 }],
  [
    'a toJSON that gives null',
    { a: { toJSON: () => null }, b: Object.assign(Object.create(null), { toJSON: () => null }) },
  ],
  ['a toJSON that gives an object', { a: { toJSON: () => ({ b: [1] }) } }],
  ['a toJSON that is no function', { toJSON: 'text' }],
  ['a URL', new URL('https://example.com/?a=b')],
  ['a Buffer, which has a toJSON', Buffer.from('text')],
  ['an own __proto__', JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":1}}')],
  ['names that objects have by birth', { constructor: 1, hasOwnProperty: 2, toString: 3, length: 4 }],
  ['a shared reference, which is no cycle', { a: shared, b: [shared, shared] }],
  ['no prototype', Object.assign(Object.create(null), { a: Object.create(null) })],
  ['what is inherited, which stays behind', Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true } })],
  ['what is not enumerable, which stays behind', Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })],
  ['an instance of a class', new Money()],
  ['a getter', Object.defineProperty({}, 'a', { get: () => 7, enumerable: true })],
  ['a proxy', new Proxy({ a: [1] }, {})],
  ['a proxy of a list', new Proxy([1, 2], {})],
  ['objects of another realm', runInNewContext('({ a: [1, new Date(0), Object("x")] })')],
  ['a frozen object', Object.freeze({ a: Object.freeze([1]) })],
  ['100 levels', nested(100)],
  ['100 levels around text', nested(100, ['text'])],
])('what JSON carries is written as JSON.stringify writes it: %s', (_, value) => {
  expect(write(value)).toEqual({ text: JSON.stringify(value), issues: [] })
})

test('values put together at random are written as JSON.stringify writes them', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const value = [anything(new Random(seed).next, 4)]
    expect(write(value), `seed ${seed}`).toEqual({ text: JSON.stringify(value), issues: [] })
  }
})

const revoked = Proxy.revocable({}, {})
revoked.revoke()
const cycle: Record<string, unknown> = { list: [] }
cycle['list'] = [0, { back: cycle }]
const throwing = { enumerable: true, get: () => fail('no luck') }
const lone = 'has a lone surrogate (half a character)'

test.each<[string, unknown, string, string | RegExp]>([
  ['a BigInt', { a: [1, 2n] }, '.a[1]', /bigint/],
  ['a boxed BigInt', { a: Object(2n) }, '.a', /BigInt/],
  ['a cycle', cycle, '.list[1].back', 'contains itself'],
  ['NaN', { a: { b: Number.NaN } }, '.a.b', /NaN/],
  ['Infinity', { a: [Infinity] }, '.a[0]', /Infinity/],
  ['-Infinity', { a: -Infinity }, '.a', /-Infinity/],
  ['a boxed NaN', { a: Object(Number.NaN) }, '.a', /NaN/],
  ['a function', { onClick: () => undefined }, '.onClick', /function/],
  ['a class', { a: Money }, '.a', /function/],
  ['a symbol', { a: Symbol('b') }, '.a', /symbol/],
  ['a boxed symbol', { a: Object(Symbol('b')) }, '.a', /Symbol/],
  ['a symbol as a name', { a: { [Symbol('b')]: 1 } }, '.a', /symbol/],
  ['a Map', { a: new Map([[1, 2]]) }, '.a', /Map/],
  ['a Set', { a: new Set([1]) }, '.a', /Set/],
  ['a WeakMap', { a: new WeakMap() }, '.a', /WeakMap/],
  ['a promise that was not awaited', { a: Promise.resolve(1) }, '.a', /Promise/],
  ['a RegExp', { a: /x/ }, '.a', /RegExp/],
  ['an Error', { a: new Error('x') }, '.a', /Error/],
  ['a typed array', { a: new Uint8Array([1]) }, '.a', /Uint8Array/],
  ['a DataView', { a: new DataView(new ArrayBuffer(1)) }, '.a', /DataView/],
  ['an ArrayBuffer', { a: new ArrayBuffer(1) }, '.a', /ArrayBuffer/],
  ['a Map of another realm', { a: runInNewContext('new Map([[1, 2]])') }, '.a', /Map/],
  ['an invalid Date', { a: new Date(Number.NaN) }, '.a', /^is an invalid date$/],
  [
    'an invalid date of luxon, moment or dayjs',
    { a: { toJSON: () => null, valueOf: () => Number.NaN } },
    '.a',
    /invalid date/,
  ],
  ['half a character', { a: 'x\ud800y' }, '.a', lone],
  ['the other half', { a: '\udc00' }, '.a', lone],
  ['half a character in a name', { a: { 'x\ud800': 1 } }, '.a.x\ud800', `${lone} in its name`],
  ['a getter that throws', { a: Object.defineProperty({ c: 1 }, 'b', throwing) }, '.a.b', /no luck/],
  ['a toJSON that throws', { a: { toJSON: () => fail('no luck') } }, '.a', /no luck/],
  ['a toJSON that gives what JSON loses', { a: { toJSON: () => new Map() } }, '.a', /Map/],
  ['a proxy that throws', { a: new Proxy({}, { ownKeys: () => fail('no luck') }) }, '.a', /no luck/],
  ['a revoked proxy', { a: [revoked.proxy] }, '.a[0]', /cannot be read/],
  ['a hole in a list', { a: Array.from({ length: 2 }).fill(1, 0, 1) }, '.a[1]', /undefined/],
  ['101 levels', { a: nested(100) }, `.a${'[0].in'.repeat(49)}[0]`, /100 levels/],
])('what JSON would change or lose is an issue with its path: %s', (_, value, path, reason) => {
  const { issues } = write(value)
  expect(issues.map((issue) => issue.path)).toEqual([`properties${path}`])
  expect(issues[0]?.reason).toMatch(reason)
})

/** Each has members for who reads it, and none for JSON. */
class Hidden {
  readonly #plan = 'premium'
  get plan(): string {
    return this.#plan
  }
}
async function* generate() {
  yield await Promise.resolve(1)
}
// oxlint-disable-next-line typescript/no-extraneous-class -- there is nothing to lose
class Nothing {}
const plainObject = 'a plain object with what you need of it'

test.each<[string, object, string, string]>([
  ['an instance whose fields are getters', new Hidden(), 'Hidden', plainObject],
  ['an instance of a class that extends it', new (class Account extends Hidden {})(), 'Account', plainObject],
  ['a Response', Response.json({}), 'Response', plainObject],
  ['a Request', new Request('http://localhost'), 'Request', plainObject],
  ['a DOMException', new DOMException('x'), 'DOMException', plainObject],
  ['an AbortSignal', AbortSignal.abort(), 'AbortSignal', plainObject],
  ['an Intl.DateTimeFormat', new Intl.DateTimeFormat('en'), 'Intl.DateTimeFormat', plainObject],
  ['an Intl.PluralRules', new Intl.PluralRules('en'), 'Intl.PluralRules', plainObject],
  ['an async generator', generate(), 'AsyncGenerator', plainObject],
  ['members that are hidden', Object.defineProperty({}, 'plan', { value: 'premium' }), 'Object', plainObject],
  ['members that are inherited', Object.create({ plan: 'premium' }) as object, 'Object', plainObject],
  ['a Map', new Map([['a', 1]]), 'Map', 'Object.fromEntries(it)'],
  ['a Set', new Set([1]), 'Set', 'a list, [...it]'],
  ['a promise', Promise.resolve(1), 'Promise', 'what it resolves to: await it first'],
  ['an Error', new TypeError('x'), 'Error', 'its text, it.message'],
  ['a RegExp', /x/, 'RegExp', 'its text, String(it)'],
])('what JSON would empty is refused, and the reason says what to pass: %s', (_, value, kind, instead) => {
  const reason = `is an instance of ${kind}, which JSON would empty or change: pass ${instead}`
  expect(write({ a: [value] }).issues).toEqual([{ path: 'properties.a[0]', reason }])
})

test.each<[string, object]>([
  ['an empty object', {}],
  ['an empty object without a prototype', Object.create(null) as object],
  ['an empty object of another realm', runInNewContext('({})') as object],
  ['an instance of a class that has nothing', new Nothing()],
  ['a proxy of an empty object', new Proxy({}, {})],
  ['members that are all undefined', { plan: undefined }],
])('what is empty to everybody is written as empty: %s', (_, value) => {
  expect(write(value)).toEqual({ text: '{}', issues: [] })
})

test('a proxy that has prototypes without end does not hold up the call', () => {
  const endless: object = new Proxy({}, { getPrototypeOf: () => endless })
  expect(write(endless)).toEqual({ text: '{}', issues: [] })
})

test('a list with a real hole is refused at the hole', () => {
  // oxlint-disable-next-line no-sparse-arrays -- the hole is what is tested
  expect(write({ list: [1, , 3] }).issues).toMatchObject([{ path: 'properties.list[1]' }])
})

test.each([
  ['nothing', undefined],
  ['null', null],
  ['an object without text', Object.create(null)],
  ['a revoked proxy', revoked.proxy],
])('a getter may throw anything and stays one issue: %s', (_, thrown) => {
  const value = { a: Object.defineProperty({}, 'b', { enumerable: true, get: () => throwIt(thrown) }) }
  const reason: unknown = expect.stringMatching(/^cannot be read: /)
  expect(write(value).issues).toEqual([{ path: 'properties.a.b', reason }])
})

test('every problem of a call is named, in order', () => {
  const { issues } = write({ a: 1n, b: { c: Number.NaN }, d: [new Map(), 'fine', Symbol('x')] })
  expect(issues.map(({ path }) => path)).toEqual(['a', 'b.c', 'd[0]', 'd[2]'].map((path) => `properties.${path}`))
})

test('more than 20 problems are cut short at 20', () => {
  const { issues } = write(Array.from({ length: 1_000 }, () => 1n))
  expect(issues.map(({ path }) => path)).toEqual(Array.from({ length: 20 }, (_, index) => `properties[${index}]`))
})

test('the paths of a whole body begin at its fields', () => {
  const issues: Issue[] = []
  new JsonCopier(issues, '', String).copy({ properties: { a: [1n] } })
  expect(issues).toMatchObject([{ path: 'properties.a[0]' }])
})

test('each member is read once, so that it cannot change between check and text', () => {
  let reads = 0
  const value = Object.defineProperty({}, 'a', { enumerable: true, get: () => ++reads })
  expect(write(value).text).toBe('{"a":1}')
  expect(reads).toBe(1)
})

function fail(message: string): never {
  throw new Error(message)
}

function throwIt(value: unknown): never {
  throw value
}

function anything(random: () => number, depth: number): unknown {
  const size = Math.floor(random() * 5)
  const kinds: (() => unknown)[] = [
    () => (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20),
    () => String.fromCodePoint(...Array.from({ length: size }, () => Math.floor(random() * 0xd800))),
    () => [null, true, false, '', 0, -1][size],
    () => new Date(Math.floor(random() * 4e12)),
    () => Object([true, 'boxed', size][size % 3]),
    () => Array.from({ length: size }, () => anything(random, depth - 1)),
    () => Object.fromEntries(Array.from({ length: size }, () => [`k${random()}`, anything(random, depth - 1)])),
    () => ({ toJSON: () => anything(new Random(size).next, 1), gone: undefined }),
  ]
  return kinds[Math.floor(random() * (depth > 0 ? kinds.length : 4))]?.()
}

test('a toJSON that returns its own object, or another with a toJSON, is asked once', () => {
  class List extends Array<number> {
    toJSON() {
      return this
    }
  }
  class Point {
    x = 1
    toJSON() {
      return Object.assign(new Point(), this)
    }
  }
  const value = { list: List.from([1, 2, 3]), point: new Point() }
  expect(write(value)).toEqual({ text: JSON.stringify(value), issues: [] })
})

test('what claims to be a number by its tag is written as the object that it is', () => {
  const value = { x: 1 }
  Object.defineProperty(value, Symbol.toStringTag, { value: 'Number' })
  expect(write({ value })).toEqual({ text: '{"value":{"x":1}}', issues: [] })
})

test.each([
  ['a Map behind a toJSON of its own', Object.assign(new Map([[1, 2]]), { toJSON: () => new Map([[1, 2]]) })],
  ['an invalid Date of another realm', runInNewContext('new Date(NaN)') as Date],
  ['URLSearchParams', new URLSearchParams('a=1')],
  ['Headers', new Headers({ a: 'b' })],
  ['an iterator', new Map([[1, 2]]).entries()],
  ['a WeakRef', new WeakRef({})],
  ['a list with a named member', Object.assign([1], { b: 2 })],
  ['a list with a member named by a symbol', Object.assign([1], { [Symbol('b')]: 2 })],
])('JSON would lose what is in %s, so it is refused', (_name, value) => {
  expect(write({ value }).issues).toHaveLength(1)
})

test('a Date below a hundred lists is no level of its own', () => {
  let value: unknown = new Date(0)
  for (let level = 0; level < 100; level++) value = [value]
  expect(write(value)).toEqual({ text: JSON.stringify(value), issues: [] })
})

test('a list item that throws is named, and so is an error whose message is no text', () => {
  const list = Object.defineProperty([1, 2, 3], 1, { get: () => fail('no luck') })
  expect(write({ list }).issues).toEqual([{ path: 'properties.list[1]', reason: 'cannot be read: no luck' }])
  const odd = { toJSON: () => throwIt(Object.assign(new Error('x'), { message: Symbol('y') })) }
  expect(write(odd).issues).toEqual([{ path: 'properties', reason: 'cannot be read: Symbol(y)' }])
})

test('whatever is wrong, twenty issues are told and the rest is not even looked at', () => {
  let reads = 0
  const getters = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key${n}`, 0]))
  for (const key of Object.keys(getters)) Object.defineProperty(getters, key, { get: () => fail(`read ${++reads}`) })
  expect(write(getters).issues).toHaveLength(20)
  expect(reads).toBe(20)
  expect(write(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`\ud800${n}`, 1]))).issues).toHaveLength(20)
  // Longer than any memory, were it walked through.
  const endless: unknown[] = []
  endless.length = 2 ** 32 - 1
  expect(write(endless).issues).toHaveLength(20)
})
