import { channel, tracingChannel } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { withCustomer } from '../../src/context.ts'
import { EventTracker, type TrackerOptions } from '../../src/index.ts'
import { bookVendorCalls, type VendorOptions } from '../../src/vendors/vendors.ts'
import { ok, type ScriptedServer, serve } from '../support/server.ts'
import { bookCalls, fetchFor } from './booked.ts'

const any = { '*': { event: 'Call' } }

/** A tracker whose own calls would be booked by its rules, were they not its own. */
function bookingTracker(api: ScriptedServer, options: TrackerOptions = {}, more: VendorOptions = {}) {
  const told: string[] = []
  const logger = { warn: (message: string) => void told.push(message), error: () => undefined }
  const tracker = new EventTracker({ token: 't', baseUrl: api.url, backoff: { baseMs: 1 }, logger, ...options })
  const stop = bookVendorCalls(tracker, any, { otherwise: 'house', ...more })
  onTestFinished(async () => {
    stop()
    await tracker.shutdown({ timeoutMs: 0 })
  })
  return { tracker, stop, told }
}

test('a tracker gets the calls to vendors, and never its own, whatever the rules say', async () => {
  await using api = await serve(ok)
  await using server = await serve(ok)
  const { tracker, stop } = bookingTracker(api)
  await Promise.all(['ann', 'bob'].map((customer) => fetchFor(customer, server.url)))
  await withCustomer('ann', () => tracker.trackEvent('ann', 'signup'))
  await tracker.flush()
  expect(api.log().toSorted()).toEqual(['ann:Call', 'ann:signup', 'bob:Call'])
  expect(stop.stats()).toEqual({ booked: 2, notBilled: 0, withoutCustomer: 0 })
  expect(api.arrivals.find(({ body }) => body.event === 'Call')?.body).toMatchObject({
    property: { method: 'GET', status: 200, durationMs: expect.any(Number) },
  })
})

test('its retries, and what a connection repeats for it, are its own, also over connections that a customer has opened', async () => {
  let tries = 0
  await using api = await serve((response, { text }, { socket }) => {
    const isTried = text.includes('signup') && tries++ < 3
    if (isTried && tries < 3) socket.destroy()
    else response.writeHead(isTried ? 503 : 200).end('{}')
  })
  const { tracker, stop } = bookingTracker(api)
  const asked = Array.from({ length: 5 }, (_, n) => fetchFor(`user${n}`, `${api.url}/other?n=${n}`))
  await Promise.all([...asked, tracker.trackEvent('ann', 'signup')])
  await tracker.flush()
  // What customers ask the same host for is theirs.
  expect(stop.stats()).toEqual({ booked: 5, notBilled: 0, withoutCustomer: 0 })
  expect(api.arrivals.filter(({ text }) => text.includes('signup'))).toHaveLength(4)
})

test('the calls of another tracker are not booked either, nor those that ask for a token', async () => {
  await using api = await serve(ok)
  const { events, stop } = bookCalls(any, { otherwise: 'house' })
  const token = async () => (await (await fetch(`${api.url}/token`)).text()).slice(0, 1)
  const tracker = new EventTracker({ baseUrl: api.url, token })
  await withCustomer('ann', () => tracker.trackEvent('ann', 'signup'))
  await tracker.shutdown()
  expect(api.arrivals.map(({ path }) => path)).toContain('/token')
  expect([events, stop.stats().booked]).toEqual([[], 0])
})

test('a request for a token that is told of again where nothing shows whose it is stays its own', () => {
  const { events } = bookCalls(any, { otherwise: 'house' })
  const request = {
    method: 'GET',
    path: '/token',
    protocol: 'http:',
    host: 'login.example',
    getHeader: () => 'login.example',
  }
  const attempt = { url: 'http://api.example/track' }
  tracingChannel<object, object>('obsidianlaunch:attempt').start.runStores(attempt, () =>
    channel('http.client.request.created').publish({ request }),
  )
  channel('http.client.request.start').publish({ request })
  channel('http.client.response.finish').publish({ request, response: { statusCode: 200 } })
  expect(events).toEqual([])
})

test('what a hook calls is booked, and what beforeSend calls is of the customer who tracks', async () => {
  await using api = await serve(ok)
  await using server = await serve(ok)
  const called: Promise<unknown>[] = []
  const call = (path: string) => void called.push(fetch(`${server.url}/${path}`).then((response) => response.text()))
  const { events, stop } = bookCalls({
    [`127.0.0.1:${server.port}`]: { event: 'Call', property: ({ path }) => ({ path }) },
  })
  const tracker = new EventTracker({
    baseUrl: api.url,
    token: 't',
    onDelivered: () => call('hook'),
    beforeSend(event) {
      call('before')
      return event
    },
  })
  await withCustomer('ann', () => tracker.trackEvent('bob', 'signup'))
  await tracker.shutdown()
  await Promise.all(called)
  expect(events).toMatchObject([{ customer: 'ann', property: { path: '/before' } }])
  // A hook is called in nobody's context.
  expect(stop.stats()).toMatchObject({ booked: 1, withoutCustomer: 1 })
})

test('two copies of the package know each other: customers, own requests and the rules of a tracker', async () => {
  await using api = await serve(ok)
  await using server = await serve(ok)
  const copy = '../../src/vendors/vendors.ts?copy'
  const other = (await import(copy)) as typeof import('../../src/vendors/vendors.ts')
  expect(other.bookVendorCalls).not.toBe(bookVendorCalls)
  const { tracker } = bookingTracker(api)
  expect(() => other.bookVendorCalls(tracker, any)).toThrow('has rules already')
  const calls: unknown[] = []
  const stop = other.bookVendorCalls({ trackEvent: (customer: string) => calls.push(customer) }, any)
  onTestFinished(stop)
  await fetchFor('ann', server.url)
  await tracker.flush()
  expect(calls).toEqual(['ann'])
})

test('after the shutdown of its tracker calls go on; the tracker refuses their events and tells', async () => {
  await using api = await serve(ok)
  await using server = await serve(ok)
  const failed: string[] = []
  const { tracker } = bookingTracker(api, { onError: ({ message }) => void failed.push(message) })
  await tracker.shutdown()
  expect(await fetchFor('ann', server.url)).toBe(await fetchFor(null, server.url))
  await sleep(0)
  expect(failed.join()).toContain('shut')
})

test('without a logger it warns as the tracker does', async () => {
  await using server = await serve(ok)
  const warnings: string[] = []
  const others = process.listeners('warning')
  const listener = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`)
  process.removeAllListeners('warning').on('warning', listener)
  onTestFinished(() => {
    process.off('warning', listener)
    for (const other of others) process.on('warning', other)
  })
  const stop = bookVendorCalls({ trackEvent: () => undefined }, any)
  onTestFinished(stop)
  await fetchFor(null, server.url)
  await expect
    .poll(() => warnings.join())
    .toContain('EventTrackingWarning: bookVendorCalls: A call of a vendor was made')
})
