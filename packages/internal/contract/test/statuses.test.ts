import {
  ApiError,
  AuthenticationError,
  EventTracker,
  type Operation,
  PermissionError,
  RateLimitError,
  ServerError,
} from '@obsidianlaunch/events'
import { mockMatchers } from '@obsidianlaunch/events-mock/vitest'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { firstExample, operations, sendByClient, sendBySdk } from './document.ts'
import { type Server, servers, startRelay } from './servers.ts'

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

/** Servers that tell what the API answers, and the status that a client sees for one of the API's. */
const tellers: [name: string, start: () => Promise<Server>, seen: (status: number) => number][] = [
  ['mock', servers.mock, (status) => status],
  // The relay's own token is no matter of its client.
  [
    'relay without an outbox',
    () => startRelay({ isDirect: true }),
    (status) => ([401, 403].includes(status) ? 502 : status),
  ],
]

describe.each(tellers)('The %s', (_name, start, seen) => {
  let server: Server
  beforeAll(async () => {
    expect.extend(mockMatchers)
    server = await start()
  })
  afterEach(() => {
    server.front.reset()
    server.api.reset()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  describe.each(operations)('$id', (operation) => {
    const { id, method, environment, path } = operation
    const tracker = (maxRetries: number) =>
      new EventTracker({ token: server.token, baseUrl: server.url, environment, maxRetries, ...patience })
    const body = firstExample(operation)
    const failures = operation.statuses.filter((status) => status >= 400)
    /** Failures that the API tells by JSON with one name, and a relay by a problem document with another. */
    const reason = expect.toSatisfy(
      (told: Record<string, unknown>) => typeof (told['error'] ?? told['title']) === 'string',
    )

    test('succeeds through the client and the SDK with no violation', async () => {
      const { response, data } = await sendByClient(server, id, body)
      expect([response.status, typeof data]).toEqual([200, 'object'])
      const receipt = await sendBySdk(tracker(0), id, body)
      expect(receipt).toMatchObject({ status: 200, attempts: 1, data: expect.any(Object) })
      expect(server.front).toHaveNoViolations()
      expect(server.api).toHaveReceivedTimes(2, { operation: id, path, body })
    })

    test('has at least one final and one retried status in the OpenAPI document', () => {
      expect(failures.some(isRetried)).toBe(true)
      expect(failures.some((status) => !isRetried(status))).toBe(true)
    })

    test.each(failures)('gives the user of the client status %i with its documented body', async (status) => {
      server.api.fail([{ status }])
      const { response, data, error } = await sendByClient(server, id, body)
      expect([response.status, data]).toEqual([seen(status), undefined])
      expect(error).toEqual(reason)
    })

    test.each(failures)('ends %i at the SDK in the error of its class when nothing is left to try', async (status) => {
      server.api.fail([{ status }])
      const { outcome, error } = (await sendBySdk(tracker(0), id, body).settled()) as {
        outcome: string
        error: ApiError
      }
      expect(outcome).toBe('rejected')
      expect(error).toBeInstanceOf(errorClass(seen(status)))
      expect(error).toMatchObject({ status: seen(status), kept: false, retryable: isRetried(seen(status)) })
      expect(error.message).toMatch(`${sentence[method]}: ${seen(status)} - `)
      expect(error.body).toEqual(reason)
      expect(server.api).toHaveReceivedTimes(1, id)
    })

    test.each(failures.filter((status) => isRetried(seen(status))))(
      'is delivered by the SDK after a %i',
      async (status) => {
        server.api.fail([{ status }])
        const { attempts, status: answered, id: key } = await sendBySdk(tracker(3), id, body)
        expect([attempts, answered]).toEqual([2, 200])
        expect(server.api).toHaveReceivedTimes(2, id)
        expect(server.api).toHaveReceivedInOrder([
          { id: key, status },
          { id: key, status: 200 },
        ])
      },
    )

    test.each(failures.filter((status) => !isRetried(seen(status))))('is not sent again after a %i', async (status) => {
      server.api.fail([{ status }])
      await sendBySdk(tracker(3), id, body).settled()
      expect(server.api).toHaveReceivedTimes(1, id)
      expect(server.api).toHaveReceived({ operation: id, status })
    })
  })
})
