import { expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { answer, type Script } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

const ok = answer(200)
/** A server that closes an idle connection at the moment when the next request comes. */
const stale: Script = { after: 'head', steps: [{ finish: 'reset' }] }

function trackerOf(baseUrl: string, options: TrackerOptions): EventTracker {
  return new EventTracker({ token: 'secret-token', baseUrl, backoff: { baseMs: 1, capMs: 2 }, ...options })
}

test.each<[string, TrackerOptions, object]>([
  ['of the tracker', { maxRetries: 0 }, {}],
  ['of the call', {}, { maxRetries: 0 }],
])('maxRetries: 0 %s is one request, also on a kept connection that turns out to be dead', async (_, options, call) => {
  await using server = await scripted([ok, stale, ok])
  const tracker = trackerOf(server.url, options)
  await tracker.trackEvent('user123', 'a')
  const settlement = await tracker.trackEvent('user123', 'b', call).settled()
  const message = expect.stringContaining('after 1 attempt.')
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { code: 'connection', message } })
  expect(server.connections).toBe(1)
  expect(server.log).toEqual(['user123:a'])
})

test('a request that goes out once more on a new connection is an attempt like any other, and counted', async () => {
  await using server = await scripted([ok, stale, ok])
  const tracker = trackerOf(server.url, {})
  await tracker.trackEvent('user123', 'a')
  expect(await tracker.trackEvent('user123', 'b')).toMatchObject({ attempts: 2 })
  expect(server.log).toEqual(['user123:a', 'user123:b'])
})

test('maxRetries: 1 is two requests at most, whatever failed', async () => {
  await using server = await scripted([ok, stale, answer(503), ok])
  const tracker = trackerOf(server.url, { maxRetries: 1 })
  await tracker.trackEvent('user123', 'a')
  const settlement = await tracker.trackEvent('user123', 'b').settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { status: 503 } })
  expect(server.log).toEqual(['user123:a', 'user123:b'])
})
