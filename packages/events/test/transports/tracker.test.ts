import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { closedPort } from '@obsidianlaunch/testkit/listen'
import { expect, expectTypeOf, test, vi } from 'vitest'
import {
  ApiError,
  AuthenticationError,
  type Clock,
  ClosedError,
  ConnectionError,
  type Delivery,
  EventTracker,
  type EventTrackingError,
  type Fetch,
  QueueFullError,
  type Receipt,
  ServerError,
  TimeoutError,
  type TrackerOptions,
  ValidationError,
} from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type Answer, hang, inTurn, ok, serve, status } from '../support/server.ts'
import { testTransport } from '../support/transport.ts'

const token = 'radioactive-token-0815'
const john = { name: 'John Doe', email: 'john@example.com', properties: { plan: 'premium' } }

function trackerOf(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ token, baseUrl, backoff: { baseMs: 1, capMs: 20 }, ...options })
}

async function failureOf(delivery: Delivery): Promise<EventTrackingError> {
  const settlement = await delivery.settled()
  if ('receipt' in settlement) throw new Error(`delivered: ${JSON.stringify(settlement.receipt)}`)
  return settlement.error
}

test('an awaited call gives a receipt with the answer', async () => {
  await using server = await serve((response) =>
    response.writeHead(200, { 'x-request-id': 'r-1' }).end('{"success":true}'),
  )
  const tracker = trackerOf(server.url)
  const receipt = await tracker.identifyCustomer('user123', john)
  expect(receipt).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    status: 200,
    attempts: 1,
    data: { success: true },
    acceptedAt: expect.any(Date),
    deliveredAt: expect.any(Date),
    requestId: 'r-1',
  })
  expect(server.arrivals[0]).toMatchObject({
    path: '/customer/test',
    body: { customer_id: 'user123', ...john },
    headers: { authorization: `Bearer ${token}`, 'idempotency-key': receipt.id, 'content-type': 'application/json' },
  })
})

test('a base URL may have a path and a trailing slash', async () => {
  await using server = await serve(ok)
  await trackerOf(`${server.url}/api/v0/`).trackEvent('user123', 'button_click')
  expect(server.arrivals[0]?.path).toBe('/api/v0/events/test')
})

test('what is sent is what was given at the call, whatever becomes of the object', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const traits = { ...john, properties: { plan: 'premium' } }
  const delivery = tracker.identifyCustomer('user123', traits)
  traits.properties.plan = 'changed later'
  await delivery
  expect(server.arrivals[0]?.body).toMatchObject({ properties: { plan: 'premium' } })
})

test("a customer's events arrive in the order of the calls, whatever the retries, and other customers go on", async () => {
  let requests = 0
  const everyThirdFails: Answer = (...exchange) => (++requests % 3 === 0 ? status(500)(...exchange) : ok(...exchange))
  const accepted = new Map<string, string[]>()
  await using server = await serve((response, arrival, request) => {
    everyThirdFails(response, arrival, request)
    const { customer_id, event = '' } = arrival.body
    if (response.statusCode === 200) accepted.set(customer_id, [...(accepted.get(customer_id) ?? []), event])
  })
  const tracker = trackerOf(server.url)
  for (let n = 0; n < 20; n++) for (let c = 0; c < 20; c++) void tracker.trackEvent(`user${c}`, `event${n}`)
  expect(await tracker.flush()).toEqual({ accepted: 400, delivered: 400, rejected: 0, dropped: 0, dead: 0, pending: 0 })
  const inOrder = Array.from({ length: 20 }, (_, n) => `event${n}`)
  expect([...accepted.values()]).toEqual(Array.from({ length: 20 }, () => inOrder))
})

test('no more requests are open at once than concurrency allows', async () => {
  await using server = await serve((response, ...rest) => void setTimeout(() => ok(response, ...rest), 5))
  const tracker = trackerOf(server.url, { concurrency: 3 })
  for (let c = 0; c < 30; c++) void tracker.trackEvent(`user${c}`, 'x')
  await tracker.flush()
  expect(server.mostOpen()).toBe(3)
})

test('an event keeps its id through every attempt, and the receipt counts them', async () => {
  await using server = await serve(inTurn(status(503), status(500), ok))
  const receipt = await trackerOf(server.url).trackEvent('user123', 'x', { id: 'job-7' })
  expect(receipt).toMatchObject({ id: 'job-7', attempts: 3 })
  expect(server.arrivals.map(({ headers }) => headers['idempotency-key'])).toEqual(['job-7', 'job-7', 'job-7'])
})

