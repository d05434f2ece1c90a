import { isSuccess } from '../../src/http/answer.ts'
import { describe, expect, test, vi } from 'vitest'
import type { AttemptResult, NewToken } from '../../src/http/answer.ts'
import { decide, decideStored, mayPass } from '../../src/delivery/retry.ts'

const policy = { maxRetries: 3, maxRetryAfterMs: 60_000, backoff: { baseMs: 100, capMs: 1_000 } }
const answered = (
  status: number,
  headers: Record<string, string> = {},
  newToken: NewToken = 'none',
): AttemptResult => ({
  kind: 'answered',
  status,
  headers,
  text: '',
  newToken,
})
const silent: AttemptResult[] = [
  { kind: 'unreachable', cause: new Error('refused') },
  { kind: 'timeout' },
  { kind: 'tokenFailed', cause: new Error('no vault') },
]
const statuses = Array.from({ length: 500 }, (_, index) => index + 100)
const never = new Set([501, 505, 511])
const retried = new Set([408, 421, 425, 429, ...statuses.filter((status) => status >= 500 && !never.has(status))])

test.each(statuses)('status %i is delivered, tried again or final, as the documentation says', (status) => {
  const expected = status >= 200 && status < 300 ? 'delivered' : retried.has(status) ? 'retry' : 'final'
  expect(decide(answered(status), 1, policy, 0).kind).toBe(expected)
  expect(isSuccess(status)).toBe(expected === 'delivered')
  expect(mayPass(answered(status), 1)).toBe(expected === 'retry')
})

test.each(silent)('no answer may pass: $kind', (result) => {
  expect(mayPass(result, 1)).toBe(true)
  expect(decide(result, 1, policy, 0).kind).toBe('retry')
  expect(decide(result, 4, policy, 0)).toEqual({ kind: 'final', retryable: true })
})

test('a 401 is final, unless another token is to be had, or the token function cannot say so yet', () => {
  expect(decide(answered(401), 1, policy, 0)).toEqual({ kind: 'final', retryable: false })
  expect(decide(answered(401, {}, 'ready'), 1, policy, 0)).toEqual({ kind: 'retry', afterMs: 0 })
  const later = { kind: 'retry', afterMs: expect.any(Number) }
  expect(decide(answered(401, { 'retry-after': '7' }, 'unknown'), 1, policy, 0)).toEqual({ ...later, afterMs: 7_000 })
  expect(decideStored(answered(401, {}, 'unknown'), 1, policy, 0)).toEqual(later)
  expect(decide(answered(401, {}, 'unknown'), 4, policy, 0)).toEqual({ kind: 'final', retryable: true })
})

test('a conflict is final at first, and from the second attempt on it may be our own that is still in progress', () => {
  expect(decide(answered(409), 1, policy, 0)).toEqual({ kind: 'final', retryable: false })
  expect([1, 2, 3].map((attempts) => mayPass(answered(409), attempts))).toEqual([false, true, true])
  expect([2, 3].map((attempts) => decide(answered(409), attempts, policy, 0).kind)).toEqual(['retry', 'retry'])
  expect(decide(answered(409), 4, policy, 0)).toEqual({ kind: 'final', retryable: true })
})

describe('retries', () => {
  test('maxRetries counts the attempts after the first', () => {
    const kinds = [1, 2, 3, 4, 5].map((attempts) => decide(answered(503), attempts, policy, 0).kind)
    expect(kinds).toEqual(['retry', 'retry', 'retry', 'final', 'final'])
    expect(decide(answered(503), 1, { ...policy, maxRetries: 0 }, 0)).toEqual({ kind: 'final', retryable: true })
  })

  test('one that was refused for good says that trying again does not help', () => {
    expect(decide(answered(400), 1, policy, 0)).toEqual({ kind: 'final', retryable: false })
    expect(decide(answered(302), 1, policy, 0)).toEqual({ kind: 'final', retryable: false })
  })

  test('a success on the last attempt is a success', () => {
    expect(decide(answered(204), 99, policy, 0)).toEqual({ kind: 'delivered' })
  })

  test.each([1, 2, 3])('attempt %i is followed by a backoff that doubles', (attempts) => {
    for (let draw = 0; draw < 100; draw++) {
      const decision = decide(answered(500), attempts, policy, 0)
      expect(decision.kind === 'retry' && decision.afterMs).toBeLessThanOrEqual(100 * 2 ** (attempts - 1))
    }
  })
})

