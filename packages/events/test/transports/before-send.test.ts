import type { GivenEvent } from '../../src/event/event.ts'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { type BeforeSend, EventTracker, type TrackerOptions, ValidationError } from '../../src/index.ts'
import { ok, serve } from '../support/server.ts'

const john = { name: 'John Doe', email: 'john@example.com', properties: { plan: 'premium' } }

function trackerOf(baseUrl: string, beforeSend: unknown, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token: 'radioactive', baseUrl, beforeSend: beforeSend as BeforeSend, ...options })
}

test('beforeSend sees each call once, as it was given', async () => {
  await using server = await serve(ok)
  const seen: GivenEvent[] = []
  const tracker = trackerOf(server.url, (event: GivenEvent) => (seen.push(event), event))
  await tracker.identifyCustomer('user123', john)
  await tracker.trackEvent('user123', 'x')
  expect(seen).toEqual([
    { operation: 'identifyCustomer', customerId: 'user123', traits: john },
    { operation: 'trackEvent', customerId: 'user123', event: 'x' },
  ])
})

test('what beforeSend returns is what is sent, and its customer is the one whose lane and id count', async () => {
  await using server = await serve(ok)
  const told: string[] = []
  const tracker = trackerOf(
    server.url,
    (event: GivenEvent) => ({
      ...event,
      customerId: `hash-${event.customerId}`,
      ...('traits' in event && { traits: { ...john, email: 'redacted' } }),
    }),
    { onDelivered: (_, { customerId }) => told.push(customerId) },
  )
  await tracker.identifyCustomer('user123', john)
  const calls = [1, 2].map(() => tracker.trackEvent('user123', 'x', { id: 'job-1' }))
  await Promise.all(calls)
  expect(server.arrivals.map(({ body }) => body)).toEqual([
    { customer_id: 'hash-user123', ...john, email: 'redacted' },
    { customer_id: 'hash-user123', event: 'x' },
  ])
  expect(told).toEqual(['hash-user123', 'hash-user123'])
})

test('null vetoes an event: nothing is sent, and its receipt says skipped', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url, (event: GivenEvent) => (event.customerId === 'tester' ? null : event))
  expect(await tracker.trackEvent('tester', 'x')).toMatchObject({ skipped: true, status: 0, attempts: 0 })
  await tracker.trackEvent('user123', 'x')
  expect(await tracker.shutdown()).toEqual({ accepted: 2, delivered: 1, rejected: 0, dropped: 1, dead: 0, pending: 0 })
  expect(server.log()).toEqual(['user123:x'])
})

test.each<[string, unknown, string]>([
  [
    'throws',
    () => {
      throw new Error('broken')
    },
    'failed',
  ],
  [
    'throws nothing at all',
    () => {
      throw undefined
    },
    'failed',
  ],
  ['returns a promise', async (event: GivenEvent) => event, 'must be synchronous'],
  [
    'returns a promise that rejects',
    async () => {
      throw new Error('broken')
    },
    'must be synchronous',
  ],
  ['forgets to return', () => undefined, 'must return the event'],
  ['returns text', () => 'x', 'must return the event'],
  [
    'returns another operation',
    (event: GivenEvent) => ({ ...event, operation: 'identifyCustomer' }),
    'must leave operation',
  ],
  ['returns a field that would be lost', (event: GivenEvent) => ({ ...event, colour: 1 }), 'unknown fields: colour'],
  [
    'returns a proxy that throws',
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('broken')
          },
        },
      ),
    'failed',
  ],
])('a beforeSend that %s lets nothing through', async (_, beforeSend, reason) => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url, beforeSend)
  const settlement = await tracker.trackEvent('user123', 'x').settled()
  if (!('error' in settlement)) throw new Error('sent')
  expect(settlement).toMatchObject({
    outcome: 'rejected',
    error: { code: 'validation', issues: [{ path: 'beforeSend' }] },
  })
  expect(settlement.error).toBeInstanceOf(ValidationError)
  expect(settlement.error.message).toContain(reason)
  expect(await tracker.shutdown()).toMatchObject({ accepted: 1, rejected: 1 })
  expect(server.arrivals).toEqual([])
})

test('what a beforeSend throws is the cause, without the token', async () => {
  const tracker = trackerOf('http://127.0.0.1:9', () => {
    throw new Error('cannot redact radioactive')
  })
  const settlement = await tracker.trackEvent('user123', 'x').settled()
  if (!('error' in settlement)) throw new Error('sent')
  expect(String(settlement.error.cause)).toContain('cannot redact')
  expect(inspect(settlement.error, { depth: Infinity, showHidden: true })).not.toContain('radioactive')
})

test('what beforeSend returns is validated like any other call', async () => {
  const tracker = trackerOf('http://127.0.0.1:9', (event: GivenEvent) => ({ ...event, event: '' }))
  const settlement = await tracker.trackEvent('user123', 'x').settled()
  expect(settlement).toMatchObject({
    outcome: 'rejected',
    error: { issues: [{ path: 'event', reason: 'must not be empty' }] },
  })
})

test('a beforeSend that tracks is told so, and does not run in circles', async () => {
  await using server = await serve(ok)
  const inner: Promise<unknown>[] = []
  const tracker: EventTracker = trackerOf(server.url, (event: GivenEvent) => {
    inner.push(tracker.trackEvent('user123', 'inner').settled())
    return event
  })
  await tracker.trackEvent('user123', 'outer')
  expect(await Promise.all(inner)).toMatchObject([{ outcome: 'rejected', error: { issues: [{ path: 'beforeSend' }] } }])
  expect(server.log()).toEqual(['user123:outer'])
})

test('a call with wrong options never reaches beforeSend', async () => {
  let asked = 0
  const tracker = trackerOf('http://127.0.0.1:9', (event: GivenEvent) => (asked++, event))
  await tracker.trackEvent('user123', 'x', { id: '' }).settled()
  expect(asked).toBe(0)
})

test('beforeSend and eventNames judge calls of a tracker that is not enabled too', async () => {
  const tracker = trackerOf('http://127.0.0.1:9', (event: GivenEvent) => event, {
    enabled: false,
    eventNames: 'snake_case',
  })
  expect(await tracker.trackEvent('user123', 'Button Click').settled()).toMatchObject({ outcome: 'rejected' })
  expect(await tracker.trackEvent('user123', 'button_click').settled()).toMatchObject({ outcome: 'skipped' })
})
