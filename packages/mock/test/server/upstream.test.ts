import { once } from 'node:events'
import { type IncomingMessage, get } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Answer, type ScriptedServer, serve } from '@obsidianlaunch/testkit/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Mock, startMock } from '../../src/index.ts'
import { createUpstream } from '../../src/server/upstream.ts'
import { post, track } from '../calls.ts'

/** The real server: remembers what it got and answers as the test says. */
let answer: Answer
let real: ScriptedServer
let mock: Mock
beforeAll(async () => {
  real = await serve((...exchange) => answer(...exchange))
  mock = await startMock({ upstream: `${real.url}/base/` })
})
beforeEach(() => {
  mock.reset()
  real.arrivals.length = 0
  answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
})
afterAll(async () => {
  await mock.close()
  await real[Symbol.asyncDispose]()
})

const valid = JSON.stringify(track)

test('a request goes on as it is, the token too, and the answer comes back as it is', async () => {
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r-1' }).end('{"ok":true}')
  const { status, headers, text: body } = await post(mock, '/events/test?a=1', valid, { 'Idempotency-Key': 'id-1' })
  expect([status, body, headers.get('x-request-id')]).toEqual([200, '{"ok":true}', 'r-1'])
  expect(real.arrivals).toMatchObject([{ method: 'POST', path: '/base/events/test?a=1', text: valid }])
  expect(real.arrivals[0]?.headers).toMatchObject({ authorization: 'Bearer secret-token', 'idempotency-key': 'id-1' })
  expect(mock.good).toHaveLength(1)
  expect(JSON.stringify(mock.requests)).not.toContain('secret-token')
})

test.each([
  [501, {}, '{"error":"Not implemented"}'],
  [302, { location: 'http://127.0.0.1:1/elsewhere' }, ''],
  [401, { 'www-authenticate': 'Bearer' }, '{"error":"Unauthorized"}'],
])('a %i is passed on and neither mocked nor followed', async (status, extra, body) => {
  answer = (response) => response.writeHead(status, { 'content-type': 'application/json', ...extra }).end(body)
  const response = await fetch(`${mock.url}/events/test`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
    body: valid,
  })
  expect([response.status, await response.text()]).toEqual([status, body])
  for (const [name, value] of Object.entries(extra)) expect(response.headers.get(name)).toBe(value)
  expect(mock.requests[0]?.status).toBe(status)
})

test('a request in violation goes on all the same, and both are recorded', async () => {
  expect((await post(mock, '/events/test', '{"customer_id":5}')).status).toBe(200)
  expect((await post(mock, '/events/test', '{"customer')).status).toBe(200)
  expect((await post(mock, '/nowhere', valid)).status).toBe(200)
  expect(real.arrivals.map(({ text }) => text)).toEqual(['{"customer_id":5}', '{"customer', valid])
  expect(mock.bad.map(({ violations }) => violations.length)).toEqual([2, 1, 1])
})

test('an answer in violation is passed on and recorded', async () => {
  answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('"no object"')
  expect((await post(mock, '/events/test', valid)).text).toBe('"no object"')
  answer = (response) => response.writeHead(418, { 'content-type': 'application/json' }).end('{}')
  expect((await post(mock, '/events/test', valid)).status).toBe(418)
  expect(mock.requests.map(({ valid: isValid, violations }) => [isValid, violations])).toEqual([
    [true, []],
    [true, []],
  ])
  const [body, status] = mock.bad.map((exchange) => exchange.answer.violations[0])
  expect(body).toMatchObject({ location: 'body', message: expect.stringContaining('object') })
  expect(status?.message).toContain('status code')
})

test('a page can read the answers of a real server that knows nothing of pages; what such a server allows itself goes through', async () => {
  const origin = 'http://localhost:5173'
  const allowed = async () =>
    (await post(mock, '/events/test', valid, { Origin: origin })).headers.get('access-control-allow-origin')
  expect(await allowed()).toBe(origin)
  answer = (response) => response.writeHead(200, { 'access-control-allow-origin': 'https://app.example' }).end('{}')
  expect(await allowed()).toBe('https://app.example')
  real.arrivals.length = 0
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' }
  expect((await fetch(`${mock.url}/events/test`, { method: 'OPTIONS', headers })).status).toBe(204)
  expect(real.arrivals).toHaveLength(0)
})

test('a packed answer is passed on packed and read for the record', async () => {
  answer = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      .end(gzipSync('{"packed":true}'))
  expect((await post(mock, '/events/test', valid)).text).toBe('{"packed":true}')
  expect(mock.good[0]?.answer.text).toBe('{"packed":true}')
})

test('an answer that is a hundred times larger when it is unpacked is passed on whole, and its beginning is kept', async () => {
  const packed = gzipSync(Buffer.alloc(32 * 1024 * 1024, ' '))
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed)
  expect((await post(mock, '/events/test', valid)).text).toHaveLength(32 * 1024 * 1024)
  const [exchange] = mock.bad
  expect(exchange?.answer.text).toHaveLength(8 * 1024 * 1024)
  const message = 'Larger than 8388608 bytes, and therefore not looked at'
  expect(exchange?.answer.violations).toEqual([{ location: 'body', path: '', message }])
})

test.each([
  ['that cannot be unpacked', 'gzip', 'not packed'],
  ['in an unknown encoding', 'constructor', 'packed somehow'],
])('an answer %s is passed on, and kept as it is', async (_, encoding, body) => {
  answer = (response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)
  const [response] = (await once(get(`${mock.url}/events/test`), 'response')) as [IncomingMessage]
  expect(await textOf(response)).toBe(body)
  expect(mock.requests[0]?.answer.text).toBe(body)
})

test('an upstream that is down is a 502 that says so, one that cuts its answer too', async () => {
  await using orphan = await startMock({ upstream: 'http://127.0.0.1:1' })
  const down = await post(orphan, '/events/test', valid)
  expect(down.status).toBe(502)
  expect(down.text).toContain('No answer from the upstream http://127.0.0.1:1: ECONNREFUSED')
  answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"half"', () => response.destroy())
  }
  expect((await post(mock, '/events/test', valid)).status).toBe(502)
})

test('an upstream that is silent for too long is a 504 that says so', async () => {
  // Its own, since this request may arrive after its caller has given it up.
  await using silent = await serve(() => {})
  const upstream = createUpstream(silent.url, 50)
  const { status, body } = await upstream.forward({ method: 'POST', path: '/', headers: {}, bytes: Buffer.alloc(0) })
  upstream.close()
  expect(status).toBe(504)
  expect(body).toContain('it did not answer within 0.05 s')
})

test('faults play in front of it: a status never reaches it, a truncated answer is its own', async () => {
  mock.fail([{ status: 503 }, 'reset', 'truncate'])
  expect((await post(mock, '/events/test', valid)).status).toBe(503)
  await expect(post(mock, '/events/test', valid)).rejects.toThrow('fetch failed')
  expect(real.arrivals).toHaveLength(0)
  await expect(post(mock, '/events/test', valid)).rejects.toThrow('terminated')
  expect(real.arrivals).toHaveLength(1)
})

test.each(['nowhere', 'ftp://example.com', ''])('the upstream "%s" is refused', async (upstream) => {
  await expect(startMock({ upstream })).rejects.toThrow('Use the URL of a server')
})
