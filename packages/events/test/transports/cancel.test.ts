import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { CancelledError, type Delivery, EventTracker, type TrackerOptions, ValidationError } from '../../src/index.ts'
import { type Answer, hang, inTurn, ok, serve, status } from '../support/server.ts'

/** After any time, by chance: so long that none is over while a test looks. */
const later = { backoff: { baseMs: 1e12, capMs: 1e12 } }

function trackerOf(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, backoff: { baseMs: 1, capMs: 20 }, ...options })
}

async function cancellation(delivery: Delivery): Promise<{ outcome: string; error: CancelledError }> {
  const settlement = await delivery.settled()
  if (!('error' in settlement)) throw new Error('delivered')
  expect(settlement.error).toBeInstanceOf(CancelledError)
  return { outcome: settlement.outcome, error: settlement.error as CancelledError }
}

/** Answers nothing until it is told to. */
function held(): { answer: Answer; first: Promise<ServerResponse> } {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  return { answer: (response) => resolve(response), first: promise }
}

test('a call whose signal is aborted already sends nothing and is dropped', async () => {
  await using server = await serve(ok)
  const told: unknown[] = []
  const tracker = trackerOf(server.url, { onError: (error, { attempts }) => told.push([error.code, attempts]) })
  const reason = new Error('navigated away')
  const { outcome, error } = await cancellation(tracker.trackEvent('a', 'x', { signal: AbortSignal.abort(reason) }))
  expect([outcome, error.code, error.cause, error.mayHaveArrived, error.kept]).toEqual([
    'dropped',
    'cancelled',
    reason,
    false,
    false,
  ])
  expect(await tracker.shutdown()).toMatchObject({ accepted: 1, dropped: 1 })
  await expect.poll(() => told).toEqual([['cancelled', 0]])
  expect(server.arrivals).toEqual([])
})

test('an event that waits its turn is taken out, and its lane goes on without it', async () => {
  const { answer, first } = held()
  await using server = await serve(inTurn(answer, ok))
  const tracker = trackerOf(server.url)
  const controller = new AbortController()
  void tracker.trackEvent('a', 'first')
  const second = tracker.trackEvent('a', 'second', { signal: controller.signal })
  const third = tracker.trackEvent('a', 'third')
  const response = await first
  controller.abort()
  expect(tracker.stats()).toMatchObject({ accepted: 3, dropped: 1, pending: 2 })
  expect(await cancellation(second)).toMatchObject({ outcome: 'dropped', error: { mayHaveArrived: false } })
  response.end()
  await third
  expect(server.log()).toEqual(['a:first', 'a:third'])
})

test('an event that waits for a retry is not sent again, and the next of its customer need not wait', async () => {
  await using server = await serve(inTurn(status(503), ok))
  const tracker = trackerOf(server.url, { ...later, concurrency: 1 })
  const controller = new AbortController()
  const failing = tracker.trackEvent('a', 'failing', { signal: controller.signal })
  const next = tracker.trackEvent('a', 'next')
  // With one request at a time, the first has been answered when this one is.
  await tracker.trackEvent('b', 'other')
  controller.abort()
  expect(await cancellation(failing)).toMatchObject({ outcome: 'dropped', error: { mayHaveArrived: false } })
  await next
  expect(server.log()).toEqual(['a:failing', 'b:other', 'a:next'])
})

test('an attempt without an answer before is told, since the event may have arrived', async () => {
  await using server = await serve(inTurn((_response, _arrival, request) => request.socket.destroy(), ok))
  const tracker = trackerOf(server.url, { ...later, concurrency: 1 })
  const controller = new AbortController()
  const delivery = tracker.trackEvent('a', 'x', { signal: controller.signal })
  await tracker.trackEvent('b', 'other')
  controller.abort()
  expect(await cancellation(delivery)).toMatchObject({ outcome: 'dropped', error: { mayHaveArrived: true } })
})

test('an event in flight goes on, and only the wait for it ends', async () => {
  const { answer, first } = held()
  await using server = await serve(inTurn(answer, status(503), ok))
  const delivered: string[] = []
  const tracker = trackerOf(server.url, { onDelivered: ({ id }) => delivered.push(id) })
  const controller = new AbortController()
  const delivery = tracker.trackEvent('a', 'x', { signal: controller.signal })
  const response = await first
  controller.abort('enough')
  const { outcome, error } = await cancellation(delivery)
  expect([outcome, error.mayHaveArrived, error.cause]).toEqual(['pending', true, 'enough'])
  expect(tracker.stats()).toMatchObject({ accepted: 1, dropped: 0, pending: 1 })
  response.writeHead(503).end()
  expect(await tracker.flush()).toMatchObject({ accepted: 1, delivered: 1, dropped: 0 })
  expect(delivered).toEqual([delivery.id])
  await expect(delivery).rejects.toBe(error)
})

test('aborting after the end changes nothing', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const controller = new AbortController()
  const delivery = tracker.trackEvent('a', 'x', { signal: controller.signal })
  await delivery
  controller.abort()
  expect(await delivery.settled()).toMatchObject({ outcome: 'delivered' })
  expect(tracker.stats()).toMatchObject({ accepted: 1, delivered: 1, dropped: 0 })
})

