import { describe, expect, expectTypeOf, test } from 'vitest'
import { ConfigurationError, EventTracker } from '../../src/index.ts'
import { HostRules } from '../../src/vendors/hosts.ts'
import { bookVendorCalls, type VendorCall, type VendorRules } from '../../src/vendors/vendors.ts'

const tracker = { trackEvent: () => undefined }
const event = 'Call'
const ruling = (rule: unknown) => ({ 'a.example': rule })

function refusal(rules: unknown, options?: unknown, by: unknown = tracker): string {
  try {
    bookVendorCalls(by as typeof tracker, rules as VendorRules, options as object)()
  } catch (thrown) {
    if (thrown instanceof ConfigurationError) return thrown.text
    throw thrown
  }
  return 'taken'
}

describe('the most exact pattern wins', () => {
  const patterns = [
    'api.example.com',
    'api.example.com:8443',
    '*.example.com',
    '*.b.example.com',
    'localhost:3000',
    '*',
  ]
  const rules = new HostRules(Object.fromEntries(patterns.map((pattern) => [pattern, { event: pattern }])))
  test.each([
    ['https://api.example.com', 'api.example.com', 'api.example.com'],
    ['https://API.Example.com', 'api.example.com', 'api.example.com'],
    ['https://api.example.com.', 'api.example.com', 'api.example.com.'],
    ['https://api.example.com:443', 'api.example.com', 'api.example.com'],
    ['https://api.example.com:8443', 'api.example.com:8443', 'api.example.com:8443'],
    ['https://api.example.com:9000', 'api.example.com', 'api.example.com:9000'],
    ['https://x.example.com', '*.example.com', 'x.example.com'],
    ['https://a.b.example.com', '*.b.example.com', 'a.b.example.com'],
    ['https://b.example.com', '*.example.com', 'b.example.com'],
    ['https://example.com', '*', 'example.com'],
    ['https://notexample.com', '*', 'notexample.com'],
    ['http://localhost:3000', 'localhost:3000', 'localhost:3000'],
    ['http://localhost', '*', 'localhost'],
    ['http://[::1]:3000', '*', '[::1]:3000'],
  ])('%s is for the rule of %s', (origin, pattern, host) => {
    expect(rules.find(origin)).toEqual({ rule: expect.objectContaining({ event: pattern }), pattern, host })
  })
})

test('without a rule for any host, other hosts have no rule', () => {
  const rules = new HostRules({ '*.example.com': { event }, 'example.org:443': { event } })
  const found = ['https://example.com', 'http://example.org', 'https://sub.example.org'].map((one) => rules.find(one))
  expect(found).toEqual([undefined, undefined, undefined])
  expect(rules.find('https://example.org')).toBeDefined()
})

test('thousands of hosts that are called once do not fill the memory, and each has its rule', () => {
  const rules = new HostRules({ '*.example.com': { event } })
  for (let n = 0; n < 5_000; n++) expect(rules.find(`https://h${n}.example.com`)?.host).toBe(`h${n}.example.com`)
  expect(rules.find('https://h1.example.com')?.rule).toMatchObject({ event })
})

describe('a pattern that no host can match is refused, with what to write', () => {
  const any = "'api.example.com', '*.example.com', 'localhost:3000' or '*'"
  test.each([
    ['https://api.openai.com', "'api.openai.com'"],
    ['https://api.openai.com/v1/chat?x=1', "'api.openai.com'"],
    ['HTTP://localhost:3000/', "'localhost:3000'"],
    ['api.openai.com/v1', "'api.openai.com'"],
    ['bücher.example', "'xn--bcher-kva.example'"],
    ['*.bücher.example', "'*.xn--bcher-kva.example'"],
    ['example.com.', "'example.com'"],
    ['127.1', "'127.0.0.1'"],
    ['::1', "'[::1]'"],
    ['[0:0:0:0:0:0:0:1]:3000', "'[::1]:3000'"],
    ['', any],
    [' ', any],
    ['api openai', any],
    ['api.*.com', any],
    ['api*', any],
    ['**', any],
    ['*.', any],
    ['*.*', any],
    ['*:3000', any],
    ['*.0.0.1', any],
    ['.example.com', any],
    ['a..b', any],
    ['user@example.com', any],
    ['example.com:', any],
    ['example.com:0', any],
    ['example.com:080', any],
    ['example.com:65536', any],
    ['example.com:http', any],
    ['/^api/', any],
  ])('%j', (pattern, advice) => {
    expect(refusal({ [pattern]: { event } })).toBe(
      `bookVendorCalls: ${JSON.stringify(pattern)} matches no host: write ${advice}.`,
    )
  })

  test.each(['[::1]', '[::1]:3000', '10.0.0.1:80', 'xn--bcher-kva.example', '_dmarc.example.com', 'a', '*.com', 'A.B'])(
    '%s can match, and is taken',
    (pattern) => expect(refusal({ [pattern]: { event } })).toBe('taken'),
  )
})

