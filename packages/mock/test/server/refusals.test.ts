import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { identify, post, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const valid = JSON.stringify(track)

test.each([
  ['a missing field', { customer_id: 'user123' }, '', "'event'"],
  ['an empty field', { ...track, event: '' }, 'event', 'fewer than 1'],
  ['a field of another type', { ...track, customer_id: 5 }, 'customer_id', 'string'],
  ['an unknown field', { ...track, tiemstamp: 1 }, '', "'tiemstamp'"],
  ['a list', [track], '', 'object'],
  ['null', null, '', 'object'],
])('%s is answered with 400 and recorded with the reason', async (_, body, path, reason) => {
  expect((await post(mock(), '/events/test', JSON.stringify(body))).status).toBe(400)
  const [exchange] = mock().requests
  expect(exchange).toMatchObject({ status: 400, body, operation: 'trackEvent' })
  expect(exchange?.violations).toContainEqual({ location: 'body', path, message: expect.stringContaining(reason) })
})

test('properties that are no object are refused, whatever is in an object is not', async () => {
  const list = JSON.stringify({ ...identify, properties: ['plan'] })
  expect((await post(mock(), '/customer/test', list)).status).toBe(400)
  expect(mock().requests[0]?.violations).toMatchObject([{ location: 'body', path: 'properties' }])
  const free = JSON.stringify({ ...identify, properties: { plan: { tier: [1, null, 'x'] } } })
  expect((await post(mock(), '/customer/test', free)).status).toBe(200)
})

test.each(['', 'Bearer', 'Basic dXNlcjpwYXNz'])('the credentials "%s" get a 401 that says how', async (value) => {
  const answer = await post(mock(), '/events/test', valid, { Authorization: value })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  expect(mock().requests[0]).toMatchObject({
    status: 401,
    violations: [{ location: 'header', path: 'authorization', message: expect.stringContaining('Bearer') }],
  })
})

test.each(['{"customer_id":', 'customer_id=user123', '{}}', '\u0000'])(
  'malformed JSON gets a 400: %j',
  async (text) => {
    expect((await post(mock(), '/events/test', text)).status).toBe(400)
    expect(mock().requests[0]).toMatchObject({
      text,
      body: undefined,
      violations: [{ location: 'body', message: expect.stringContaining('JSON') }],
    })
  },
)

test('bytes that are not UTF-8 get a 400', async () => {
  expect((await post(mock(), '/events/test', Buffer.from('{"customer_id":"\xe9"}', 'latin1'))).status).toBe(400)
  expect(mock().requests[0]?.violations).toEqual([{ location: 'body', path: '', message: 'Not UTF-8' }])
})

test('a missing body gets a 400', async () => {
  expect((await post(mock(), '/events/test', null)).status).toBe(400)
  expect(mock().requests[0]?.violations).toHaveLength(1)
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
  'the media type %s gets a 415 that names the right one',
  async (type) => {
    const answer = await post(mock(), '/events/test', valid, { 'Content-Type': type })
    expect(answer.status).toBe(415)
    expect(answer.headers.get('accept')).toBe('application/json')
    expect(mock().requests[0]?.violations).toMatchObject([{ location: 'header', path: 'content-type' }])
  },
)

test('the media type may be in capitals and carry a charset', async () => {
  const type = 'Application/JSON; charset="UTF-8"'
  expect((await post(mock(), '/events/test', valid, { 'Content-Type': type })).status).toBe(200)
})

test('a compressed body gets a 415 that asks for a plain one', async () => {
  const answer = await post(mock(), '/events/test', gzipSync(valid), { 'Content-Encoding': 'gzip' })
  expect(answer.status).toBe(415)
  expect(answer.headers.get('accept-encoding')).toBe('identity')
  expect(mock().requests[0]?.violations).toMatchObject([{ location: 'header', path: 'content-encoding' }])
})

test('a body of 1 MiB is read, one byte more is not', async () => {
  expect((await post(mock(), '/events/test', valid.padEnd(1024 * 1024))).status).toBe(200)
  expect((await post(mock(), '/events/test', valid.padEnd(1024 * 1024 + 1))).status).toBe(413)
  expect(mock().requests[1]).toMatchObject({ status: 413, text: '', violations: [{ location: 'body' }] })
})

test('a body that says it is too large gets its 413 before any of it is sent', async () => {
  const head = await talk('Content-Length: 999999999\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 413 /)
})

test('a body that turns out too large gets its 413 before it ends', async () => {
  const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
  expect(await talk(`Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`)).toMatch(/^HTTP\/1\.1 413 /)
})

test('an unknown path gets a 404 and is recorded', async () => {
  expect((await post(mock(), '/event/test', valid)).status).toBe(404)
  expect(mock().requests).toMatchObject([{ operation: undefined, status: 404, violations: [{ location: 'path' }] }])
})

test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('%s on a known path gets a 405 that names POST', async (method) => {
  const response = await fetch(`${mock().url}/events/test`, { method })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('POST')
  expect(mock().requests).toMatchObject([{ operation: undefined, method, violations: [{ location: 'method' }] }])
})

test('the answer itself says what was wrong, in a header that is always ASCII and short', async () => {
  const body = JSON.stringify({ ...track, ключ: 1, ['x'.repeat(100_000)]: 1 })
  const answer = await post(mock(), '/events/test', body)
  expect(answer.headers.get('sl-violations')).toMatch(/^[\x20-\x7e]{2,4096}$/)
  expect(JSON.parse(answer.headers.get('sl-violations') ?? '')[0].message).toContain('ключ')
})

test('of very many violations the first hundred are listed, and the others are counted', async () => {
  const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`unknown_${at}`, 1]))
  expect((await post(mock(), '/events/test', JSON.stringify({ ...track, ...unknown }))).status).toBe(400)
  const { violations = [] } = mock().requests[0] ?? {}
  expect(violations).toHaveLength(101)
  expect(violations.at(-1)).toEqual({ location: 'body', path: '', message: 'And 4900 more' })
})

test('the words of a violation are cut where a name in them is very long', async () => {
  const name = 'x'.repeat(500_000)
  await post(mock(), '/customer/test', JSON.stringify({ ...identify, [name]: 1 }))
  const [violation] = mock().requests[0]?.violations ?? []
  expect(violation?.message).toMatch(/^Request body must NOT have additional properties; found '.*…$/)
  expect(violation?.message.length).toBeLessThan(1100)
})

test('a client that goes away in the middle is recorded, and the mock goes on', async () => {
  const { hostname, port } = new URL(mock().url)
  const socket = connect(Number(port), hostname)
  socket.write('POST /events/test HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"customer')
  await once(socket, 'connect')
  socket.destroySoon()
  await vi.waitFor(() => expect(mock().requests).toHaveLength(1), { timeout: 120_000 })
  expect((await post(mock(), '/events/test', valid)).status).toBe(200)
  expect(mock().requests[0]?.violations).toContainEqual(expect.objectContaining({ location: 'body' }))
})

/** Sends the head of a call and what is given, and returns what comes back first, though the call never ends. */
async function talk(rest: string): Promise<string> {
  const { hostname, port } = new URL(mock().url)
  const socket = connect(Number(port), hostname)
  const head = 'POST /events/test HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n'
  socket.write(head + rest)
  const [first] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return first.toString()
}
