import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { siteUrl } from '@obsidianlaunch/testkit/pages'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  ApiError,
  AuthenticationError,
  CancelledError,
  type Clock,
  ClosedError,
  type Delivery,
  EventTracker,
  type EventTrackingError,
  OutboxError,
  PermissionError,
  type TrackerOptions,
} from '../../src/index.ts'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type Answer, hang, inTurn, ok, serve, status } from '../support/server.ts'

let folder: string
const trackers: EventTracker[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'durable-'))
})
afterEach(async () => {
  for (const tracker of trackers.splice(0)) await tracker.shutdown({ timeoutMs: 0 })
  await rm(folder, { recursive: true })
})

/** A tracker on the one file of the test: as if its process had started anew, once the one before was shut down. */
function start(baseUrl: string, options: TrackerOptions = {}): EventTracker {
  const tracker = new EventTracker({
    token: 'radioactive',
    baseUrl,
    outbox: sqliteOutbox(join(folder, 'events.db')),
    backoff: { baseMs: 1, capMs: 20 },
    onError: () => undefined,
    ...options,
  })
  trackers.push(tracker)
  return tracker
}

async function failureOf(delivery: Delivery): Promise<{ outcome: string; error: EventTrackingError }> {
  const settlement = await delivery.settled()
  if (!('error' in settlement)) throw new Error('delivered')
  return settlement
}

const books = { accepted: 0, delivered: 0, rejected: 0, dropped: 0, dead: 0, pending: 0 }
/** After any time, by chance: so long that none is over while a test looks. */
const patient = { backoff: { baseMs: 1e12, capMs: 1e12 } }

test('an event is stored before it is sent, and delivered with a receipt', async () => {
  await using server = await serve(ok)
  const tracker = start(server.url)
  const delivery = tracker.trackEvent('user123', 'button_click')
  await delivery.stored
  expect(await delivery).toMatchObject({ status: 200, attempts: 1, data: { success: true } })
  expect(await tracker.shutdown()).toEqual({ ...books, accepted: 1, delivered: 1 })
  expect(server.log()).toEqual(['user123:button_click'])
})

test('what was not delivered goes on at the next start, in order, under the same ids, before what is new', async () => {
  await using dead = await serve(hang)
  const before = start(dead.url)
  const deliveries = ['one', 'two', 'three'].map((event) => before.trackEvent('user123', event))
  await Promise.all(deliveries.map((delivery) => delivery.stored))
  expect(await before.shutdown({ timeoutMs: 0 })).toEqual({ ...books, accepted: 3, pending: 3 })
  for (const delivery of deliveries) {
    const { outcome, error } = await failureOf(delivery)
    expect([outcome, error.kept]).toEqual(['pending', true])
    expect(error).toBeInstanceOf(ClosedError)
  }
  await using server = await serve(ok)
  const told: string[] = []
  const after = start(server.url, { onDelivered: ({ id }) => told.push(id) })
  await after.trackEvent('user123', 'four')
  expect(server.log()).toEqual(['user123:one', 'user123:two', 'user123:three', 'user123:four'])
  const ids = deliveries.map(({ id }) => id)
  expect(server.arrivals.slice(0, 3).map(({ headers }) => headers['idempotency-key'])).toEqual(ids)
  expect(told.slice(0, 3)).toEqual(ids)
  expect(await after.shutdown()).toEqual({ ...books, accepted: 4, delivered: 4 })
})

test('start() and flush() go on with what is stored, without a new event', async () => {
  await using dead = await serve(hang)
  const before = start(dead.url)
  await before.trackEvent('user123', 'x').stored
  await before.shutdown({ timeoutMs: 0 })
  await using server = await serve(ok)
  const after = start(server.url)
  expect(after.stats()).toEqual(books)
  expect(await after.start()).toEqual({ ...books, accepted: 1, pending: 1 })
  expect(await after.flush()).toEqual({ ...books, accepted: 1, delivered: 1 })
  expect(server.log()).toEqual(['user123:x'])
})

