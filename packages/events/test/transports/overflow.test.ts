import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { type Delivery, EventTracker, QueueFullError, type TrackerOptions } from '../../src/index.ts'
import { type Answer, inTurn, ok, serve } from '../support/server.ts'

function trackerOf(baseUrl: string, queue: TrackerOptions['queue'], options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'secret', baseUrl, concurrency: 1, ...(queue && { queue }), ...options })
}

/** Holds the first request until it is told to go on. */
function held(): { answer: Answer; first: Promise<ServerResponse> } {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  return { answer: inTurn((response) => resolve(response), ok), first: promise }
}

const stateOf = (delivery: Delivery): string => delivery.toJSON().state

test.each(['reject', 'drop-newest'] as const)('with %s a full queue refuses what comes', async (overflow) => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const tracker = trackerOf(server.url, { maxEvents: 2, overflow })
  const calls = ['one', 'two', 'three'].map((event) => tracker.trackEvent('a', event))
  const settlement = await calls[2]?.settled()
  expect(settlement).toMatchObject({ outcome: 'dropped', error: { retryable: overflow === 'reject' } })
  ;(await first).end()
  expect(await tracker.shutdown()).toMatchObject({ accepted: 3, delivered: 2, dropped: 1 })
  expect(server.log()).toEqual(['a:one', 'a:two'])
})

test('with drop-oldest the one that waits longest leaves, never one in flight, and each is told once', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const told: string[] = []
  const options = { onError: (error: Error, { id }: { id: string }) => told.push(`${id} ${error.name}`) }
  const tracker = trackerOf(server.url, { maxEvents: 3, overflow: 'drop-oldest' }, options)
  const inFlight = tracker.trackEvent('a', 'in flight')
  const response = await first
  const [b1, a2] = [tracker.trackEvent('b', 'b1'), tracker.trackEvent('a', 'a2')]
  const [c3, b4] = [tracker.trackEvent('c', 'c3'), tracker.trackEvent('b', 'b4')]
  expect([inFlight, b1, a2, c3, b4].map(stateOf)).toEqual(['pending', 'dropped', 'dropped', 'pending', 'pending'])
  expect(tracker.stats()).toEqual({ accepted: 5, delivered: 0, rejected: 0, dropped: 2, dead: 0, pending: 3 })
  expect(told).toEqual([])
  await expect(b1).rejects.toThrow('had to leave for a newer one')
  await expect(a2).rejects.toBeInstanceOf(QueueFullError)
  await expect.poll(() => told).toEqual([`${b1.id} QueueFullError`, `${a2.id} QueueFullError`])
  response.end()
  expect(await tracker.shutdown()).toMatchObject({ accepted: 5, delivered: 3, dropped: 2 })
  expect(server.log().toSorted()).toEqual(['a:in flight', 'b:b4', 'c:c3'])
})

test('with drop-oldest as many leave as the bytes of the new one need', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const size = JSON.stringify({ customer_id: 'a', event: 'x' }).length
  const tracker = trackerOf(server.url, { maxBytes: 5 * size, overflow: 'drop-oldest' })
  void tracker.trackEvent('a', 'x')
  const response = await first
  const small = Array.from({ length: 4 }, () => tracker.trackEvent('a', 'y'))
  // In UTF-8 it is one byte more than two of the others: é has two bytes.
  const large = tracker.trackEvent('a', `é${'z'.repeat(size)}`)
  expect(small.map(stateOf)).toEqual(['dropped', 'dropped', 'dropped', 'pending'])
  response.end()
  await large
})

test('an event that could never fit evicts nobody', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const tracker = trackerOf(server.url, { maxBytes: 200, overflow: 'drop-oldest' })
  void tracker.trackEvent('a', 'x')
  const response = await first
  const waiting = tracker.trackEvent('a', 'y')
  const settlement = await tracker.trackEvent('a', 'z'.repeat(500)).settled()
  expect(settlement).toMatchObject({ outcome: 'dropped', error: { code: 'queue_full', retryable: false } })
  expect(stateOf(waiting)).toBe('pending')
  response.end()
  await waiting
})

test('with drop-oldest a queue that is all in flight refuses what comes', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const tracker = trackerOf(server.url, { maxEvents: 1, overflow: 'drop-oldest' })
  const inFlight = tracker.trackEvent('a', 'x')
  const response = await first
  await expect(tracker.trackEvent('b', 'y')).rejects.toBeInstanceOf(QueueFullError)
  response.end()
  await inFlight
})

test('an onError that tracks cannot empty the queue', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const own: Delivery[] = []
  const tracker: EventTracker = trackerOf(
    server.url,
    { maxEvents: 3, overflow: 'drop-oldest' },
    { onError: () => own.push(tracker.trackEvent('me', 'an event was dropped')) },
  )
  void tracker.trackEvent('a', 'one')
  const response = await first
  for (const event of ['two', 'three', 'four']) void tracker.trackEvent('a', event)
  await expect.poll(() => own.length).toBe(1)
  await expect(own[0]).rejects.toBeInstanceOf(QueueFullError)
  response.end()
  expect(await tracker.shutdown()).toMatchObject({ accepted: 5, delivered: 3, dropped: 2 })
  expect(server.log()).toEqual(['a:one', 'a:three', 'a:four'])
})

test('a logger that tracks what it is told cannot empty the queue, nor run in circles', async () => {
  const { answer, first } = held()
  await using server = await serve(answer)
  const own: Delivery[] = []
  const log = () => own.push(tracker.trackEvent('me', 'an event was dropped'))
  const tracker: EventTracker = trackerOf(
    server.url,
    { maxEvents: 2, overflow: 'drop-oldest' },
    { logger: { warn: () => undefined, error: log } },
  )
  void tracker.trackEvent('a', 'one')
  const response = await first
  for (const event of ['two', 'three']) void tracker.trackEvent('a', event)
  await expect.poll(() => own.length).toBe(1)
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(own).toHaveLength(1)
  response.end()
  expect(await tracker.shutdown()).toMatchObject({ accepted: 4, delivered: 2, dropped: 2 })
})