test('an id that is still pending shares the outcome and is counted once', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const first = tracker.trackEvent('user123', 'x', { id: 'job-7' })
  const second = tracker.trackEvent('user123', 'x', { id: 'job-7' })
  const other = tracker.trackEvent('user124', 'x', { id: 'job-7' })
  expect(await second).toEqual(await first)
  await other
  const again = tracker.trackEvent('user123', 'y')
  expect((await tracker.trackEvent('user123', 'y', { id: again.id })).id).toBe(again.id)
  expect(tracker.stats()).toMatchObject({ accepted: 3, delivered: 3 })
  expect(server.arrivals).toHaveLength(3)
})

test('an id that is pending with the other call is refused, so that neither is lost in silence', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const identified = tracker.identifyCustomer('user123', john, { id: 'signup-1' })
  const error = await failureOf(tracker.trackEvent('user123', 'signed_up', { id: 'signup-1' }))
  expect(error).toMatchObject({ issues: [{ path: 'id' }] })
  await identified
})

test('properties that become something else than an object are refused', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const others: unknown[] = [new Date(0), new URL('https://example.com'), Object('x'), Object(3)]
  others.push({ toJSON: () => [1] }, { toJSON: () => undefined })
  for (const properties of others) {
    const error = await failureOf(tracker.identifyCustomer('user123', { ...john, properties: properties as object }))
    expect(error).toMatchObject({ code: 'validation', issues: [{ path: 'properties' }] })
  }
  expect(server.arrivals).toEqual([])
})

async function reading(url: string, init: RequestInit): Promise<Response> {
  const response = await globalThis.fetch(url, init)
  await response.text()
  return response
}

async function light(): Promise<Response> {
  return { ok: true, status: 200, headers: new Headers(), text: async () => '{"a":1}' } as Response
}

test('success is success even where a fetch of your own has read the body, or gives less than a Response', async () => {
  await using server = await serve(ok)
  expect(await trackerOf(server.url, { fetch: reading }).trackEvent('user123', 'x')).toMatchObject({ attempts: 1 })
  expect(await trackerOf(server.url, { fetch: light }).trackEvent('user123', 'x')).toMatchObject({ data: { a: 1 } })
  expect(server.arrivals).toHaveLength(1)
})

test.each([
  ['junk', (response) => response.end('<html>')],
  ['cut', (response) => response.writeHead(200, { 'content-length': '100' }).write('{"succ', () => response.destroy())],
  ['endless', (response) => void setInterval(() => response.write('x'.repeat(16_384)), 1).unref()],
  ['slower than the attempt may be', (response) => response.writeHead(200).write('{')],
] satisfies [string, Answer][])(
  'success is success even where its body is %s, with one request',
  async (_name, answer) => {
    await using server = await serve(answer)
    const tracker = trackerOf(server.url, { attemptTimeoutMs: 4_000 })
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ status: 200, attempts: 1 })
    expect(server.arrivals).toHaveLength(1)
  },
)

test("a refused token is an AuthenticationError with status, body and the guide's sentence", async () => {
  await using server = await serve(status(401, { 'x-request-id': 'r-9' }, '{"error":"Unauthorized"}'))
  const error = await failureOf(trackerOf(server.url).trackEvent('user123', 'x'))
  expect(error).toBeInstanceOf(AuthenticationError)
  expect(error).toMatchObject({
    status: 401,
    body: { error: 'Unauthorized' },
    requestId: 'r-9',
    retryable: false,
    kept: false,
  })
  expect(error.message).toMatch(/^Failed to track event: 401 - \{"error":"Unauthorized"\}/)
  expect(server.arrivals).toHaveLength(1)
})

test.each([400, 403, 404, 413, 422, 501, 505, 511])('%i is final at once', async (code) => {
  await using server = await serve(status(code))
  const error = await failureOf(trackerOf(server.url).identifyCustomer('user123', john))
  expect(error).toBeInstanceOf(ApiError)
  expect(error.message).toMatch(new RegExp(`^Failed to identify customer: ${code} - no`))
  expect(server.arrivals).toHaveLength(1)
})