test('a call that repeats an id stops waiting for itself alone', async () => {
  await using server = await serve(hang)
  const tracker = trackerOf(server.url)
  const controller = new AbortController()
  const original = tracker.trackEvent('a', 'x', { id: 'job-1' })
  const repeated = tracker.trackEvent('a', 'x', { id: 'job-1', signal: controller.signal })
  const late = tracker.trackEvent('a', 'x', { id: 'job-1', signal: AbortSignal.abort() })
  controller.abort()
  for (const delivery of [repeated, late]) {
    expect(await cancellation(delivery)).toMatchObject({ outcome: 'pending', error: { mayHaveArrived: false } })
  }
  expect(tracker.stats()).toEqual({ accepted: 1, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 1 })
  expect(original.toJSON().state).toBe('pending')
  await tracker.shutdown({ timeoutMs: 0 })
})

test('one signal can end ten thousand calls, and is let go of when they have ended', async () => {
  const { answer, first } = held()
  await using server = await serve(inTurn(answer, ok))
  const tracker = trackerOf(server.url, { concurrency: 1 })
  const { signal, added, removed, abort } = counted()
  const calls = Array.from({ length: 10_000 }, (_, n) => tracker.trackEvent(`user${n % 100}`, 'x', { signal }))
  expect(added()).toBe(1)
  const response = await first
  abort()
  const outcomes = await Promise.all(calls.map((call) => call.settled()))
  expect(outcomes.filter(({ outcome }) => outcome === 'dropped')).toHaveLength(9_999)
  expect(removed()).toBe(1)
  response.end()
  expect(await tracker.shutdown()).toMatchObject({ accepted: 10_000, delivered: 1, dropped: 9_999 })
})

test('a call that has ended lets go of its signal', async () => {
  await using server = await serve(ok)
  const { signal, added, removed } = counted()
  await trackerOf(server.url).trackEvent('a', 'x', { signal })
  expect([added(), removed()]).toEqual([1, 1])
})

test('an abort listener may track, flush and shut down', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const controller = new AbortController()
  const cancelled = tracker.trackEvent('a', 'x', { signal: controller.signal })
  controller.signal.addEventListener('abort', () => void tracker.trackEvent('a', 'y'))
  const aborted = once(controller.signal, 'abort')
  controller.abort()
  await aborted
  expect(await cancellation(cancelled)).toMatchObject({ outcome: 'dropped' })
  expect(await tracker.shutdown()).toMatchObject({ accepted: 2, delivered: 1, dropped: 1 })
  expect(server.log()).toEqual(['a:y'])
})

test('maxRetries of a call counts for that call alone', async () => {
  await using server = await serve(status(503))
  const tracker = trackerOf(server.url, { maxRetries: 3 })
  const [hasty, patient] = [tracker.trackEvent('a', 'x', { maxRetries: 0 }), tracker.trackEvent('b', 'x')]
  await Promise.all([hasty.settled(), patient.settled()])
  expect(server.log().filter((line) => line === 'a:x')).toHaveLength(1)
  expect(server.log().filter((line) => line === 'b:x')).toHaveLength(4)
})

test('maxDeliveryMs of a call counts for that call alone', async () => {
  await using server = await serve(hang)
  const tracker = trackerOf(server.url, { concurrency: 1 })
  void tracker.trackEvent('a', 'in flight')
  void tracker.trackEvent('a', 'patient')
  const hasty = tracker.trackEvent('a', 'hasty', { maxDeliveryMs: 50 })
  const settlement = await hasty.settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { code: 'timeout' } })
  await expect(hasty).rejects.toThrow('50 ms (maxDeliveryMs)')
  expect(tracker.stats()).toMatchObject({ rejected: 1, pending: 2 })
  await tracker.shutdown({ timeoutMs: 0 })
})

test.each<[string, unknown]>([
  ['signal', {}],
  ['signal', 'abort'],
  ['signal', Object.create(AbortSignal.prototype)],
  ['maxRetries', -1],
  ['maxRetries', 1.5],
  ['maxRetries', '3'],
  ['maxDeliveryMs', 0],
  ['maxDeliveryMs', Infinity],
  ['timeout', 5],
])('a wrong %s fails that one call: %o', async (name, value) => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const settlement = await tracker.trackEvent('a', 'x', { [name]: value }).settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { issues: [{ path: name }] } })
  expect('error' in settlement && settlement.error).toBeInstanceOf(ValidationError)
  await tracker.trackEvent('a', 'x')
})

/** A signal that counts who listens. */
function counted(): { signal: AbortSignal; added: () => number; removed: () => number; abort: () => void } {
  const controller = new AbortController()
  const { signal } = controller
  const counts = { added: 0, removed: 0 }
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    counts.added++
    add(...listener)
  }
  signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
    counts.removed++
    remove(...listener)
  }
  return { signal, added: () => counts.added, removed: () => counts.removed, abort: () => controller.abort() }
}
