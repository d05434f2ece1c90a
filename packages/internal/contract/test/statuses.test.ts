import {
  ApiError,
  AuthenticationError,
  EventTracker,
  type Operation,
  PermissionError,
  RateLimitError,
  ServerError,
} from '@obsidianlaunch/events'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/vitest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { firstExample, operations, sendByClient, sendBySdk } from './document.ts'

let mock: Mock
beforeAll(async () => {
  expect.extend(mockMatchers)
  mock = await startMock()
})
afterEach(() => mock.reset())
afterAll(() => mock.close())

const patience = { backoff: { baseMs: 1, capMs: 5 } }

/** The design's list; what is not in it is final at the first answer. */
const isRetried = (status: number) => status === 429 || status >= 500

function errorClass(status: number) {
  if (status >= 500) return ServerError
  return { 401: AuthenticationError, 403: PermissionError, 429: RateLimitError }[status] ?? ApiError
}

const sentence: Record<Operation, string> = {
  identifyCustomer: 'Failed to identify customer',
  trackEvent: 'Failed to track event',
}

describe.each(operations)('$id', (operation) => {
  const { id, method, environment, path } = operation
  const tracker = (maxRetries: number) =>
    new EventTracker({ token: 'contract-token', baseUrl: mock.url, environment, maxRetries, ...patience })
  const body = firstExample(operation)
  const failures = operation.statuses.filter((status) => status >= 400)

  test('succeeds through the client and the SDK with no violation', async () => {
    const { response, data } = await sendByClient(mock, id, body)
    expect([response.status, typeof data]).toEqual([200, 'object'])
    const receipt = await sendBySdk(tracker(0), id, body)
    expect(receipt).toMatchObject({ status: 200, attempts: 1, data })
    expect(mock).toHaveNoViolations()
    expect(mock).toHaveReceivedTimes(2, { operation: id, path, body })
  })

  test('has at least one final and one retried status in the OpenAPI document', () => {
    expect(failures.some(isRetried)).toBe(true)
    expect(failures.some((status) => !isRetried(status))).toBe(true)
  })

  test.each(failures)('gives the user of the client status %i with its documented body', async (status) => {
    mock.fail([{ status }])
    const { response, data, error } = await sendByClient(mock, id, body)
    expect([response.status, data]).toEqual([status, undefined])
    expect(error).toMatchObject({ error: expect.any(String) })
  })

  test.each(failures)('ends %i at the SDK in the error of its class when nothing is left to try', async (status) => {
    mock.fail([{ status }])
    const { outcome, error } = (await sendBySdk(tracker(0), id, body).settled()) as { outcome: string; error: ApiError }
    expect(outcome).toBe('rejected')
    expect(error).toBeInstanceOf(errorClass(status))
    expect(error).toMatchObject({ status, kept: false, retryable: isRetried(status) })
    expect(error.message).toMatch(`${sentence[method]}: ${status} - `)
    expect(JSON.stringify(error.body)).toContain('error')
    expect(mock).toHaveReceivedTimes(1, id)
  })

  test.each(failures.filter(isRetried))('is delivered by the SDK after a %i', async (status) => {
    mock.fail([{ status }])
    const { attempts, status: answered, id: key } = await sendBySdk(tracker(3), id, body)
    expect([attempts, answered]).toEqual([2, 200])
    expect(mock).toHaveReceivedTimes(2, id)
    expect(mock).toHaveReceivedInOrder([
      { id: key, status },
      { id: key, status: 200 },
    ])
  })

  test.each(failures.filter((status) => !isRetried(status)))('is not sent again after a %i', async (status) => {
    mock.fail([{ status }])
    await sendBySdk(tracker(3), id, body).settled()
    expect(mock).toHaveReceivedTimes(1, id)
    expect(mock).toHaveReceived({ operation: id, status })
  })
})
