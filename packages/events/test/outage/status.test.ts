import { expect, test } from 'vitest'
import { ConfigurationError, EventTracker, OutboxError } from '../../src/index.ts'
import { noteFailure } from '../../src/delivery/failure.ts'
import type { Settings } from '../../src/options/settings.ts'
import { MemoryOutbox } from '../../src/outbox/memory/memory-outbox.ts'
import { PlainOutbox } from '../promise/support/plain-outbox.ts'
import type { Reply } from './support/api.ts'
import { minute, second, World } from './support/world.ts'

const file = 'events.db'
const customers = Array.from({ length: 12 }, (_, at) => `user${at}`)

test('a tracker tells that its gate is open, and what is in flight', async () => {
  using world = new World(() => 200)
  const process = world.start()
  const { tracker } = process
  const open = {
    state: 'open',
    environment: 'test',
    gate: { state: 'open' },
    outbox: { durable: false, state: 'open' },
  }
  expect(tracker.status()).toEqual({ ...open, inFlight: 0 })
  tracker.trackEvent('user123', 'one')
  await world.rest()
  expect(tracker.status()).toEqual({ ...open, inFlight: 1 })
  await world.pass(second)
  expect(tracker.status()).toEqual({ ...open, inFlight: 0 })
  await process.stop()
  expect(tracker.status().state).toBe('closed')
})

test.each<[Reply, string, number | undefined]>([
  [{ status: 429, headers: { 'retry-after': '50' } }, 'The API asked to wait', 429],
  [500, 'The API answers every request with a failure', 500],
  ['refused', 'The API does not answer', undefined],
])('a gate that %o has closed tells since when, why and for how long', async (reply, reason, status) => {
  let answer = reply
  using world = new World(() => answer)
  const process = world.start({ file, backoff: { baseMs: minute, capMs: minute } })
  const { tracker } = process
  for (const customer of customers) tracker.trackEvent(customer, 'one')
  const startedAt = world.clock.now()
  await world.pass(second)
  // The wait is of any length.
  while ((tracker.status().gate.opensInMs ?? 0) <= second) await world.pass(second)
  const { gate } = tracker.status()
  expect(gate).toMatchObject({ state: 'closed', reason, status })
  expect(gate.since).toBeGreaterThanOrEqual(startedAt)
  expect(gate.since).toBeLessThanOrEqual(startedAt + second)
  await world.pass(second)
  const later = tracker.status().gate
  expect(later).toEqual({ ...gate, opensInMs: (gate.opensInMs ?? 0) - second })
  answer = 200
  await world.pass(3 * minute)
  expect(tracker.status().gate).toEqual({ state: 'open' })
  await process.stop()
})

test('a gate that is refused says so, and keeps its reason while it probes', async () => {
  let answer: Reply = 401
  using world = new World(() => answer)
  const process = world.start({ file, attemptTimeoutMs: 10 * second })
  const { tracker } = process
  for (const customer of customers) tracker.trackEvent(customer, 'one')
  await world.pass(second / 10)
  const reason = 'The API refuses events of several customers'
  const { since } = tracker.status().gate
  expect(tracker.status().gate).toMatchObject({ state: 'refused', reason, status: 401 })
  answer = 'silent'
  await world.pass(minute)
  expect(tracker.status()).toMatchObject({ gate: { since }, inFlight: expect.any(Number) })
  expect(['refused', 'probing', 'closed']).toContain(tracker.status().gate.state)
  answer = 200
  await world.pass(2 * minute)
  expect(tracker.status()).toMatchObject({ gate: { state: 'open' }, inFlight: 0 })
  await process.stop()
})

test.each([{ file }, {}])('who waits is told with the reason of the last failure: %o', async (how) => {
  using world = new World(({ customer }) => (customer === 'ada' ? 503 : 'silent'))
  // Of any length, by chance: so long that none is over while the test looks.
  const longestMs = 20_000 * minute
  const process = world.start({ ...how, backoff: { baseMs: longestMs, capMs: longestMs } })
  const { tracker } = process
  const acceptedAt = world.clock.now()
  tracker.trackEvent('ada', 'one')
  tracker.trackEvent('ada', 'two')
  await world.pass(second)
  tracker.identifyCustomer('grace', { name: 'Grace' })
  await world.pass(second)
  const [ada, grace] = await world.until(tracker.waiting())
  const facts = { environment: 'test', pending: 2, oldestAt: acceptedAt, attempts: 1, isLent: false }
  expect(ada).toMatchObject({
    customerId: 'ada',
    ...facts,
    lastFailure: expect.stringMatching(/^Failed to track event: 503/),
  })
  expect(ada?.dueInMs).toBeLessThanOrEqual(longestMs)
  expect(grace).toMatchObject({ customerId: 'grace', pending: 1, attempts: 0, isLent: true, lastFailure: undefined })
  expect(await world.until(tracker.waiting({ limit: 1 }))).toHaveLength(1)
  await world.pass(20 * second)
  const [, later] = await world.until(tracker.waiting())
  expect(later).toMatchObject({ attempts: 1, lastFailure: expect.stringMatching(/^No answer from .* within 10000 ms/) })
  await process.stop()
})