test('a redirect is not followed, so the token goes nowhere else', async () => {
  await using elsewhere = await serve(ok)
  await using server = await serve(status(307, { location: elsewhere.url }))
  const error = await failureOf(trackerOf(server.url).trackEvent('user123', 'x'))
  expect(error).toMatchObject({ status: 307, message: expect.stringContaining('set baseUrl to where it points') })
  expect(elsewhere.arrivals).toEqual([])
})

test('after the last retry the error is the last answer', async () => {
  await using server = await serve(status(503, {}, 'busy'))
  const error = await failureOf(trackerOf(server.url, { maxRetries: 2 }).trackEvent('user123', 'x'))
  expect(error).toBeInstanceOf(ServerError)
  expect(error).toMatchObject({ status: 503, body: 'busy', retryable: true })
  expect(server.arrivals).toHaveLength(3)
})

test('maxRetries 0 means one attempt', async () => {
  await using server = await serve(status(500))
  await failureOf(trackerOf(server.url, { maxRetries: 0 }).trackEvent('user123', 'x'))
  expect(server.arrivals).toHaveLength(1)
})

test('Retry-After holds every customer back for as long as it says', async () => {
  await using server = await serve(inTurn(status(429, { 'retry-after': '1' }), ok))
  const tracker = trackerOf(server.url, { concurrency: 1 })
  await Promise.all([
    tracker.trackEvent('user1', 'x'),
    tracker.trackEvent('user2', 'x'),
    tracker.trackEvent('user3', 'x'),
  ])
  const [refused, ...later] = server.arrivals.map(({ at }) => at)
  expect(Math.min(...later) - (refused ?? 0)).toBeGreaterThanOrEqual(990)
})

test.each([429, 503, 500])('a %i that asks to wait beyond maxRetryAfterMs is asked again by then', async (code) => {
  await using server = await serve(inTurn(status(code, { 'retry-after': '86400' }), ok))
  const tracker = trackerOf(server.url, { maxRetryAfterMs: 50 })
  expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ attempts: 2 })
  const [first = 0, second = 0] = server.arrivals.map(({ at }) => at)
  expect(second - first).toBeGreaterThanOrEqual(40)
  await tracker.shutdown()
})

test('a dead server is a ConnectionError with its cause', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`
  const error = await failureOf(trackerOf(url, { maxRetries: 1 }).trackEvent('user123', 'x'))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(inspect(error.cause)).toContain('ECONNREFUSED')
})

test('an error that cannot be read ends its event all the same', async () => {
  const errors = Object.defineProperty([1], 0, { get: () => assert.fail('unreadable') })
  const fetch = async () => Promise.reject(Object.assign(new Error('odd'), { errors }))
  const tracker = trackerOf('http://127.0.0.1', { fetch, maxRetries: 0 })
  expect(await failureOf(tracker.trackEvent('user123', 'x'))).toBeInstanceOf(ConnectionError)
  expect(tracker.stats()).toMatchObject({ rejected: 1, pending: 0 })
})

test('a server that comes back gets everything, in order, and is not hammered while it is away', async () => {
  const port = await closedPort()
  const url = `http://127.0.0.1:${port}`
  let dials = 0
  const fetch = async (address: string, init: RequestInit) => {
    dials++
    return globalThis.fetch(address, init)
  }
  const tracker = trackerOf(url, { fetch, backoff: { baseMs: 50, capMs: 200 }, maxRetries: 100 })
  for (let n = 0; n < 1_000; n++) void tracker.trackEvent(`user${n % 50}`, `event${n}`)
  await sleep(400)
  expect(dials).toBeLessThan(32 + 60)
  await using server = await serve(ok, port)
  expect(await tracker.flush()).toMatchObject({ delivered: 1_000, pending: 0 })
  const ofOne = server.log().filter((entry) => entry.startsWith('user7:'))
  expect(ofOne).toEqual(Array.from({ length: 20 }, (_, n) => `user7:event${n * 50 + 7}`))
})

test('no answer in time is a TimeoutError, also where fetch does not listen to its signal', async () => {
  await using server = await serve(hang)
  expect(
    await failureOf(trackerOf(server.url, { attemptTimeoutMs: 30, maxRetries: 1 }).trackEvent('user123', 'x')),
  ).toBeInstanceOf(TimeoutError)
  const deaf = trackerOf(server.url, { attemptTimeoutMs: 30, maxRetries: 0, fetch: () => new Promise(() => undefined) })
  expect(await failureOf(deaf.trackEvent('user123', 'x'))).toBeInstanceOf(TimeoutError)
})