describe('what is no rule, no option or no tracker is refused before anything is booked', () => {
  test.each<[string, unknown, unknown?, unknown?]>([
    ["rules must be an object: { 'api.openai.com': { event: 'OpenAI API Call' } }", null],
    ["rules must be an object: { 'api.openai.com': { event: 'OpenAI API Call' } }", 'api.openai.com'],
    ["rules must be an object: { 'api.openai.com': { event: 'OpenAI API Call' } }", [['a.example', { event }]]],
    [
      "rules must be an object: { 'api.openai.com': { event: 'OpenAI API Call' } }",
      new Map([['a.example', { event }]]),
    ],
    ['rules are empty: name at least one host', {}],
    ['the rule for "a.example" must be an object with an event', ruling('OpenAI API Call')],
    ['the rule for "a.example" needs an event, the name under which its calls are booked', ruling({})],
    ['the rule for "a.example" needs an event, the name under which its calls are booked', ruling({ event: ' ' })],
    ['the rule for "a.example" needs an event, the name under which its calls are booked', ruling({ event: 7 })],
    ['the rule for "a.example": category must be text that is not blank', ruling({ event, category: '' })],
    [
      'the rule for "a.example": property must be a function of the call, (call) => ({ status: call.status })',
      ruling({ event, property: { status: 200 } }),
    ],
    [
      'the rule for "a.example": when must be a function of the call, ({ status }) => status < 500',
      ruling({ event, when: true }),
    ],
    [
      'the rule for "a.example": name, if is not known; known are: event, category, property, when',
      ruling({ event, name: 'x', if: true }),
    ],
    [
      '"a.example" is there twice: case makes no difference in hosts',
      { 'a.example': { event }, 'A.example': { event } },
    ],
    ['options must be an object', ruling({ event }), null],
    ['otherwise must be the id of a customer', ruling({ event }), { otherwise: '' }],
    ['logger must be an object with the method warn', ruling({ event }), { logger: () => undefined }],
    ['the options: other is not known; known are: otherwise, logger', ruling({ event }), { other: 'x' }],
    ['the first argument must be a tracker', ruling({ event }), {}, null],
    ['the first argument must be a tracker', ruling({ event }), {}, { track: () => undefined }],
  ])('%s', (message, rules, options, by) => {
    expect(refusal(rules, options, by)).toBe(`bookVendorCalls: ${message}.`)
  })
})

test('a tracker has one table of rules at a time', () => {
  const stop = bookVendorCalls(tracker, { 'a.example': { event } })
  expect(refusal({ 'b.example': { event } })).toBe(
    'bookVendorCalls: this tracker has rules already. Give all rules in one call, or first call the function that it returned.',
  )
  stop()
  const next = bookVendorCalls(tracker, { 'b.example': { event } })
  // The first one has ended: it does not end the second one.
  stop()
  expect(refusal({ 'c.example': { event } })).toContain('has rules already')
  next()
  expect(refusal({ 'c.example': { event } })).toBe('taken')
})

test('rules name only events that the tracker knows', () => {
  type Known = { events: 'OpenAI API Call' | 'AWS Call' }
  const typed = new EventTracker<Known>({ token: 't' })
  bookVendorCalls(typed, { 'api.openai.com': { event: 'OpenAI API Call' } })()
  // @ts-expect-error -- no such event
  bookVendorCalls(typed, { 'api.openai.com': { event: 'OpenAI Call' } })()
  bookVendorCalls(typed, {
    '*.amazonaws.com': {
      event: 'AWS Call',
      property: (call) => {
        expectTypeOf(call).toEqualTypeOf<VendorCall>()
        return { method: call.method }
      },
    },
  })()
  expectTypeOf<{ 'a.example': { event: 'x'; when: (call: VendorCall) => boolean } }>().toExtend<VendorRules>()
})