test('a final answer makes a dead letter, which can be listed and sent again', async () => {
  await using server = await serve(inTurn(status(400, {}, 'unknown customer'), ok))
  const tracker = start(server.url)
  const delivery = tracker.trackEvent('user123', 'x', { id: 'job-1' })
  const { outcome, error } = await failureOf(delivery)
  expect([outcome, error.kept]).toEqual(['dead', false])
  expect(error).toBeInstanceOf(ApiError)
  expect(tracker.stats()).toEqual({ ...books, accepted: 1, dead: 1 })
  const [letter] = await tracker.deadLetters()
  expect(letter).toMatchObject({
    reason: 'refused',
    status: 400,
    detail: 'unknown customer',
    attempts: 1,
    entry: { id: 'job-1', customerId: 'user123', operation: 'trackEvent' },
  })
  expect(await tracker.replay([letter?.id ?? ''])).toBe(1)
  expect(await tracker.flush()).toEqual({ ...books, accepted: 1, delivered: 1 })
  expect(await tracker.deadLetters()).toEqual([])
  expect(server.log()).toEqual(['user123:x', 'user123:x'])
})

test.each([302, 404, 405, 410, 501])(
  'a %i may be the fault of the address: the wait ends, the event is kept',
  async (code) => {
    let isMended = false
    await using server = await serve((...exchange) => (isMended ? ok : status(code))(...exchange))
    const tracker = start(server.url)
    const { outcome, error } = await failureOf(tracker.trackEvent('user123', 'x'))
    expect([outcome, error.kept, (error as ApiError).status]).toEqual(['pending', true, code])
    expect(tracker.stats()).toEqual({ ...books, accepted: 1, pending: 1 })
    expect(await tracker.deadLetters()).toEqual([])
    isMended = true
    await expect.poll(() => tracker.stats()).toEqual({ ...books, accepted: 1, delivered: 1 })
  },
)

test('the lane of a dead letter moves on, and the next start counts it', async () => {
  await using server = await serve(inTurn(status(422), ok))
  const before = start(server.url)
  const [, second] = [before.trackEvent('user123', 'bad'), before.trackEvent('user123', 'good')]
  await second
  await before.shutdown()
  expect(await start(server.url).start()).toEqual({ ...books, accepted: 1, dead: 1 })
})

test('retries that are used up end the wait alone: the event is kept, and delivered later', async () => {
  let isUp = false
  await using server = await serve((...exchange) => (isUp ? ok : status(503))(...exchange))
  const tracker = start(server.url, { maxRetries: 2 })
  const delivery = tracker.trackEvent('user123', 'x')
  const { outcome, error } = await failureOf(delivery)
  expect([outcome, error.kept, (error as ApiError).status]).toEqual(['pending', true, 503])
  expect(tracker.stats()).toMatchObject({ accepted: 1, pending: 1 })
  isUp = true
  await expect.poll(() => tracker.stats()).toEqual({ ...books, accepted: 1, delivered: 1 })
})

test('a delivery budget that is used up ends the wait alone', async () => {
  await using server = await serve(status(503))
  const clock = new FakeClock()
  const tracker = start(server.url, { ...patient, clock })
  const delivery = tracker.trackEvent('user123', 'x', { maxDeliveryMs: 1_000 })
  await delivery.stored
  const { outcome, error } = await clock.passUntil(failureOf(delivery), 100, turn)
  expect([outcome, error.kept, error.code]).toEqual(['pending', true, 'timeout'])
  expect(tracker.stats()).toMatchObject({ accepted: 1, pending: 1 })
})

