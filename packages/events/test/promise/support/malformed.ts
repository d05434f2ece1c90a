/** Answers that no outbox should give. */
export const malformed: readonly [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['42', () => 42],
  ['-1', () => -1],
  ['NaN', () => Number.NaN],
  ['-Infinity', () => -Infinity],
  ['1e300', () => 1e300],
  ['a bigint', () => 10n],
  ['a text', () => 'stored'],
  ['a symbol', () => Symbol('answer')],
  ['a function', () => () => undefined],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['an empty list', () => []],
  ['[undefined]', () => [undefined]],
  ['[null]', () => [null]],
  ['[{}]', () => [{}]],
  ['[[]]', () => [[]]],
  ['[42]', () => [42]],
  ['["lost"]', () => ['lost']],
  ['a list that is too long', () => Array.from({ length: 50 }, () => 'stored')],
  ['a claim without an entry', () => [{ attempts: 0 }]],
  ['a claim of null', () => [{ entry: null, attempts: 0 }]],
  ['a claim of an empty entry', () => [{ entry: {}, attempts: Number.NaN }]],
  [
    'a claim of wrong types',
    () => [{ entry: { id: 1, customerId: {}, operation: 'eat', body: 7, acceptedAt: 'now' } }],
  ],
  ['a claim of an unknown call', () => [{ entry: { ...entry, operation: 'eat' }, attempts: 0 }]],
  ['a claim with attempts of its own', () => [{ entry, attempts: 'many', storedForMs: 'long', refusals: 'some' }]],
  ['a claim with an id no header takes', () => [{ entry: { ...entry, id: 'ü\n' }, attempts: 0 }]],
  ['the same claim twice', () => [claim, claim]],
  ['counts below nothing', () => ({ pending: -5, dead: -5 })],
  ['counts that are no numbers', () => ({ pending: 'many', dead: null })],
  ['counts of NaN', () => ({ pending: Number.NaN, dead: Number.NaN })],
  ['counts of one half', () => ({ pending: 0.5, dead: 0.5 })],
  ['a proxy that throws', () => new Proxy({}, traps)],
  ['a list behind a proxy that throws', () => new Proxy([], traps)],
  ['an object whose then throws', () => withThen({ get: fail })],
  ['a thenable that throws', () => thenable(fail)],
  ['a thenable that never answers', () => thenable(() => undefined)],
  ['a thenable that answers twice', () => thenable((tell) => [tell(null), tell([])])],
  ['throws an error', fail],
  ['throws undefined', () => throwing(undefined)],
  ['throws null', () => throwing(null)],
  ['throws a symbol', () => throwing(Symbol('why'))],
  ['throws what cannot be read', () => throwing(new Proxy({}, traps))],
  ['throws what cannot be a text', () => throwing(Object.create(null))],
  [
    'throws an error without a readable message',
    () => throwing(Object.defineProperty(new Error(), 'message', { get: fail })),
  ],
]

const entry = {
  id: 'job-9',
  customerId: 'zoe',
  operation: 'trackEvent',
  body: '{"customer_id":"zoe","event":"x"}',
  acceptedAt: 0,
}
const claim = { entry, attempts: 0 }

function thenable(then: (tell: (answer: unknown) => void) => unknown): unknown {
  return withThen({ value: then })
}

function withThen(property: PropertyDescriptor): unknown {
  // oxlint-disable-next-line unicorn/no-thenable -- being thenable is what it is for
  return Object.defineProperty({}, 'then', property)
}

function fail(): never {
  throw new Error('disk trouble')
}

function throwing(what: unknown): never {
  throw what
}

const traps: ProxyHandler<object> = {
  get: fail,
  has: fail,
  ownKeys: fail,
  getPrototypeOf: fail,
  getOwnPropertyDescriptor: fail,
}
