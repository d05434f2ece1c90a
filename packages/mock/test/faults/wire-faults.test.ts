import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { type FaultScript, startMock } from '../../src/index.ts'
import { identify, post, proper, sharedMock, track } from '../calls.ts'

const mock = sharedMock()
const valid = JSON.stringify(track)
const send = (headers: Record<string, string> = {}, body = valid) => post(mock(), '/events/test', body, headers)

/** Result for the client: a status, or the code of the failure. */
async function outcome(headers: Record<string, string> = {}, body = valid): Promise<number | string> {
  return send(headers, body).then(
    ({ status }) => status,
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.message,
  )
}

async function outcomes(count: number): Promise<(number | string)[]> {
  const seen: (number | string)[] = []
  for (let at = 0; at < count; at += 1) seen.push(await outcome())
  return seen
}

test('reset breaks the connection after the request was read', async () => {
  mock().fail(['reset', { fault: 'reset' }])
  expect(await outcomes(3)).toEqual(['ECONNRESET', 'ECONNRESET', 200])
  const [first] = mock().requests
  expect(first).toMatchObject({ status: 0, fault: 'reset', body: track, valid: true, answer: { status: 0, text: '' } })
})

test('hang records the request and never answers', async () => {
  mock().fail(['hang'])
  const leave = new AbortController()
  const never = fetch(`${mock().url}/events/test`, {
    method: 'POST',
    headers: proper,
    body: valid,
    signal: leave.signal,
  }).then(() => 'answered')
  await mock().waitFor({ fault: 'hang', status: 0 }, { timeoutMs: 30_000 })
  // A later client is answered, and the first still is not.
  expect(await Promise.race([never, outcome()])).toBe(200)
  leave.abort()
  await expect(never).rejects.toThrow('aborted')
})

test('truncate breaks off within the body', async () => {
  mock().fail(['truncate'])
  await expect(send()).rejects.toThrow('terminated')
  expect(mock().requests[0]).toMatchObject({ status: 200, fault: 'truncate' })
  expect(mock().requests[0]?.answer.text).toMatch(/^\{"success":true,/)
  expect(await outcome()).toBe(200)
})

test('junk is a 200 whose body is not JSON', async () => {
  mock().fail(['junk'])
  const { status, headers, text } = await send()
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
})

test('a delay comes before the answer, and before another fault', async () => {
  const before = performance.now()
  mock().fail([{ delayMs: 80 }, { status: 503, delayMs: 80 }])
  expect(await outcomes(2)).toEqual([200, 503])
  // Timers may fire a little early.
  expect(performance.now() - before).toBeGreaterThan(150)
  expect(mock().requests.map(({ fault }) => fault)).toEqual(['delay 80 ms', 'delay 80 ms, 503'])
})

test('refuse closes the port, for a while or until the script is replaced', async () => {
  mock().fail([{ fault: 'refuse', forMs: Infinity }])
  // The first call may still find the connection that is being closed.
  await expect.poll(() => outcome()).toBe('ECONNREFUSED')
  mock().fail([{ fault: 'refuse', forMs: 50 }])
  await expect.poll(() => outcome()).toBe(200)
  expect(mock().requests).toHaveLength(1)
})

test('refuse in the middle of a script begins when its turn comes, and ends with the script', async () => {
  mock().fail([{ status: 503 }, { fault: 'refuse', forMs: Infinity }])
  expect(await outcomes(2)).toEqual([503, 'ECONNREFUSED'])
  mock().fail([])
  await expect.poll(() => outcome()).toBe(200)
})

test('a request that was under way when refuse began is answered, and the port stays shut', async () => {
  const { hostname, port } = new URL(mock().url)
  const socket = connect(Number(port), hostname)
  const head = `POST /events/test HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n`
  socket.write(`${head}Content-Length: ${valid.length}\r\nExpect: 100-continue\r\n\r\n`)
  const [goOn] = (await once(socket, 'data')) as [Buffer]
  expect(goOn.toString()).toMatch(/^HTTP\/1\.1 100 /)
  mock().fail([{ fault: 'refuse', forMs: Infinity }])
  socket.write(valid)
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.toString()).toMatch(/^HTTP\/1\.1 200 [^]*connection: close/i)
  expect(await outcome()).toBe('ECONNREFUSED')
  expect(mock().requests).toMatchObject([{ status: 200 }])
  expect(mock().requests[0]?.fault).toBeUndefined()
  mock().fail([])
  await expect.poll(() => outcome()).toBe(200)
})

test('a mock that refuses can be closed', async () => {
  const other = await startMock()
  other.fail([{ fault: 'refuse', forMs: Infinity }])
  await other.close()
  await expect(fetch(other.url)).rejects.toThrow('fetch failed')
})

test('faults may be for some requests only; the latest script that fits decides', async () => {
  mock().fail([{ status: 500, times: Infinity }])
  mock().fail([{ status: 503, times: Infinity }], { operation: 'identifyCustomer' })
  mock().fail([{ status: 429, retryAfter: 4 }], { customer: 'b' })
  mock().fail([{ status: 400 }], { event: 'page_view' })
  mock().fail([{ status: 403 }], { id: 'id-7' })
  const of = (change: object) => outcome({}, JSON.stringify({ ...track, ...change }))
  expect(await of({ customer_id: 'b' })).toBe(429)
  expect(await of({ customer_id: 'b' })).toBe(500)
  expect(await of({ event: 'page_view' })).toBe(400)
  expect(await outcome({ 'Idempotency-Key': 'id-7' })).toBe(403)
  expect((await post(mock(), '/customer/test', JSON.stringify(identify))).status).toBe(503)
  mock().fail([])
  expect(await of({})).toBe(200)
})

test('a rate strikes a share of the requests', async () => {
  await using seeded = await startMock({ seed: 7 })
  seeded.fail([{ status: 503, rate: 0.25, times: Infinity }])
  for (let at = 0; at < 200; at += 1) await post(seeded, '/events/test', valid)
  const struck = seeded.requests.filter(({ status }) => status === 503).length
  expect(struck).toBeGreaterThan(25)
  expect(struck).toBeLessThan(75)
})

test.each([
  [[{ fault: 'rest' }], "'rest'"],
  [['explode'], "'explode'"],
  [[{ status: 503, fault: 'reset' }], 'status: 503'],
  [[{ delayMs: Infinity }], 'delayMs: Infinity'],
  [[{ status: 503, rate: 0 }], 'rate: 0'],
  [[{ fault: 'refuse', times: 2 }], 'times: 2'],
  [[{ fault: 'hang', retryAfter: 1 }], 'retryAfter: 1'],
])('the script %j is refused by name, with the known ones', (script, name) => {
  expect(() => mock().fail(script as unknown as FaultScript)).toThrow(name)
  expect(() => mock().fail(script as unknown as FaultScript)).toThrow("'hang', 'truncate', 'junk', 'refuse'")
})

const place = (filter: object) => () => mock().fail([{ status: 503 }], filter)

test('a place that does not exist is refused by name', () => {
  expect(place({ operation: 'trackEvnt' })).toThrow('has no operation trackEvnt: it has identifyCustomer, trackEvent')
  expect(place({ custmer: 'b' })).toThrow('known are operation, customer, event and id')
  expect(place({ customer: 5 })).toThrow('The customer of a fault is a string, not 5')
  expect(() => mock().fail(['refuse'], { customer: 'b' })).toThrow("'refuse' is for all requests")
})
