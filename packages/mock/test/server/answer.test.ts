import { expect, test } from 'vitest'
import { identify, post, proper, sharedMock, track } from '../calls.ts'

const mock = sharedMock()

const calls = [
  { path: '/customer/test', body: identify, operation: 'identifyCustomer' },
  { path: '/events/test', body: track, operation: 'trackEvent' },
]
const statuses = [200, 400, 401, 403, 413, 429, 500, 502, 503]

test.each(calls)('a proper call of $operation succeeds and is recorded whole', async ({ path, body, operation }) => {
  const text = JSON.stringify(body)
  const answer = await post(mock(), path, text)
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.text)).toMatchObject({ success: true })
  expect(mock().requests).toHaveLength(1)
  const [exchange] = mock().requests
  expect(exchange).toMatchObject({ operation, method: 'POST', path, text, body, violations: [], status: 200 })
  expect(exchange?.headers['content-type']).toBe('application/json')
  expect(new Date(exchange?.at ?? '').toISOString()).toBe(exchange?.at)
})

test.each(calls)('every documented status of $operation can be asked for', async ({ path, body }) => {
  for (const status of statuses) {
    const answer = await post(mock(), path, JSON.stringify(body), { Prefer: `code=${status}` })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(JSON.parse(answer.text)).toBeTypeOf('object')
  }
  expect(mock().requests.map((exchange) => exchange.status)).toEqual(statuses)
  expect(mock().requests.flatMap((exchange) => exchange.violations)).toEqual([])
})

test('a 429 brings the Retry-After of the OpenAPI document, and a 503 makes none up', async () => {
  const limited = await post(mock(), '/events/test', JSON.stringify(track), { Prefer: 'code=429' })
  expect(limited.headers.get('retry-after')).toBe('1')
  const failed = await post(mock(), '/events/test', JSON.stringify(track), { Prefer: 'code=503' })
  expect(failed.headers.get('retry-after')).toBeNull()
})

test('the same request gets the same answer, byte for byte', async () => {
  const texts = new Set<string>()
  for (let count = 0; count < 5; count += 1) {
    texts.add((await post(mock(), '/events/test', JSON.stringify(track))).text)
  }
  expect(texts.size).toBe(1)
})

test('an error comes as text to a client that prefers text', async () => {
  const answer = await post(mock(), '/events/test', JSON.stringify(track), { Prefer: 'code=500', Accept: 'text/plain' })
  expect(answer.headers.get('content-type')).toBe('text/plain')
  expect(answer.text).toBe('Server error')
})

test('a status that is not in the OpenAPI document is refused by name', async () => {
  const answer = await post(mock(), '/events/test', JSON.stringify(track), { Prefer: 'code=418' })
  expect(answer.status).toBe(404)
  expect(answer.text).toContain('418')
})

test('the scheme of the token may be written in lower case', async () => {
  const answer = await post(mock(), '/events/test', JSON.stringify(track), { Authorization: 'bearer secret-token' })
  expect(answer.status).toBe(200)
})

test('the token is not kept in the record', async () => {
  await post(mock(), '/events/test', JSON.stringify(track))
  await post(mock(), '/events/test', JSON.stringify(track), { Authorization: 'secret-token' })
  expect(mock().requests.map((exchange) => exchange.headers['authorization'])).toEqual(['Bearer …', '…'])
  expect(JSON.stringify(mock().requests)).not.toContain('secret-token')
})

test('text that is not ASCII arrives as it was sent', async () => {
  const body = { ...identify, name: 'José 株式会社 ✅', properties: { nested: { ключ: ['ä', null, 1.5] } } }
  await post(mock(), '/customer/test', JSON.stringify(body))
  expect(mock().requests[0]).toMatchObject({ body, text: JSON.stringify(body), violations: [] })
})

test('requests at the same time each get their own answer and record', async () => {
  const bodies = Array.from({ length: 100 }, (_, at) => JSON.stringify({ customer_id: `user${at}`, event: 'view' }))
  const answers = await Promise.all(bodies.map((body) => post(mock(), '/events/test', body)))
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
  expect(
    mock()
      .requests.map((exchange) => exchange.text)
      .toSorted(),
  ).toEqual(bodies.toSorted())
})

test('the index page names the endpoints and is not counted as a call', async () => {
  const response = await fetch(mock().url)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    name: '@obsidianlaunch/events-mock',
    endpoints: ['POST /customer/test', 'POST /events/test', 'POST /customer', 'POST /events'],
    inspector: '/_inspector',
  })
  expect((await fetch(mock().url, { method: 'HEAD' })).status).toBe(200)
  expect(mock().requests).toEqual([])
})

test('reset forgets the record and goes on recording in the same list', async () => {
  const { requests } = mock()
  await fetch(`${mock().url}/events/test`, { method: 'POST', headers: proper, body: JSON.stringify(track) })
  expect(requests).toHaveLength(1)
  mock().reset()
  expect(requests).toHaveLength(0)
  await post(mock(), '/events/test', JSON.stringify(track))
  expect(requests).toHaveLength(1)
})
