import { expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { OutboxFiles } from '../support/outbox-files.ts'

const answering = (status: number, headers?: Record<string, string>): TrackerOptions => ({
  fetch: async () => new Response('', { status, ...(headers && { headers }) }),
})

const failures: [name: string, options: TrackerOptions, reason: string, more?: string][] = [
  ['503 without Retry-After', answering(503), 'The API answers every request with a failure'],
  [
    '503 with a Retry-After that is none',
    answering(503, { 'retry-after': 'soon' }),
    'The API answers every request with a failure',
  ],
  ['503 with Retry-After', answering(503, { 'retry-after': '7' }), 'The API asked to wait'],
  ['429 without Retry-After', answering(429), 'The API asked to wait'],
  [
    'no answer',
    { fetch: () => Promise.reject(new TypeError('refused')) },
    'The API does not answer',
    ' No answer from events.obsidianlaunch.co: refused.',
  ],
  [
    'a token function that fails',
    { token: () => Promise.reject(new Error('no vault')) },
    'The token function fails',
    ' The token function failed: no vault.',
  ],
]

test.each(failures)('the logger hears why sending pauses: %s', async (_, options, reason, more = '') => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const tracker = new EventTracker({
    token: 'secret-token',
    backoff: { baseMs: 1, capMs: 5 },
    logger: { warn: resolve, error: () => undefined },
    ...options,
  })
  for (const customer of ['a', 'b', 'c']) tracker.trackEvent(customer, 'x')
  expect(await promise).toMatch(
    new RegExp(`^${reason}: sending pauses for \\d+\\.\\d s\\. Events pending: 3\\.${more}$`),
  )
  await tracker.shutdown({ timeoutMs: 0 })
})

test('the logger hears that no event is taken and that all of them are kept', async () => {
  await using files = new OutboxFiles()
  const { promise, resolve } = Promise.withResolvers<string>()
  const tracker = new EventTracker({
    token: 'secret-token',
    outbox: files.open(),
    fetch: async () => new Response('who are you', { status: 401 }),
    logger: { warn: () => undefined, error: resolve },
  })
  for (const customer of ['a', 'b', 'c']) tracker.trackEvent(customer, 'x')
  expect(await promise).toMatch(
    /^AuthenticationError: .* No event is taken now: all of them are kept, and single requests/,
  )
  await tracker.shutdown({ timeoutMs: 0 })
})
