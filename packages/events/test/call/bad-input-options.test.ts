import { expect, test } from 'vitest'
import { ConfigurationError, EventTracker, type TrackerOptions } from '../../src/index.ts'
import { hostile } from '../support/hostile.ts'

const secret = 'radioactive-token-0815'
const ofType = (value: unknown): string => `not a value of type ${typeof value}`

/** Of every option, by the compiler's word: a wrong value, and what is allowed. */
const wrong: { [Name in keyof Required<TrackerOptions>]: [unknown, string] } = {
  token: [{ secret }, 'text, a function that returns it, or null'],
  baseUrl: [new URL('https://example.com'), 'text that is not blank'],
  authorization: [{ secret }, 'text, or a function that is given the id of a customer and returns it'],
  environment: [secret, "'test' or 'production'"],
  allowInsecureHttp: [secret, 'true or false'],
  enabled: [secret, 'true or false'],
  fetch: [secret, 'a function'],
  transport: [secret, "'auto' or 'fetch'"],
  concurrency: [secret, 'an integer from 1 to 256'],
  maxRetries: [secret, 'an integer of at least 0'],
  attemptTimeoutMs: [secret, 'an integer of at least 1'],
  backoff: [secret, 'an object'],
  maxRetryAfterMs: [secret, 'an integer of at least 0'],
  maxDeliveryMs: [secret, 'an integer of at least 1'],
  maxAgeMs: [secret, 'an integer of at least 1'],
  outbox: [secret, 'an object with the methods append, claim, '],
  queue: [secret, 'an object'],
  eventNames: [secret, "'snake_case', "],
  beforeSend: [secret, 'a function'],
  waitUntil: [secret, 'a function'],
  onDelivered: [secret, 'a function'],
  onError: [secret, 'a function'],
  logger: [secret, 'an object with the methods warn, error'],
  clock: [secret, 'an object with the methods now, setTimeout, clearTimeout'],
}

/** The text of the constructor's error. */
function refusal(options: unknown): string {
  let thrown: unknown
  try {
    void new EventTracker(options as TrackerOptions)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(ConfigurationError)
  const { message, text, stack = '' } = thrown as ConfigurationError
  expect(`${message}${stack}`).not.toContain(secret)
  return text
}

test.each(Object.entries(wrong))(
  '%s of a wrong type: its name, the type that came and what is allowed',
  (name, given) => {
    const [value, allowed] = given
    const message = refusal({ token: secret, [name]: value })
    expect(message).toContain(`${name} must be ${allowed}`)
    expect(message).toContain(ofType(value))
  },
)

test.each<[unknown, string]>([
  [null, 'null'],
  [[5], 'an array'],
  [5n, 'a value of type bigint'],
  [Symbol(secret), 'a value of type symbol'],
  [() => secret, 'a value of type function'],
  [-1, '-1'],
  [Number.NaN, 'NaN'],
])('what came is told in words that a person understands: %s', (value, words) => {
  expect(refusal({ token: secret, maxRetries: value })).toBe(
    `maxRetries must be an integer of at least 0, not ${words}.`,
  )
})

test.each(Object.keys(wrong))('a misspelt option is told, with all that there are: %sX', (name) => {
  const message = refusal({ token: secret, [`${name}X`]: secret })
  expect(message).toBe(`Unknown option ${name}X. Known are: ${Object.keys(wrong).join(', ')}.`)
})

test.each(hostile)('%s, as options, is a ConfigurationError', (_, value) => {
  expect(refusal(value)).toMatch(/cannot be read/)
})

test('an option that was inherited is no option, and options that are all inherited are refused', () => {
  const inherited: object = { token: secret, maxRetries: 'x' }
  expect(() => new EventTracker(Object.create(inherited))).toThrow('options must have members of its own')
  const mixed: object = Object.assign(Object.create(inherited) as object, { transport: 'auto' })
  expect(() => new EventTracker(mixed)).toThrow('EVENT_TRACKING_AUTH_TOKEN')
})