test('no failure is told of an event that was delivered or whose customer was erased', async () => {
  let status = 503
  using world = new World(() => status)
  const process = world.start({ file, backoff: { baseMs: 1, capMs: minute } })
  const { tracker } = process
  for (const event of ['one', 'two']) for (const customer of ['ada', 'grace']) tracker.trackEvent(customer, event)
  await world.pass(second)
  await world.until(tracker.forget('grace'))
  tracker.trackEvent('grace', 'three')
  await world.rest()
  const failures = async () =>
    (await world.until(tracker.waiting())).map(({ customerId, lastFailure }) => [
      customerId,
      lastFailure?.match(/503/)?.[0],
    ])
  expect(await failures()).toEqual([
    ['ada', '503'],
    ['grace', undefined],
  ])
  status = 200
  await world.pass(2 * minute)
  expect(await failures()).toEqual([])
  await process.stop()
})

test('the text of a failure has no token, no line break and an end', async () => {
  const body = `radioactive\n\u001b[2J${'long '.repeat(1_000)}`
  await using tracker = new EventTracker({
    token: 'radioactive',
    fetch: async () => new Response(body, { status: 503 }),
  })
  tracker.trackEvent('ada', 'one')
  await expect.poll(async () => (await tracker.waiting())[0]?.lastFailure).toMatch(/503/)
  const [{ lastFailure = '' } = {}] = await tracker.waiting()
  expect(lastFailure).toHaveLength(400)
  expect(lastFailure).not.toMatch(/radioactive|[^ -~\u2026\uFFFD]/)
  await tracker.shutdown(0)
})

test('an outbox that is full says so until it takes an event again', async () => {
  const outbox = new PlainOutbox(Date.now)
  await using tracker = new EventTracker({ token: null, outbox, fetch: async () => new Response('{}') })
  expect(tracker.status().outbox).toEqual({ durable: true, state: 'unopened', trouble: undefined })
  await tracker.start()
  expect(tracker.status().outbox).toEqual({ durable: true, state: 'open', trouble: undefined })
  const append = outbox.append.bind(outbox)
  outbox.append = () => Promise.reject(new OutboxError('full', 'The disk is full.'))
  await expect(tracker.trackEvent('ada', 'one').settled()).resolves.toMatchObject({ outcome: 'rejected' })
  expect(tracker.status().outbox.trouble).toEqual({
    problem: 'full',
    message: 'The disk is full.',
    at: expect.any(Number),
  })
  outbox.append = append
  await tracker.trackEvent('ada', 'two')
  expect(tracker.status().outbox.trouble).toBeUndefined()
})

test('an outbox that cannot tell who waits is named as the reason, and is no failure of it', async () => {
  const outbox = new PlainOutbox(Date.now)
  await using tracker = new EventTracker({ token: null, outbox, fetch: async () => new Response('{}') })
  await expect(tracker.waiting()).rejects.toThrow(ConfigurationError)
  expect(tracker.status().outbox.trouble).toBeUndefined()
  await expect(tracker.waiting({ limit: -1 })).rejects.toThrow('limit must be a number')
  await expect(tracker.waiting({ most: 1 } as object)).rejects.toThrow('unknown option most')
})

test('an outbox in memory tells who waits by the age of the oldest event', () => {
  const outbox = new MemoryOutbox(() => 0)
  const entry = { operation: 'trackEvent', body: '{}' } as const
  outbox.append([
    { ...entry, id: '1', customerId: 'b', acceptedAt: 2 },
    { ...entry, id: '2', customerId: 'a', acceptedAt: 1 },
  ])
  expect(outbox.waiting(10).map(({ customerId }) => customerId)).toEqual(['a', 'b'])
})

test('the failures of the last thousand lanes are remembered, each as it was last', () => {
  const failures = new Map<string, string>()
  const settings = { baseUrl: 'https://events.example.com', attemptTimeoutMs: 7 } as Settings
  const failed = (customerId: string, attempts: number) =>
    noteFailure(
      failures,
      { customerId, operation: 'trackEvent', attempts, lastResult: { kind: 'timeout' }, options: { issues: [] } },
      settings,
    )
  for (let at = 0; at < 1_000; at++) failed(`user${at}`, 1)
  failed('user0', 2)
  failed('one more', 1)
  expect(failures.size).toBe(1_000)
  expect([failures.has('user1'), failures.has('user2')]).toEqual([false, true])
  expect(failures.get('user0')).toContain('within 7 ms (attemptTimeoutMs) after 2 attempts')
})

test.each(['forget', 'replay', 'dead'] as const)(
  'a %s that failed is told to whoever asked, and is no state of the outbox',
  async (method) => {
    using world = new World(() => 200)
    const outbox = new PlainOutbox(() => world.clock.now())
    const process = world.start({ outbox })
    const { tracker } = process
    await world.until(tracker.start())
    Object.assign(outbox, { [method]: () => Promise.reject(new OutboxError('io', 'The disk fails')) })
    const asks = {
      forget: () => tracker.forget('ada'),
      replay: () => tracker.replay(['1']),
      dead: () => tracker.deadLetters(),
    }
    await expect(world.until<unknown>(asks[method]())).rejects.toThrow('The disk fails')
    expect(tracker.status().outbox).toEqual({ durable: true, state: 'open', trouble: undefined })
    await process.stop()
  },
)