test('neither flush nor shutdown waits for what waits for its retry', async () => {
  await using server = await serve(status(503))
  const tracker = start(server.url, patient)
  const [waiting, behind] = [tracker.trackEvent('user123', 'x'), tracker.trackEvent('user123', 'y')]
  expect(await tracker.flush()).toMatchObject({ accepted: 2, pending: 2 })
  expect(server.log()).toEqual(['user123:x'])
  expect(await tracker.shutdown()).toMatchObject({ accepted: 2, pending: 2 })
  for (const delivery of [waiting, behind]) expect((await failureOf(delivery)).error.kept).toBe(true)
})

test.each([
  [401, AuthenticationError],
  [403, PermissionError],
])('a %i for everybody loses nothing: it is told once, and all is delivered when it ends', async (code, kind) => {
  let isRefused = true
  await using server = await serve((...exchange) => (isRefused ? status(code) : ok)(...exchange))
  const told: EventTrackingError[] = []
  const tracker = start(server.url, { onError: (error) => told.push(error), maxRetries: 0 })
  const first = tracker.trackEvent('a', 'x')
  const { outcome, error } = await failureOf(first)
  expect([outcome, error.kept]).toEqual(['pending', true])
  const others = ['b', 'c', 'd'].map((customer) => tracker.trackEvent(customer, 'x'))
  await expect.poll(() => told.length).toBe(1)
  const sent = server.arrivals.length
  await expect.poll(() => server.arrivals.length).toBeGreaterThan(sent + 3)
  expect(told).toMatchObject([{ status: code, kept: true }])
  expect(tracker.stats()).toMatchObject({ accepted: 4, pending: 4 })
  isRefused = false
  await Promise.all(others.map((delivery) => delivery.settled()))
  await expect.poll(() => tracker.stats()).toEqual({ ...books, accepted: 4, delivered: 4 })
  expect(error).toBeInstanceOf(kind)
})

test('an id that was delivered before settles as delivered, and is not sent again', async () => {
  await using server = await serve(ok)
  const before = start(server.url)
  await before.trackEvent('user123', 'x', { id: 'job-1' })
  await before.shutdown()
  const after = start(server.url)
  expect(await after.trackEvent('user123', 'x', { id: 'job-1' })).toMatchObject({ duplicate: true, id: 'job-1' })
  expect(await after.trackEvent('other', 'x', { id: 'job-1' })).not.toHaveProperty('duplicate')
  expect(after.stats()).toEqual({ ...books, accepted: 2, delivered: 2 })
  expect(server.log()).toEqual(['user123:x', 'other:x'])
})

test('an id that is pending since an earlier start shares its outcome, and is counted once', async () => {
  await using dead = await serve(hang)
  const before = start(dead.url)
  await before.trackEvent('user123', 'x', { id: 'job-1' }).stored
  await before.shutdown({ timeoutMs: 0 })
  await using server = await serve(ok)
  const after = start(server.url)
  expect(await after.trackEvent('user123', 'x', { id: 'job-1' })).toMatchObject({ id: 'job-1', status: 200 })
  expect(await after.shutdown()).toEqual({ ...books, accepted: 1, delivered: 1 })
  expect(server.log()).toEqual(['user123:x'])
})

test('what an earlier process left is too old once an answer confirms the clock, and then is not sent any more', async () => {
  await using dead = await serve(hang)
  const before = start(dead.url)
  for (const event of ['x', 'y']) await before.trackEvent('user123', event).stored
  await before.shutdown({ timeoutMs: 0 })
  await using server = await serve(status(503))
  const told: string[] = []
  const after = start(server.url, { maxAgeMs: 1, onError: (error) => told.push(error.code) })
  await after.start()
  await expect.poll(() => after.stats()).toEqual({ ...books, accepted: 2, dead: 2 })
  expect(await after.deadLetters()).toMatchObject([{ reason: 'expired' }, { reason: 'expired' }])
  expect(told).toEqual(['timeout', 'timeout'])
  expect(server.log()).toEqual(['user123:x'])
})