test('an answer that came while the process was blocked is found, and not asked for twice', async () => {
  // In a thread of its own the server answers while this one is blocked, as another machine would, and not before.
  const shared = new Int32Array(new SharedArrayBuffer(12))
  const [received, blocked, answered] = [0, 1, 2]
  const server = new Worker(
    `const { parentPort, workerData: shared } = require('node:worker_threads')
     const server = require('node:http').createServer((request, response) => {
       Atomics.add(shared, ${received}, 1)
       Atomics.wait(shared, ${blocked}, 0)
       response.end('{}', () => Atomics.add(shared, ${answered}, 1))
     })
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true, workerData: shared },
  )
  const [port] = (await once(server, 'message')) as [number]
  const attemptTimeoutMs = 3_000
  const delivery = trackerOf(`http://127.0.0.1:${port}`, { attemptTimeoutMs }).trackEvent('user123', 'x')
  const called = performance.now()
  const settled = delivery.settled()
  const block = () => {
    if (Atomics.load(shared, received) === 0) {
      setImmediate(block)
      return
    }
    Atomics.store(shared, blocked, 1)
    Atomics.notify(shared, blocked)
    while (Atomics.load(shared, answered) === 0 || performance.now() < called + attemptTimeoutMs + 300);
  }
  block()
  expect(await settled).toMatchObject({ outcome: 'delivered', receipt: { attempts: 1 } })
  expect(Atomics.load(shared, received)).toBe(1)
  await server.terminate()
})

test('a server that takes nothing for maxDeliveryMs fails what is pending, with the reason as cause', async () => {
  await using server = await serve(status(500))
  const clock = new FakeClock()
  const tracker = trackerOf(server.url, { clock, maxDeliveryMs: 200, maxRetries: 10_000 })
  const deliveries = Array.from({ length: 50 }, (_, n) => tracker.trackEvent(`user${n % 5}`, 'x'))
  const hasFailed = async () => (await tracker.waiting()).map(({ lastFailure }) => lastFailure !== undefined)
  await expect.poll(hasFailed).toEqual(Array.from({ length: 5 }, () => true))
  const errors = await clock.passUntil(Promise.all(deliveries.map(failureOf)), 10, turn)
  expect(errors.every((error) => error instanceof TimeoutError && error.message.includes('maxDeliveryMs'))).toBe(true)
  expect(errors[0]?.cause).toBeInstanceOf(ServerError)
  expect(tracker.stats()).toMatchObject({ accepted: 50, rejected: 50, pending: 0 })
})

test('a long queue that makes progress never runs out of time', async () => {
  const clock = new FakeClock()
  await using server = await serve(async (...exchange) => {
    await clock.pass(20, turn)
    ok(...exchange)
  })
  const tracker = trackerOf(server.url, { clock, concurrency: 1, maxDeliveryMs: 1_000 })
  for (let n = 0; n < 100; n++) void tracker.trackEvent('user123', `event${n}`)
  expect(await tracker.flush()).toMatchObject({ delivered: 100 })
})

test('bad input fails that call alone, before any request, and never throws out of it', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const call = (customerId: unknown, traits: unknown) =>
    tracker.identifyCustomer(customerId as string, traits as typeof john)
  const refused: [Delivery, string][] = [
    [call('', john), 'customer_id'],
    [call(7, john), 'customer_id'],
    [call('user123', undefined), 'traits'],
    [call('user123', { ...john, name: '' }), 'name'],
    [call('user123', { ...john, email: '' }), 'email'],
    [call('user123', { ...john, level: 'premium' }), 'level'],
    [call('user123', { ...john, properties: [] }), 'properties'],
    [call('user123', { ...john, properties: { seats: [1n] } }), 'properties.seats[0]'],
    [tracker.trackEvent('user123', ''), 'event'],
    [tracker.trackEvent('user123', 'x', { id: 'line\nbreak' }), 'id'],
    [tracker.trackEvent('user123', 'x', { idd: 'x' } as object), 'idd'],
  ]
  for (const [delivery, path] of refused) {
    const error = await failureOf(delivery)
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).issues.map((issue) => issue.path)).toContain(path)
  }
  expect(server.arrivals).toEqual([])
  await tracker.trackEvent('user123', 'still_works')
  expect(tracker.stats()).toMatchObject({ accepted: refused.length + 1, rejected: refused.length, delivered: 1 })
})