describe('Retry-After', () => {
  test.each([...retried])('is honoured on status %i', (status) => {
    expect(decide(answered(status, { 'retry-after': '7' }), 1, policy, 0)).toEqual({ kind: 'retry', afterMs: 7_000 })
  })

  test('does not make a final answer pass', () => {
    expect(decide(answered(400, { 'retry-after': '7' }), 1, policy, 0).kind).toBe('final')
    expect(decide(answered(501, { 'retry-after': '7' }), 1, policy, 0).kind).toBe('final')
    expect(decide(answered(200, { 'retry-after': '7' }), 1, policy, 0).kind).toBe('delivered')
  })

  test.each(['60', '61', '86400'])('is never heeded for longer than maxRetryAfterMs: %s', (seconds) => {
    const answer = answered(429, { 'retry-after': seconds })
    expect(decide(answer, 1, policy, 0)).toEqual({ kind: 'retry', afterMs: 60_000 })
    expect(decide(answer, 3, policy, 0)).toEqual({ kind: 'retry', afterMs: 60_000 })
    expect(decideStored(answer, 99, policy, 0)).toEqual({ kind: 'retry', afterMs: 60_000, outwaited: true })
  })

  test('that is cut short leaves the backoff, so that a server which asks to wait is never asked sooner than others', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const unheeded = { ...policy, maxRetryAfterMs: 0 }
    const waits = [1, 2, 3].map((attempts) => decide(answered(503, { 'retry-after': '7' }), attempts, unheeded, 0))
    expect(waits).toMatchObject([{ afterMs: 50 }, { afterMs: 100 }, { afterMs: 200 }])
    vi.restoreAllMocks()
  })

  test('nonsense leaves the backoff', () => {
    const decision = decide(answered(503, { 'retry-after': '1.5' }), 1, policy, 0)
    expect(decision.kind === 'retry' && decision.afterMs).toBeLessThanOrEqual(100)
  })
})

test('a token that was replaced meanwhile is tried at once, and counts like every other attempt', () => {
  expect(decide(answered(401, {}, 'ready'), 1, policy, 0)).toEqual({ kind: 'retry', afterMs: 0 })
  expect(decide(answered(401, {}, 'ready'), 3, policy, 0)).toEqual({ kind: 'retry', afterMs: 0 })
  expect(decide(answered(401, {}, 'ready'), 4, policy, 0)).toEqual({ kind: 'final', retryable: true })
  expect(decide(answered(401, {}, 'ready'), 1, { ...policy, maxRetries: 0 }, 0)).toEqual({
    kind: 'final',
    retryable: true,
  })
  expect(decide(answered(401), 1, policy, 0)).toEqual({ kind: 'final', retryable: false })
})

describe('an event that survives the process', () => {
  const own = new Set([400, 409, 413, 414, 415, 422])

  test.each(statuses)('with status %i it is delivered, tried again, refused or dead by its own fault', (status) => {
    const { kind } = decide(answered(status), 1, policy, 0)
    const expected = kind !== 'final' ? kind : own.has(status) ? 'final' : 'refused'
    expect(decideStored(answered(status), 1, policy, 0).kind).toBe(expected)
  })

  test.each([...silent, answered(503), answered(409)])('retries that are used up end its wait alone: %j', (result) => {
    for (let draw = 0; draw < 50; draw++) {
      const decision = decideStored(result, 30, policy, 0)
      expect(decision).toMatchObject({ kind: 'retry', outwaited: true })
      expect(decision.kind === 'retry' && decision.afterMs).toBeLessThanOrEqual(1_000)
    }
  })

  test('one that is refused waits with backoff, at least as long as the answer asks for', () => {
    for (let draw = 0; draw < 50; draw++) {
      const plain = decideStored(answered(401), 2, policy, 0)
      expect(plain.kind === 'refused' && plain.afterMs).toBeLessThanOrEqual(200)
      const asked = decideStored(answered(403, { 'retry-after': '7' }), 2, policy, 0)
      expect(asked).toEqual({ kind: 'refused', afterMs: 7_000 })
    }
  })

  test('a token that was replaced meanwhile is tried on, though nobody waits once the retries are used up', () => {
    expect(decideStored(answered(401, {}, 'ready'), 3, policy, 0)).toEqual({ kind: 'retry', afterMs: 0 })
    expect(decideStored(answered(401, {}, 'ready'), 4, policy, 0)).toMatchObject({ kind: 'retry', outwaited: true })
  })
})
