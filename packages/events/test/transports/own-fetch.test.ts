import { describe, expect, test } from 'vitest'
import { ApiError, ConfigurationError, EventTracker, type TrackerOptions } from '../../src/index.ts'

/** A tracker with a fetch of the user's own, which may give anything in place of a response. */
function trackerOf(
  answers: readonly unknown[],
  options: TrackerOptions = {},
): { tracker: EventTracker; asked: () => number } {
  let asked = 0
  const fetch = async () => answers[Math.min(asked++, answers.length - 1)] as Response
  const tracker = new EventTracker({ token: 'secret-token', backoff: { baseMs: 1, capMs: 2 }, fetch, ...options })
  return { tracker, asked: () => asked }
}

const throwing = {
  status: 200,
  get headers(): never {
    throw new Error('no headers')
  },
  get body(): never {
    throw new Error('no body')
  },
  get textWithin(): never {
    throw new Error('nothing')
  },
}
const never = () => new Promise<never>(() => undefined)

describe('an answer of the caller’s own fetch with a 2xx status is delivered, whatever else it lacks', () => {
  test.each<[string, object, unknown]>([
    ['ok, status and json', { ok: true, status: 200, json: async () => ({ a: 1 }) }, { a: 1 }],
    ['a status alone', { status: 204 }, undefined],
    ['headers as a plain object', { status: 202, headers: {}, text: async () => '{"a":1}' }, { a: 1 }],
    ['a body that is no stream', { status: 200, body: { pipe: () => undefined }, text: async () => 'yes' }, 'yes'],
    ['a body of bytes', { status: 200, body: new Uint8Array(2) }, undefined],
    ['a text that is no text', { status: 200, text: async () => ({}) }, undefined],
    ['a text that fails', { status: 200, text: () => Promise.reject(new Error('cut')) }, undefined],
    ['a json that is undefined', { status: 200, json: async () => undefined }, undefined],
    ['a json with a cycle', { status: 200, json: async () => throwing }, undefined],
    ['getters that throw', throwing, undefined],
    ['null for everything', { status: 299, headers: null, body: null, text: null, json: null }, undefined],
  ])('%s', async (_, answer, data) => {
    const { tracker, asked } = trackerOf([answer])
    const receipt = await tracker.trackEvent('user123', 'x')
    expect(receipt).toMatchObject({ status: (answer as Response).status, attempts: 1 })
    expect(receipt.data).toEqual(data)
    expect(asked()).toBe(1)
  })

  test('a body that never ends', async () => {
    const { tracker } = trackerOf([{ status: 200, text: never }], { attemptTimeoutMs: 20 })
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ status: 200, attempts: 1 })
  })

  test.each([
    [{ 'X-Request-Id': 'r1' }],
    [new Map([['x-request-id', 'r1']])],
    [[['X-Request-ID', 'r1']]],
    [{ get: (name: string) => (name === 'x-request-id' ? 'r1' : null) }],
  ])('and its headers are read in whatever form they come, %j', async (headers) => {
    const { tracker } = trackerOf([{ status: 200, headers }])
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ requestId: 'r1' })
  })
})

test.each([{ status: 429, headers: { 'Retry-After': '0' } }, { status: 503 }, { status: 503, headers: 'none' }])(
  'an answer that may pass is retried, whatever it lacks: %j',
  async (answer) => {
    const { tracker, asked } = trackerOf([answer, { status: 200 }])
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ status: 200, attempts: 2 })
    expect(asked()).toBe(2)
  },
)

test('a refusal that lacks everything is a refusal', async () => {
  const { tracker, asked } = trackerOf([{ status: 400 }])
  const settlement = await tracker.trackEvent('user123', 'x').settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { status: 400, headers: {} } })
  expect('error' in settlement && settlement.error).toBeInstanceOf(ApiError)
  expect(asked()).toBe(1)
})

describe('an answer without a status is an error that says so, and is not repeated', () => {
  test.each<[unknown, string]>([
    [undefined, 'not to undefined'],
    [null, 'not to null'],
    ['radioactive', 'not to text'],
    [{}, 'a status that is undefined'],
    [{ ok: true }, 'a status that is undefined'],
    [{ status: '200' }, 'a status that is text'],
    [{ status: Number.NaN }, 'a status that is NaN'],
    [{ status: 0 }, 'a status that is 0'],
    [{ status: 200.5 }, 'a status that is 200.5'],
  ])('%j', async (answer, words) => {
    const { tracker, asked } = trackerOf([answer])
    const settlement = await tracker.trackEvent('user123', 'x').settled()
    if (!('error' in settlement)) throw new Error('delivered')
    expect(settlement.error).toBeInstanceOf(ConfigurationError)
    expect(settlement.error.message).toContain('after 1 attempt: fetch must resolve to a Response')
    expect(settlement.error.message).toContain(words)
    expect(settlement.error.message).not.toContain('radioactive')
    expect([settlement.outcome, settlement.error.retryable, asked()]).toEqual(['rejected', false, 1])
  })
})
