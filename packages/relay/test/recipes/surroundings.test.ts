import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { EventTracker } from '@obsidianlaunch/events'
import { ok, serve } from '@obsidianlaunch/testkit/api'
import express from 'express'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { createRelay, type RequestInfo, type RequestRecord } from '../../src/index.ts'
import { createListener } from '../../src/node.ts'

/** A relay without an outbox, before a server that plays the API. */
async function direct() {
  const records: RequestRecord[] = []
  const api = await serve(ok)
  const tracker = new EventTracker({ token: 'token-of-the-relay', baseUrl: api.url })
  const onRequest = (record: RequestRecord) => void records.push(record)
  const relay = createRelay(tracker, { basePath: '/relay', anyone: true, onRequest })
  const stop = async () => {
    await relay.stop({ timeoutMs: 0 })
    await api[Symbol.asyncDispose]()
  }
  return { relay, api, records, [Symbol.asyncDispose]: stop }
}

const post = () =>
  new Request('http://localhost/relay/events/test', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"customer_id":"user123","event":"button_click"}',
  })

test.each([
  ['Deno gives', { remoteAddr: { transport: 'tcp', hostname: '203.0.113.7', port: 1 }, completed: Promise.resolve() }],
  ['Bun gives', { requestIP: () => ({ address: '203.0.113.7', port: 1, family: 'IPv4' }) }],
  ['Workers give', { EVENT_TRACKING_AUTH_TOKEN: 'a', remoteAddress: {} }],
  ['Next.js gives', { params: Promise.resolve({ path: ['events', 'test'] }) }],
  ['nobody gives', null],
])('the method is passed as it is, and takes what %s as a second argument for no address', async (_who, info) => {
  await using served = await direct()
  expect((await served.relay.fetch(post(), info as RequestInfo)).status).toBe(200)
  expect(served.records[0]).not.toHaveProperty('address')
})

test('an application of Hono mounts the relay with the paths that it has itself', async () => {
  await using served = await direct()
  const app = new Hono()
  app.mount('/relay', served.relay.fetch, { replaceRequest: (request) => request })
  expect((await app.request(post())).status).toBe(200)
  expect(served.api.arrivals).toHaveLength(1)
})

test('a body that Express has read already is told to its developer, and not taken for an empty one', async () => {
  await using served = await direct()
  const app = express()
  app.use(express.json())
  app.use('/relay', createListener(served.relay))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = post()
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/relay/events/test`, {
    method: 'POST',
    headers: request.headers,
    body: await request.text(),
  })
  expect([response.status, await response.json()]).toMatchObject([
    500,
    { detail: expect.stringContaining('put the relay before what parses bodies') },
  ])
  server.close()
})

test('a body that Hono has read already is told to its developer, too', async () => {
  await using served = await direct()
  const app = new Hono()
  app.use(async (context, next) => {
    await context.req.json()
    await next()
  })
  app.all('/relay/*', (context) => served.relay.fetch(context.req.raw))
  const response = await app.request(post())
  expect([response.status, await response.json()]).toMatchObject([
    500,
    { detail: expect.stringContaining('put the relay before what parses bodies') },
  ])
})
