import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { bookVendorCalls, type VendorCall } from '@obsidianlaunch/events/vendors'
import { withCustomer } from '@obsidianlaunch/events/context'
import { certificate } from '@obsidianlaunch/testkit/certificates'
import { listen } from '@obsidianlaunch/testkit/listen'
import axios from 'axios'
import got from 'got'
import OpenAI from 'openai'
import * as undici from 'undici'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Call, clients } from './support/clients.ts'
import { startVendor } from './support/vendor.ts'

const byName = Object.entries(clients)

/** Counts all calls, with all that a rule is told, until the test has ended. */
function bookAll(options: { when?: (call: VendorCall) => boolean } = {}) {
  const events: { customer: string; call: VendorCall }[] = []
  const told: string[] = []
  const tracker = {
    trackEvent: (customer: string, _event: string, { property }: { property: VendorCall }) =>
      events.push({ customer, call: property }),
  }
  const rules = { '*': { event: 'Call', property: (call: VendorCall) => ({ ...call }), ...options } }
  const stop = bookVendorCalls(tracker as never, rules, { logger: { warn: (line) => told.push(line) } })
  onTestFinished(stop)
  return { events, told, stop }
}

describe.each(byName)('%s', (name, call) => {
  test('a call is one event of its customer, with status and duration', async () => {
    await using vendor = await startVendor()
    const { events, told } = bookAll()
    await withCustomer('ann', () => call(vendor.url, '/mine'))
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ customer: 'ann', call: { host: `127.0.0.1:${vendor.port}`, status: 200 } })
    expect(events[0]?.call.durationMs).toBeGreaterThanOrEqual(0)
    expect(events[0]?.call.path).toContain(name === 'Stripe' ? '/v1/customers' : '/mine')
    expect(told).toEqual([])
  })
})

test('of 300 calls that are on their way at once by all these clients, none is booked to another customer', async () => {
  await using vendor = await startVendor()
  const { events, stop, told } = bookAll()
  // Stripe's own paths have no place for the customer.
  const marked = byName.filter(([name]) => name !== 'Stripe').map(([, call]) => call)
  const calls = Array.from({ length: 300 }, async (_, n) => {
    const customer = `user${n % 20}`
    await withCustomer(customer, async () => {
      await sleep(Math.random() * 10)
      await (marked[n % marked.length] as Call)(vendor.url, `/of-${customer}/call${n}`)
    })
  })
  await Promise.all(calls)
  expect(events).toHaveLength(300)
  for (const { customer, call } of events) expect(call.path).toContain(`/of-${customer}/`)
  const booked = new Set(events.map(({ call }) => /call\d+/.exec(call.path)?.[0]))
  expect([booked.size, told, stop.stats()]).toEqual([300, [], { booked: 300, notBilled: 0, withoutCustomer: 0 }])
})

describe('a call that is repeated is counted each time, for its customer', () => {
  const retry = { limit: 2, calculateDelay: () => 1 }
  test.each<[string, Call]>([
    ['got', (url, path) => got(`${url}${path}`, { retry }).json()],
    ['the OpenAI SDK', (url, path) => new OpenAI({ apiKey: 'k', baseURL: url }).get(path)],
  ])('%s', async (_name, call) => {
    await using vendor = await startVendor()
    const { events } = bookAll({ when: () => true })
    await Promise.all(['ann', 'bob'].map((one) => withCustomer(one, () => call(vendor.url, `/busy/${one}`))))
    const seen = events.map((one) => `${one.customer} ${one.call.path} ${one.call.status}`)
    expect(seen.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'ann /busy/ann 200',
      'ann /busy/ann 503',
      'bob /busy/bob 200',
      'bob /busy/bob 503',
    ])
  })
})

describe('each hop of a redirect is a call of its own, for its customer', () => {
  const followed = new Set(['fetch', "undici's fetch", 'axios', 'got', 'node-fetch'])
  test.each(byName.filter(([name]) => followed.has(name)))('%s', async (_name, call) => {
    await using vendor = await startVendor()
    const { events } = bookAll()
    const customers = Array.from({ length: 20 }, (_, n) => `user${n}`)
    await Promise.all(customers.map((one) => withCustomer(one, () => call(vendor.url, `/moved/${one}`))))
    expect(events).toHaveLength(40)
    for (const { customer, call: told } of events) expect(told.path).toMatch(new RegExp(`/(moved|found)/${customer}$`))
  })
})

describe("undici's interceptors repeat in the context of a connection: that is booked to nobody, never to another customer", () => {
  const { interceptors } = undici
  const agents = {
    moved: () => new undici.Agent().compose(interceptors.redirect({ maxRedirections: 2 })),
    busy: () => new undici.Agent().compose(interceptors.retry({ minTimeout: 1, maxTimeout: 2 })),
  }
  test.each(['moved', 'busy'] as const)('%s', async (kind) => {
    await using vendor = await startVendor()
    const { events, told, stop } = bookAll({ when: () => true })
    const dispatcher = agents[kind]()
    const customers = Array.from({ length: 50 }, (_, n) => `user${n}`)
    for (let round = 0; round < 2; round++) {
      const ask = async (path: string) => (await undici.request(`${vendor.url}${path}`, { dispatcher })).body.text()
      await Promise.all(customers.map((one) => withCustomer(one, () => ask(`/${kind}/${one}/${round}`))))
    }
    expect(stop.stats()).toEqual({ booked: 100, notBilled: 0, withoutCustomer: 100 })
    for (const { customer, call } of events) expect(call.path).toContain(`/${customer}/`)
    expect(told.join()).toContain('undici sends a request without the context of its caller')
  })
})

