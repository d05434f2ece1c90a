import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ApiError, ConnectionError, EventTracker, type EventTrackingError, TimeoutError } from '../../src/index.ts'
import { answer, head, type Script, type Step, whole } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

const reset: Step = { finish: 'reset' }
const close: Step = { finish: 'close' }
const silence: Step = { finish: 'silence' }

function trackerOf(baseUrl: string): EventTracker {
  const quick = { backoff: { baseMs: 1, capMs: 5 }, attemptTimeoutMs: 4_000 }
  return new EventTracker({ token: 'secret', baseUrl, maxRetries: 1, ...quick })
}

async function failureOf(tracker: EventTracker): Promise<EventTrackingError> {
  const settlement = await tracker.trackEvent('user123', 'x').settled()
  if ('receipt' in settlement) throw new Error(`delivered: ${JSON.stringify(settlement.receipt)}`)
  return settlement.error
}

describe('when the retries are used up, the error says what happened', () => {
  test.each<[string, Script, string]>([
    ['a reset', { steps: [reset] }, 'ECONNRESET'],
    ['an end instead of an answer', { steps: [close] }, 'other side closed'],
    ['the words of another protocol', { steps: [{ send: 'SSH-2.0-OpenSSH_9.9\r\n' }, silence] }, 'HTTPParserError'],
    ['headers beyond what fetch reads', answer(200, '1', { 'X-Long': 'x'.repeat(100_000) }), 'Headers Overflow'],
  ])('a ConnectionError, with its cause: %s', async (_, script, cause) => {
    await using server = await scripted([script])
    const error = await failureOf(trackerOf(server.url))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'connection', retryable: true, kept: false })
    expect(error.message).toContain('after 2 attempts')
    expect(inspect(error.cause)).toContain(cause)
    expect(server.received).toHaveLength(2)
  })

  test.concurrent.each<[string, Step[]]>([
    ['silence', [silence]],
    ['half a head', [{ send: 'HTTP/1.1 200 OK\r\nContent-Le' }, silence]],
    ['early hints alone', [{ send: head(103) }, silence]],
    ['interim answers without end', [{ flood: head(102), everyMs: 20 }]],
  ])('a TimeoutError: %s', async (_, steps) => {
    await using server = await scripted([{ steps }])
    const error = await failureOf(trackerOf(server.url))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ code: 'timeout', retryable: true, kept: false })
    expect(server.received).toHaveLength(2)
  })

  test.concurrent.each<[string, Step[]]>([
    ['reset after its head', [{ send: head(503, { 'Content-Length': 16 }) }, reset]],
    ['cut in the middle of its body', [{ send: `${head(503, { 'Content-Length': 16 })}bus` }, close]],
    ['slower than the attempt may be', [{ send: `${head(503, { 'Content-Length': 16 })}bus` }, silence]],
    ['without an end', [{ send: head(503) }, { flood: 'x'.repeat(16_384) }]],
  ])('the last answer, even if that was %s', async (_, steps) => {
    await using server = await scripted([{ steps }])
    const error = await failureOf(trackerOf(server.url))
    expect(error).toMatchObject({ name: 'ServerError', status: 503, retryable: true })
    expect(error.message.length).toBeLessThan(700)
    expect(server.received).toHaveLength(2)
  })
})

describe('a refusal is final at once, with one request', () => {
  test.each<[string, Step[], unknown]>([
    ['whole', [{ send: whole(422, '{"error":"no"}') }], { error: 'no' }],
    ['empty', [{ send: whole(422, '') }], undefined],
    ['of junk', [{ send: whole(422, '{"error":') }], '{"error":'],
    ['after early hints', [{ send: head(103) + whole(422, 'no') }], 'no'],
    ['whose body ends with the connection', [{ send: `${head(422)}no` }, close], 'no'],
    ['that is reset after its head', [{ send: head(422, { 'Content-Length': 16 }) }, reset], undefined],
  ])('%s', async (_, steps, body) => {
    await using server = await scripted([{ steps }])
    const error = await failureOf(trackerOf(server.url))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, body, retryable: false })
    expect(server.log).toEqual(['user123:x'])
  })

  test.each([300, 301, 302, 303, 304, 305, 307, 308, 399])('%i, wherever it points to', async (status) => {
    await using elsewhere = await scripted([answer(200)])
    for (const location of [elsewhere.url, '/events/test', '//', '']) {
      await using server = await scripted([{ steps: [{ send: head(status, { Location: location }) }, close] }])
      expect(await failureOf(trackerOf(server.url))).toMatchObject({ code: 'api', status, retryable: false })
      expect(server.connections).toBe(1)
    }
    expect(elsewhere.connections).toBe(0)
  })

  test('413 before the body of the request was read', async () => {
    await using server = await scripted([
      { after: 'head', steps: [{ send: whole(413, 'too large') }, { finish: 'silence' }] },
    ])
    const settlement = await trackerOf(server.url).trackEvent('user123', 'x').settled()
    expect(settlement).toMatchObject({ outcome: 'rejected', error: { status: 413, body: 'too large' } })
    expect(server.connections).toBe(1)
  })
})