test('values that throw when they are read fail their own call, whatever position they are in', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  const { proxy: revoked, revoke } = Proxy.revocable({}, {})
  revoke()
  const hostile = [
    revoked,
    Symbol('s'),
    new Proxy({}, { ownKeys: () => assert.fail('unreadable') }),
    null,
    5n,
    () => undefined,
  ]
  for (const value of hostile as never[]) {
    const calls = [
      tracker.trackEvent(value, 'x', { id: 'job-7' }),
      tracker.trackEvent('user123', value),
      tracker.trackEvent('user123', 'x', value),
      tracker.identifyCustomer('user123', value),
      tracker.identifyCustomer('user123', { ...john, name: value }),
      tracker.identifyCustomer('user123', { ...john, properties: value }),
      tracker.identifyCustomer('user123', { ...john, properties: { deep: [value, undefined] } }),
    ]
    for (const delivery of calls) expect(await failureOf(delivery)).toBeInstanceOf(ValidationError)
  }
  expect(server.arrivals).toEqual([])
  await tracker.trackEvent('user123', 'still_works')
})

test('a full queue refuses the new event and keeps the others', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url, { queue: { maxEvents: 2, maxBytes: 200 } })
  const [first, second, third] = ['a', 'b', 'c'].map((event) => tracker.trackEvent('user123', event)) as [
    Delivery,
    Delivery,
    Delivery,
  ]
  expect(await failureOf(third)).toBeInstanceOf(QueueFullError)
  await Promise.all([first, second])
  expect(await failureOf(tracker.trackEvent('user123', 'ü'.repeat(90)))).toMatchObject({
    code: 'queue_full',
    retryable: false,
  })
  expect(tracker.stats()).toEqual({ accepted: 4, delivered: 2, rejected: 0, dropped: 2, dead: 0, pending: 0 })
  await tracker.trackEvent('user123', 'd')
})

test('the counts add up in every hook, microtask and timer', async () => {
  await using server = await serve(inTurn(status(500), ok, status(400), ok))
  const unbalanced: unknown[] = []
  const check = () => {
    const { accepted, delivered, rejected, dropped, dead, pending } = tracker.stats()
    if (accepted !== delivered + rejected + dropped + dead + pending || pending < 0) unbalanced.push(tracker.stats())
  }
  const tracker: EventTracker = trackerOf(server.url, { onDelivered: check, onError: check, queue: { maxEvents: 30 } })
  const timer = setInterval(check, 0)
  for (let n = 0; n < 40; n++) {
    tracker.trackEvent(`user${n % 7}`, n % 5 === 0 ? '' : 'x').then(check, check)
    check()
    queueMicrotask(check)
  }
  await tracker.shutdown()
  clearInterval(timer)
  expect(unbalanced).toEqual([])
  expect(tracker.stats()).toMatchObject({ accepted: 40, pending: 0, dropped: 2 })
})

test('hooks are told of each event once, without bodies, and what they throw changes nothing', async () => {
  await using server = await serve(inTurn(status(400), ok))
  const told: unknown[] = []
  const tracker = trackerOf(server.url, {
    concurrency: 1,
    onDelivered(receipt, about) {
      told.push([receipt.status, about])
      throw new Error('the hook is broken')
    },
    async onError(error, about) {
      told.push([error.code, about])
      throw new Error('this one too')
    },
  })
  const failed = tracker.trackEvent('user1', 'x')
  const delivered = tracker.identifyCustomer('user2', john)
  const invalid = tracker.trackEvent('user3', '')
  await tracker.flush()
  await Promise.all([failed.settled(), delivered, invalid.settled()])
  expect(told).toEqual([
    ['validation', { id: invalid.id, operation: 'trackEvent', customerId: 'user3', attempts: 0 }],
    ['api', { id: failed.id, operation: 'trackEvent', customerId: 'user1', attempts: 1 }],
    [200, { id: delivered.id, operation: 'identifyCustomer', customerId: 'user2', attempts: 1 }],
  ])
})

