import { expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { type Answer, ok, serve } from '../support/server.ts'
import { testTransport } from '../support/transport.ts'

function trackerOf(
  baseUrl: string,
  waitUntil: TrackerOptions['waitUntil'],
  options: TrackerOptions = {},
): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, ...(waitUntil && { waitUntil }), ...options })
}

const tornOff = (): never => {
  throw new TypeError('Illegal invocation')
}

const slowly: Answer = (...exchange) => setTimeout(() => ok(...exchange), 50)

test('waitUntil gets one promise that lasts until nothing is pending, however much is tracked meanwhile', async () => {
  await using server = await serve(slowly)
  const promises: Promise<unknown>[] = []
  const tracker: EventTracker = trackerOf(server.url, (promise) => promises.push(promise), {
    onDelivered: (_, { attempts }) => {
      if (attempts === 1 && tracker.stats().accepted < 4) void tracker.trackEvent('a', 'again')
    },
  })
  void tracker.trackEvent('a', 'x')
  void tracker.trackEvent('b', 'x')
  expect(promises).toHaveLength(1)
  await promises[0]
  expect(tracker.stats()).toMatchObject({ accepted: 4, delivered: 4, pending: 0 })
})

test('once idle, the next event asks again', async () => {
  await using server = await serve(ok)
  const promises: Promise<unknown>[] = []
  const tracker = trackerOf(server.url, (promise) => promises.push(promise))
  await tracker.trackEvent('a', 'x')
  await tracker.trackEvent('a', 'y')
  expect(promises).toHaveLength(2)
  await Promise.all(promises)
})

test('its promise never rejects, whatever becomes of the events', async () => {
  const promises: Promise<unknown>[] = []
  const tracker = trackerOf('http://127.0.0.1:9', (promise) => promises.push(promise), {
    maxRetries: 0,
    onError: () => undefined,
  })
  void tracker.trackEvent('a', 'x')
  await expect(promises[0]).resolves.toBeUndefined()
  expect(tracker.stats()).toMatchObject({ rejected: 1, pending: 0 })
})

test('a waitUntil that was torn off its context loses no event, and the logger says how to give it', async () => {
  await using server = await serve(ok)
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message), error: () => undefined }
  const tracker = trackerOf(server.url, tornOff, { logger, transport: testTransport })
  await tracker.trackEvent('a', 'x')
  expect(warnings).toEqual([
    'waitUntil failed (Illegal invocation); give it as (promise) => context.waitUntil(promise).',
  ])
})

test('nothing is asked for calls that send nothing', async () => {
  const promises: Promise<unknown>[] = []
  const tracker = trackerOf('http://127.0.0.1:9', (promise) => promises.push(promise), { onError: () => undefined })
  await tracker.trackEvent('', 'x').settled()
  expect(promises).toEqual([])
})