test('while no answer has confirmed the clock, nothing that an earlier process left is too old', async () => {
  await using dead = await serve(hang)
  const before = start(dead.url)
  await before.trackEvent('user123', 'x').stored
  await before.shutdown({ timeoutMs: 0 })
  await using server = await serve(ok)
  expect(await start(server.url, { maxAgeMs: 1 }).flush()).toEqual({ ...books, accepted: 1, delivered: 1 })
})

test('a customer can be forgotten: pending events and dead letters, waits included', async () => {
  const answers: Record<string, Answer> = { bad: status(400), stuck: hang }
  await using server = await serve((response, arrival, request) =>
    (answers[arrival.body.event ?? ''] ?? ok)(response, arrival, request),
  )
  const tracker = start(server.url)
  await failureOf(tracker.trackEvent('gone', 'bad'))
  const [stuck, behind] = [tracker.trackEvent('gone', 'stuck'), tracker.trackEvent('gone', 'behind')]
  await expect.poll(() => server.arrivals.length).toBe(2)
  await tracker.trackEvent('other', 'x')
  expect(await tracker.forget('gone')).toBe(3)
  expect(tracker.stats()).toEqual({ ...books, accepted: 4, delivered: 1, dropped: 3 })
  for (const delivery of [stuck, behind]) expect((await failureOf(delivery)).error).toBeInstanceOf(CancelledError)
  expect(await tracker.deadLetters()).toEqual([])
  await tracker.shutdown({ timeoutMs: 0 })
  expect(await start(server.url).start()).toEqual(books)
})

test('a signal ends the wait for what is stored, and the error says that it is kept', async () => {
  await using server = await serve(status(503))
  const tracker = start(server.url, patient)
  const controller = new AbortController()
  const delivery = tracker.trackEvent('user123', 'x', { signal: controller.signal })
  await tracker.flush()
  controller.abort()
  const { outcome, error } = await failureOf(delivery)
  expect([outcome, error.code, error.kept]).toEqual(['pending', 'cancelled', true])
  expect(tracker.stats()).toMatchObject({ pending: 1, dropped: 0 })
})

test('a signal that comes before the event is stored takes it out', async () => {
  await using server = await serve(ok)
  const tracker = start(server.url)
  const controller = new AbortController()
  const delivery = tracker.trackEvent('user123', 'x', { signal: controller.signal })
  controller.abort()
  expect(await failureOf(delivery)).toMatchObject({ outcome: 'dropped', error: { code: 'cancelled', kept: false } })
  expect(await tracker.shutdown()).toEqual({ ...books, accepted: 1, dropped: 1 })
  expect(server.arrivals).toEqual([])
})

test('what cannot be stored is refused, and says what to do', async () => {
  await using server = await serve(ok)
  const told: string[] = []
  const outbox = sqliteOutbox(join(folder, 'no', 'such', 'folder', 'events.db'))
  const tracker = start(server.url, { outbox, onError: (error) => told.push(error.name) })
  const delivery = tracker.trackEvent('user123', 'x')
  await expect(delivery.stored).rejects.toBeInstanceOf(OutboxError)
  expect(await failureOf(delivery)).toMatchObject({ outcome: 'rejected', error: { code: 'outbox', kept: false } })
  expect(tracker.stats()).toEqual({ ...books, accepted: 1, rejected: 1 })
  expect(told).toEqual(['OutboxError'])
  expect(server.arrivals).toEqual([])
  expect(await tracker.shutdown()).toEqual({ ...books, accepted: 1, rejected: 1 })
})