test('flush waits for what was accepted before it, and for nothing else', async () => {
  const held: (() => void)[] = []
  await using server = await serve((response, arrival, request) => {
    if (arrival.body.event === 'first') ok(response, arrival, request)
    else held.push(() => ok(response, arrival, request))
  })
  const tracker = trackerOf(server.url)
  void tracker.trackEvent('user1', 'first')
  const flushed = tracker.flush()
  void tracker.trackEvent('user2', 'second')
  expect(await flushed).toEqual({ accepted: 2, delivered: 1, rejected: 0, dropped: 0, dead: 0, pending: 1 })
  expect(await tracker.flush({ timeoutMs: 20 })).toMatchObject({ delivered: 1, pending: 1 })
  while (held.length === 0) await sleep(1)
  held[0]?.()
  expect(await tracker.flush()).toMatchObject({ delivered: 2, pending: 0 })
})

test('shutdown against a black hole keeps its deadline, settles everything and says so in one report', async () => {
  await using server = await serve(hang)
  const tracker = trackerOf(server.url)
  const deliveries = Array.from({ length: 10 }, (_, n) => tracker.trackEvent(`user${n}`, 'x'))
  const [first, second] = await Promise.all([tracker.shutdown(), tracker.shutdown({ timeoutMs: 50 })])
  expect(first).toEqual({ accepted: 10, delivered: 0, rejected: 0, dropped: 10, dead: 0, pending: 0 })
  expect(second).toEqual(first)
  for (const delivery of deliveries) expect(await failureOf(delivery)).toBeInstanceOf(ClosedError)
  expect(await failureOf(tracker.trackEvent('user1', 'too_late'))).toBeInstanceOf(ClosedError)
  expect(await tracker.shutdown()).toEqual(first)
})

test('with nothing pending shutdown needs no turn of any timer, so not those of a test that has stopped them', async () => {
  const tracker = new EventTracker({ token: 'secret', fetch: async () => Response.json({}) })
  await tracker.trackEvent('user123', 'x')
  vi.useFakeTimers()
  try {
    expect(await tracker.shutdown()).toMatchObject({ accepted: 1, delivered: 1 })
  } finally {
    vi.useRealTimers()
  }
})

test('shutdown delivers what is pending first', async () => {
  await using server = await serve(inTurn(status(503), status(503), ok))
  const tracker = trackerOf(server.url)
  void tracker.trackEvent('user123', 'x')
  expect(await tracker.shutdown({ timeoutMs: 20_000 })).toMatchObject({ delivered: 1, dropped: 0 })
})

test('await using shuts the tracker down', async () => {
  await using server = await serve(ok)
  let stats: (() => unknown) | undefined
  {
    await using tracker = trackerOf(server.url)
    void tracker.trackEvent('user123', 'x')
    stats = () => tracker.stats()
  }
  expect(stats()).toMatchObject({ delivered: 1, pending: 0 })
})

test('a tracker that is not enabled needs no token, validates and sends nothing', async () => {
  await using server = await serve(ok)
  const tracker = new EventTracker({ enabled: false, baseUrl: server.url })
  expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ skipped: true, attempts: 0, status: 0 })
  expect(await failureOf(tracker.trackEvent('', 'x'))).toBeInstanceOf(ValidationError)
  expect(tracker.stats()).toMatchObject({ accepted: 2, dropped: 1, rejected: 1 })
  expect(server.arrivals).toEqual([])
})

test('a token function is asked for every attempt, and once more where its token was refused meanwhile', async () => {
  let current = 'old'
  await using server = await serve((response, arrival, request) => {
    const isNew = arrival.headers.authorization === 'Bearer new'
    current = 'new'
    ;(isNew ? ok : status(401))(response, arrival, request)
  })
  const rotating = trackerOf(server.url, { token: async () => current, maxRetries: 1 })
  expect(await rotating.trackEvent('user123', 'x')).toMatchObject({ attempts: 2 })
  let asked = 0
  await using refusing = await serve(status(401))
  const restless = trackerOf(refusing.url, { token: () => `token-${asked++}` })
  expect(await failureOf(restless.trackEvent('user123', 'x'))).toBeInstanceOf(AuthenticationError)
  expect(refusing.arrivals).toHaveLength(2)
})

test('with maxRetries 0 a token that was replaced meanwhile makes no second request', async () => {
  await using server = await serve(status(401))
  let asked = 0
  const tracker = trackerOf(server.url, { token: () => `token-${asked++}`, maxRetries: 0 })
  expect(await failureOf(tracker.trackEvent('user123', 'x'))).toBeInstanceOf(AuthenticationError)
  expect(server.arrivals).toHaveLength(1)
})

