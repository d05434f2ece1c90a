import { expect, test } from 'vitest'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { answer, head, type Script, type Step, whole } from '../support/script.ts'
import { closedPort, scripted } from '../support/scripted-server.ts'

const reset: Step = { finish: 'reset' }
const close: Step = { finish: 'close' }
const ok = answer(200)

function trackerOf(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, backoff: { baseMs: 1, capMs: 5 }, ...options })
}

test('a row of failures of every kind costs attempts, not the event', async () => {
  const statuses = [500, 502, 503, 504, 408, 507, 599].map((status) => answer(status))
  await using server = await scripted([statuses[0] as Script, ...statuses.slice(1), { steps: [reset] }, ok])
  expect(await trackerOf(server.url).trackEvent('user123', 'x')).toMatchObject({ attempts: 9, status: 200 })
  expect(new Set(server.received.map(({ id }) => id)).size).toBe(1)
})

test('a 100 that nobody asked for does no harm', async () => {
  await using server = await scripted([{ steps: [{ send: head(100) + whole(200) }] }, ok])
  expect(await trackerOf(server.url).trackEvent('user123', 'x')).toMatchObject({ status: 200 })
  expect(new Set(server.log)).toEqual(new Set(['user123:x']))
})

test('a status beyond 599 is a failure of the server like any other', async () => {
  await using server = await scripted([answer(999), ok])
  expect(await trackerOf(server.url).trackEvent('user123', 'x')).toMatchObject({ attempts: 2, status: 200 })
})

test('a connection that is closed after each answer costs nothing but a new one', async () => {
  const last: Script = { steps: [{ send: whole(200, '{}', { Connection: 'close' }) }, close] }
  await using server = await scripted([last])
  const tracker = trackerOf(server.url)
  for (let n = 0; n < 20; n++) void tracker.trackEvent('user123', `event${n}`)
  expect(await tracker.shutdown()).toMatchObject({ delivered: 20 })
  expect(server.log).toEqual(Array.from({ length: 20 }, (_, n) => `user123:event${n}`))
  expect(server.connections).toBe(20)
})

test('a connection that is closed after each answer without a word loses nothing', async () => {
  await using server = await scripted([{ steps: [{ send: whole(200) }, close] }])
  const tracker = trackerOf(server.url)
  for (let n = 0; n < 20; n++) void tracker.trackEvent('user123', `event${n}`)
  expect(await tracker.shutdown()).toMatchObject({ delivered: 20 })
  expect(server.log).toEqual(Array.from({ length: 20 }, (_, n) => `user123:event${n}`))
})

test('a kept connection that turns out to be dead is tried again, and the event arrives once', async () => {
  await using server = await scripted([ok, { after: 'head', steps: [reset] }, ok])
  const tracker = trackerOf(server.url)
  await tracker.trackEvent('user123', 'a')
  expect(await tracker.trackEvent('user123', 'b')).toMatchObject({ attempts: 2 })
  expect(server.log).toEqual(['user123:a', 'user123:b'])
  expect(server.connections).toBe(2)
})

test.each<[string, string]>([
  ['another answer', whole(400, 'not yours')],
  ['more than it announced', 'surplus'],
])('what a server sends after its answer is not taken for the next one: %s', async (_, surplus) => {
  await using server = await scripted([{ steps: [{ send: whole(200) + surplus }] }, ok])
  const tracker = trackerOf(server.url)
  await tracker.trackEvent('user123', 'a')
  expect(await tracker.trackEvent('user123', 'b')).toMatchObject({ status: 200, data: { success: true } })
  expect(new Set(server.log)).toEqual(new Set(['user123:a', 'user123:b']))
})

test('a port that opens late gets everything, in order', async () => {
  const port = await closedPort()
  let dials = 0
  const { promise: dialled, resolve } = Promise.withResolvers<void>()
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    if (++dials === 3) resolve()
    return globalThis.fetch(url, init)
  }
  const tracker = trackerOf(`http://127.0.0.1:${port}`, { fetch, backoff: { baseMs: 1, capMs: 20 }, maxRetries: 1_000 })
  for (let n = 0; n < 10; n++) void tracker.trackEvent('user123', `event${n}`)
  await dialled
  expect(tracker.stats()).toMatchObject({ accepted: 10, pending: 10 })
  await using server = await scripted([ok], port)
  expect(await tracker.shutdown()).toMatchObject({ delivered: 10 })
  expect(server.log).toEqual(Array.from({ length: 10 }, (_, n) => `user123:event${n}`))
})

test('an answer with the head of a 200 counts, however close behind it the reset comes', async () => {
  await using server = await scripted([{ steps: [{ send: head(200, { 'Content-Length': 16 }) }, reset] }])
  const tracker = trackerOf(server.url)
  for (let n = 0; n < 200; n++) void tracker.trackEvent(`user${n}`, 'x')
  expect(await tracker.shutdown()).toMatchObject({ delivered: 200 })
  expect(server.received).toHaveLength(200)
})
