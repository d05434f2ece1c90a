import { expect, test } from 'vitest'
import { post, proper, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const valid = JSON.stringify(track)
const origin = 'http://localhost:5173'
const asking = { Origin: origin, 'Access-Control-Request-Method': 'POST' }

test('a browser that asks first is told that it may send what it wants', async () => {
  const headers = { ...asking, 'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key' }
  const answer = await fetch(`${mock().url}/events/test`, { method: 'OPTIONS', headers })
  expect(answer.status).toBe(204)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'authorization,content-type,idempotency-key',
    'access-control-allow-credentials': 'true',
    vary: 'origin',
  })
})

test('the question of a browser is no request of the program, and takes no fault', async () => {
  mock().fail([{ status: 503 }])
  await fetch(`${mock().url}/events/test`, { method: 'OPTIONS', headers: asking })
  expect(mock().requests).toEqual([])
  expect((await post(mock(), '/events/test', valid, { Origin: origin })).status).toBe(503)
})

test.each([
  ['a proper request', '/events/test', proper, 200],
  ['one without a token', '/events/test', { 'Content-Type': 'application/json' }, 401],
  ['one for a path that is not there', '/nowhere', proper, 404],
  ['one with a media type that is refused', '/events/test', { ...proper, 'Content-Type': 'text/plain' }, 415],
])('a page of any origin can read the answer to %s', async (_, path, headers, status) => {
  const answer = await fetch(mock().url + path, {
    method: 'POST',
    headers: { ...headers, Origin: origin },
    body: valid,
  })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(answer.headers.get('access-control-expose-headers')).toBe('*')
})

test('a page can read a fault as well', async () => {
  mock().fail([{ status: 429, retryAfter: 2 }, 'junk'])
  const limited = await post(mock(), '/events/test', valid, { Origin: origin })
  const junk = await post(mock(), '/events/test', valid, { Origin: origin })
  const allowed = [limited, junk].map(({ headers }) => headers.get('access-control-allow-origin'))
  expect(allowed).toEqual([origin, origin])
})

test('a program that is not a page gets no such headers', async () => {
  const { headers } = await post(mock(), '/events/test', valid)
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
})

test('OPTIONS that no browser asks is still a method that the path does not take', async () => {
  expect((await fetch(`${mock().url}/events/test`, { method: 'OPTIONS' })).status).toBe(405)
})

test('the data of the page stay closed to other origins, whether they ask first or not', async () => {
  const events = `${mock().inspectorUrl}/events`
  const asked = await fetch(events, {
    method: 'OPTIONS',
    headers: { ...asking, 'Access-Control-Request-Method': 'GET' },
  })
  const read = await fetch(events, { headers: { Origin: origin } })
  expect([asked.status, read.status]).toEqual([403, 403])
  expect([asked, read].map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([null, null])
})