test('what was delivered and could not be recorded is not sent again by this process', async () => {
  await using server = await serve(ok)
  const outbox = sqliteOutbox(join(folder, 'events.db'))
  const settle = outbox.settle.bind(outbox)
  let failures = 1
  outbox.settle = (verdicts) => (failures-- > 0 ? Promise.reject(new Error('disk trouble')) : settle(verdicts))
  const logged: string[] = []
  const logger = { warn: () => undefined, error: (message: string) => logged.push(message) }
  const tracker = start(server.url, { outbox, logger, attemptTimeoutMs: 2_000 })
  await tracker.trackEvent('user123', 'x')
  expect(logged).toEqual([`OutboxError: The outbox failed: disk trouble. See ${siteUrl}errors/outbox/`])
  await tracker.trackEvent('user123', 'y').settled()
  await expect.poll(async () => (await outbox.counts()).pending).toBe(0)
  expect(server.log().filter((line) => line === 'user123:x')).toHaveLength(1)
})

test('no credential and no address is in any file', async () => {
  await using server = await serve(status(401, {}, 'bad token radioactive'))
  const tracker = start(server.url)
  await failureOf(tracker.trackEvent('user123', 'x'))
  for (const file of await readdir(folder)) {
    const content = (await readFile(join(folder, file))).toString('latin1')
    expect(content).not.toContain('radioactive')
    expect(content).not.toContain('127.0.0.1')
  }
})

test('thousands of events of many customers arrive once each and in order, through failures and restarts', async () => {
  let requests = 0
  const everyFourthFails: Answer = (...exchange) => (++requests % 4 === 0 ? status(503) : ok)(...exchange)
  await using server = await serve(everyFourthFails)
  const first = start(server.url, { maxRetries: 100 })
  for (let n = 0; n < 40; n++) for (let c = 0; c < 50; c++) void first.trackEvent(`user${c}`, `event${n}`)
  await expect.poll(() => first.stats().delivered).toBeGreaterThan(300)
  await first.shutdown({ timeoutMs: 0 })
  const second = start(server.url)
  await second.start()
  await expect.poll(() => second.stats().pending).toBe(0)
  const firsts = new Map<string, string[]>()
  for (const line of server.log()) {
    const [customer = '', event = ''] = line.split(':')
    const seen = firsts.get(customer) ?? []
    if (!seen.includes(event)) firsts.set(customer, [...seen, event])
  }
  const inOrder = Array.from({ length: 40 }, (_, n) => `event${n}`)
  expect([...firsts.values()]).toEqual(Array.from({ length: 50 }, () => inOrder))
})

test('flush and shutdown keep their deadlines while the outbox does not open', async () => {
  const outbox = sqliteOutbox(join(folder, 'events.db'))
  outbox.counts = () => new Promise(() => undefined)
  const tracker = start('http://127.0.0.1:9', { outbox })
  expect(await tracker.flush({ timeoutMs: 20 })).toEqual(books)
  expect(await tracker.shutdown({ timeoutMs: 20 })).toEqual(books)
})

test('a shutdown that has no time left asks no timer for less than nothing', async () => {
  await using server = await serve(hang)
  const delays: number[] = []
  let now = Date.now()
  const clock: Clock = {
    // It has always moved on when it is looked at.
    now: () => now++,
    setTimeout: (callback, delayMs) => {
      delays.push(delayMs)
      return setTimeout(callback, delayMs)
    },
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  }
  const tracker = start(server.url, { clock })
  await tracker.trackEvent('user123', 'x').stored
  await tracker.shutdown({ timeoutMs: 0 })
  expect(delays.filter((delayMs) => !(delayMs >= 0))).toEqual([])
})

test('an outbox that does not say when something is due is asked again', async () => {
  await using server = await serve(inTurn(status(503), ok))
  const outbox = sqliteOutbox(join(folder, 'events.db'))
  const dueInMs = outbox.dueInMs.bind(outbox)
  let failures = 1
  outbox.dueInMs = () => (failures-- > 0 ? Promise.reject(new Error('disk trouble')) : dueInMs())
  const tracker = start(server.url, { outbox, maxDeliveryMs: 600_000 })
  expect(await tracker.trackEvent('user123', 'x')).toMatchObject({ attempts: 2 })
})