describe('an abort', () => {
  test.each<[string, (url: string, signal: AbortSignal) => Promise<unknown>]>([
    ['fetch', async (url, signal) => (await fetch(url, { signal })).text()],
    ['axios', (url, signal) => axios.get(url, { signal })],
    ['got', (url, signal) => got(url, { signal }).text()],
    ["undici's request", async (url, signal) => (await undici.request(url, { signal })).body.text()],
  ])('by %s before the head is no call, behind it is one', async (_name, call) => {
    await using vendor = await startVendor()
    const { events } = bookAll()
    for (const path of ['/never/', '/slow/']) {
      const abort = new AbortController()
      const answer = withCustomer('ann', () => call(`${vendor.url}${path}`, abort.signal))
      const failure = answer.then(
        () => 'none',
        (thrown: unknown) => String(thrown),
      )
      const isUp = () => (path === '/never/' ? vendor.arrivals.length : events.length)
      await expect.poll(isUp).toBe(1)
      abort.abort()
      expect(await failure).toMatch(/abort|cancel/i)
    }
    expect(events.map(({ call: { path } }) => path)).toEqual(['/slow/'])
  })
})

test("behind undici's own look-up of names a call is one of the host, not of its number", async () => {
  await using vendor = await startVendor()
  const { events } = bookAll()
  const dispatcher = new undici.Agent().compose(undici.interceptors.dns())
  const ask = async () => (await undici.request(`http://localhost:${vendor.port}/mine`, { dispatcher })).body.text()
  for (let n = 0; n < 2; n++) await withCustomer('ann', ask)
  const one = { customer: 'ann', call: expect.objectContaining({ host: `localhost:${vendor.port}` }) }
  expect(events).toEqual([one, one])
})

/** A proxy that takes both ways of HTTP, and says what it was asked. */
async function startProxy() {
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const onward = http.request(request.url ?? '').on('response', (answer) => answer.pipe(response))
    request.pipe(onward)
  })
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    const [, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const one of [socket, upstream]) one.on('error', () => undefined)
  })
  return Object.assign(await listen(server), { asked })
}

describe('behind a proxy a call is one of the vendor, not of the proxy', () => {
  test.each<[string, (url: string, proxy: string) => Promise<unknown>]>([
    [
      "undici's ProxyAgent, by a tunnel",
      async (url, uri) =>
        (await undici.request(url, { dispatcher: new undici.ProxyAgent({ uri, proxyTunnel: true }) })).body.text(),
    ],
    [
      "undici's ProxyAgent, by the whole address",
      async (url, uri) =>
        (await undici.request(url, { dispatcher: new undici.ProxyAgent({ uri, proxyTunnel: false }) })).body.text(),
    ],
    [
      "undici's EnvHttpProxyAgent",
      async (url, httpProxy) =>
        (await undici.fetch(url, { dispatcher: new undici.EnvHttpProxyAgent({ httpProxy, noProxy: '' }) })).text(),
    ],
    [
      "axios' option",
      (url, proxy) =>
        axios.get(url, { proxy: { protocol: 'http', host: '127.0.0.1', port: Number(new URL(proxy).port) } }),
    ],
  ])('%s', async (_name, call) => {
    await using vendor = await startVendor()
    await using proxy = await startProxy()
    const { events } = bookAll()
    await withCustomer('ann', () => call(`http://localhost:${vendor.port}/mine?key=secret`, proxy.url))
    expect(proxy.asked).toHaveLength(1)
    expect(events).toMatchObject([
      { customer: 'ann', call: { host: `localhost:${vendor.port}`, method: 'GET', path: '/mine', status: 200 } },
    ])
  })
})

test('over TLS it is the same, by node:https, fetch and axios', async () => {
  const { key, cert } = await certificate()
  await using vendor = await listen(https.createServer({ key, cert }, (_request, response) => response.end('ok')))
  const url = `https://localhost:${vendor.port}/mine`
  const { events } = bookAll()
  const agent = new https.Agent({ ca: cert, keepAlive: true })
  const dispatcher = new undici.Agent({ connect: { ca: cert } })
  onTestFinished(() => agent.destroy())
  await withCustomer('ann', async () => {
    const [response] = (await once(https.get(url, { agent }), 'response')) as [http.IncomingMessage]
    await text(response)
    await axios.get(url, { httpsAgent: agent })
    await (await undici.fetch(url, { dispatcher })).text()
    await dispatcher.close()
  })
  const one = { customer: 'ann', call: expect.objectContaining({ host: `localhost:${vendor.port}`, path: '/mine' }) }
  expect(events).toEqual([one, one, one])
})