test('a token function that fails for a while costs retries, not the event', async () => {
  await using server = await serve(ok)
  const answers = [() => Promise.reject(new Error('vault is sealed')), () => 'bad token\n', () => token]
  const tracker = trackerOf(server.url, { token: () => (answers.shift() ?? (() => token))() })
  expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ attempts: 3 })
  const broken = trackerOf(server.url, { token: () => Promise.reject(new Error('vault is sealed')), maxRetries: 0 })
  expect(inspect((await failureOf(broken.trackEvent('user123', 'x'))).cause)).toContain('vault is sealed')
})

test('a token that comes after the shutdown sends nothing any more', async () => {
  await using server = await serve(ok)
  let answer: ((token: string) => void) | undefined
  const tracker = trackerOf(server.url, { token: () => new Promise((resolve) => (answer = resolve)) })
  void tracker.trackEvent('user123', 'x')
  expect(await tracker.shutdown({ timeoutMs: 20 })).toMatchObject({ dropped: 1 })
  answer?.(token)
  await sleep(50)
  expect(server.arrivals).toEqual([])
})

test.each([
  ['fails', () => Promise.reject(new Error('vault is sealed'))],
  ['does not answer', () => new Promise<string>(() => undefined)],
])(
  'a 401 whose token function %s when it is asked again is tried again, with the token that comes then',
  async (_, bad) => {
    await using server = await serve((...exchange) =>
      (exchange[1].headers.authorization === 'Bearer token-of-today' ? ok : status(401))(...exchange),
    )
    const answers = [() => 'token-of-yesterday', bad, () => 'token-of-today']
    const rotating = () => (answers.shift() ?? (() => 'token-of-today'))()
    const tracker = trackerOf(server.url, { token: rotating, attemptTimeoutMs: 4_000 })
    expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ attempts: 2 })
  },
)

test('a 401 stays a 401 where the token function fails again and again', async () => {
  await using server = await serve(status(401))
  let asked = 0
  const broken = () => (asked++ % 2 === 0 ? token : Promise.reject(new Error('vault is sealed')))
  const tracker = trackerOf(server.url, { token: broken, maxRetries: 1 })
  const error = await failureOf(tracker.trackEvent('user123', 'x'))
  expect(error).toBeInstanceOf(AuthenticationError)
  expect(error).toMatchObject({ status: 401, retryable: true })
  expect(server.arrivals).toHaveLength(2)
})

test('tokens of one request each are redacted too, however many are on their way', async () => {
  await using server = await serve((response, { headers }) => {
    response.writeHead(400).end(`bad token ${headers.authorization}`)
  })
  let minted = 0
  const tracker = trackerOf(server.url, { token: () => `secret-token-${minted++}` })
  const failures = Array.from({ length: 30 }, (_, n) => failureOf(tracker.trackEvent(`user${n}`, 'x')))
  for (const error of await Promise.all(failures)) expect(error.message).not.toContain('secret-token')
})

test('onError may track: what is refused there is not told again, so nothing runs in circles', async () => {
  await using server = await serve(status(400))
  let told = 0
  const tracker: EventTracker = trackerOf(server.url, {
    onError(_error, about) {
      told++
      void tracker.trackEvent(about.customerId, '')
    },
  })
  void tracker.trackEvent('user123', 'x')
  await tracker.shutdown()
  await sleep(20)
  expect(told).toBe(1)
})

test('a wait that is given no sensible deadline says so, and waits', async () => {
  await using server = await serve(ok)
  const said: string[] = []
  const logger = { warn: (message: string) => void said.push(message), error: () => undefined }
  const tracker = trackerOf(server.url, { logger, transport: testTransport })
  void tracker.trackEvent('user123', 'x')
  expect(await tracker.flush({ timeoutms: 1 } as object)).toMatchObject({ delivered: 1 })
  await tracker.shutdown({ timeoutMs: '50ms' as unknown as number })
  expect(said).toEqual([expect.stringContaining('timeoutms'), expect.stringContaining('timeoutMs must be a number')])
})

test('a flush from within a call waits only for what was accepted before', async () => {
  await using server = await serve(ok)
  const tracker = trackerOf(server.url)
  let flushed: Promise<unknown> | undefined
  const properties = { plan: { toJSON: () => ((flushed = tracker.flush()), 'premium') } }
  await tracker.identifyCustomer('user123', { ...john, properties })
  expect(await flushed).toMatchObject({ accepted: 1, pending: 1 })
})

test('token: null sends no Authorization', async () => {
  await using server = await serve(ok)
  await trackerOf(server.url, { token: null }).trackEvent('user123', 'x')
  expect(server.arrivals[0]?.headers).not.toHaveProperty('authorization')
})

test('the token is in the Authorization header and nowhere else', async () => {
  const told: unknown[] = []
  const seams: TrackerOptions = {
    maxRetries: 0,
    onDelivered: (...all) => void told.push(all),
    onError: (...all) => void told.push(all),
    logger: { warn: (...all) => void told.push(all), error: (...all) => void told.push(all) },
  }
  await using echo = await serve((response, { headers }) => {
    const { authorization = '' } = headers
    response.writeHead(200, { 'x-request-id': authorization }).end(JSON.stringify({ you_sent: authorization }))
  })
  await using refuse = await serve((response, { headers }) => {
    response.writeHead(400, { 'x-echo': headers.authorization ?? '' }).end(`bad token ${headers.authorization}`)
  })
  const leaky: Fetch = async (_url, { headers }) => {
    throw Object.assign(new TypeError(`could not send ${headers['authorization']}`), { request: { token } })
  }
  const trackers = [
    trackerOf(echo.url, seams),
    trackerOf(refuse.url, seams),
    trackerOf(echo.url, { ...seams, fetch: leaky }),
  ]
  for (const tracker of trackers) {
    const delivery = tracker.trackEvent('user123', 'x')
    const settlement = await delivery.settled()
    told.push(tracker, delivery, settlement, tracker.stats())
  }
  expect(told.length).toBeGreaterThan(12)
  expect(inspect(told, { depth: 20, showHidden: true })).not.toContain(token)
  expect(JSON.stringify(told)).not.toContain(token)
  expect(echo.arrivals[0]?.headers.authorization).toBe(`Bearer ${token}`)
})

test('while something is pending one timer is held, and an idle tracker holds none', async () => {
  await using server = await serve(ok)
  const held = new Set<unknown>()
  const clock: Clock = {
    now: () => Date.now(),
    setTimeout(callback, delayMs) {
      const handle = setTimeout(() => {
        held.delete(handle)
        callback()
      }, delayMs)
      held.add(handle)
      return handle
    },
    clearTimeout(handle) {
      held.delete(handle)
      clearTimeout(handle as NodeJS.Timeout)
    },
  }
  const tracker = trackerOf(server.url, { clock })
  await tracker.flush({ timeoutMs: 60_000 })
  expect(held.size).toBe(0)
  const deliveries = Array.from({ length: 100 }, (_, n) => tracker.trackEvent(`user${n}`, 'x'))
  expect(held.size).toBe(1)
  await Promise.all(deliveries)
  expect(held.size).toBe(0)
})

test('types narrow event names and properties, and a delivery stands in for a promise', () => {
  type Plan = 'free' | 'premium'
  const tracker = new EventTracker<{ events: 'button_click' | `plan_${Plan}_chosen`; properties: { plan: Plan } }>({
    enabled: false,
  })
  void tracker.trackEvent('user123', 'plan_free_chosen')
  void tracker.trackEvent('user123', 'button_click', { property: { path: '/dashboard' }, id: 'job-1' })
  // @ts-expect-error -- a misspelt event
  void tracker.trackEvent('user123', 'buton_click')
  // @ts-expect-error -- a plan that is not sold
  void tracker.identifyCustomer('user123', { ...john, properties: { plan: 'gold' } })
  expectTypeOf<Delivery>().toExtend<Promise<Receipt>>()
})

test('a token that does not come in time is the fault of its function: nothing was sent, and no server was silent', async () => {
  await using server = await serve(ok)
  const never = new Promise<string>(() => undefined)
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message), error: () => undefined }
  const tracker = trackerOf(server.url, { token: () => never, attemptTimeoutMs: 20, maxRetries: 9, logger })
  const error = await failureOf(tracker.trackEvent('user123', 'x'))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(error.text).toBe('The token function failed: No token within 20 ms (attemptTimeoutMs), after 10 attempts.')
  expect(String(error.cause)).toContain('No token within 20 ms (attemptTimeoutMs)')
  // The gate never closed.
  expect(warnings).toEqual([])
  expect(server.arrivals).toEqual([])
})
