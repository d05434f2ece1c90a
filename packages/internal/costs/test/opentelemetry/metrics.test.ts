import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { metrics } from '@opentelemetry/api'
import { EventTracker, type Outbox, type TrackerOptions } from '@obsidianlaunch/events'
import { instrumentEvents } from '@obsidianlaunch/events/opentelemetry'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { type Answer, inTurn, ok, serve, status } from '@obsidianlaunch/testkit/api'
import { expect, onTestFinished, test } from 'vitest'
import { Held } from './support/held.ts'
import { instrumented, Telemetry } from './support/telemetry.ts'

const fast = { baseMs: 1, capMs: 2 }

async function setUp(answer: Answer = ok, options: TrackerOptions = {}) {
  const api = await serve(answer)
  const make = (more: TrackerOptions = {}) => {
    const tracker = new EventTracker({
      token: 'a-token',
      baseUrl: api.url,
      backoff: fast,
      onError: () => {},
      ...options,
      ...more,
    })
    onTestFinished(() => tracker.shutdown({ timeoutMs: 0 }).then(() => undefined))
    return tracker
  }
  onTestFinished(() => api[Symbol.asyncDispose]())
  return { api, make, tracker: make() }
}

async function file(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), 'outbox-')), 'events.db')
}

test('a delivered event is in flight until its end, and counted once, however often it was tried', async () => {
  const telemetry = instrumented()
  const held = new Held()
  const { tracker } = await setUp(held.answer)
  const delivery = tracker.trackEvent('user123', 'visit')
  expect(await telemetry.inflight()).toBe(1)
  ;(await held.next())(503)
  const again = await held.next()
  expect(await telemetry.inflight()).toBe(1)
  expect(await telemetry.ended()).toEqual({})
  again(200)
  await delivery
  expect(await telemetry.counts('exported')).toEqual([
    { value: 1, attributes: { 'obsidianlaunch.operation': 'trackEvent', 'obsidianlaunch.environment': 'test' } },
  ])
  expect(await telemetry.inflight()).toBe(0)
})

test('the time of an event goes from its first attempt to its end, with the status of the last answer', async () => {
  const telemetry = instrumented()
  const { tracker, api } = await setUp(inTurn(status(503), ok))
  await tracker.trackEvent('user123', 'visit')
  const [duration, ...others] = await telemetry.durations()
  expect(others).toEqual([])
  expect(duration?.attributes).toEqual({
    'obsidianlaunch.operation': 'trackEvent',
    'obsidianlaunch.environment': 'test',
    'server.address': '127.0.0.1',
    'server.port': api.port,
    'http.response.status_code': 200,
  })
  expect(duration?.value.count).toBe(1)
  const between = (api.arrivals[1]?.at ?? 0) - (api.arrivals[0]?.at ?? 0)
  expect(duration?.value.sum).toBeGreaterThanOrEqual(between / 1_000)
})

test('the numbers are those of stats(), for events that end in every way', async () => {
  const telemetry = instrumented()
  const answers: Record<string, Answer> = {
    fine: ok,
    bad: status(400),
    gone: status(410),
    cut: (response) => response.destroy(),
  }
  const { tracker } = await setUp((...exchange) => answers[exchange[1].body.event ?? '']?.(...exchange), {
    queue: { maxEvents: 4, overflow: 'drop-oldest' },
    maxRetries: 0,
    concurrency: 1,
  })
  await tracker.trackEvent('user1', 'fine')
  await tracker.trackEvent('user1', 'bad').settled()
  await tracker.trackEvent('user1', 'gone').settled()
  await tracker.trackEvent('user1', 'cut').settled()
  await tracker.trackEvent('', 'invalid').settled()
  await tracker.trackEvent('user1', 'fine', { signal: AbortSignal.abort() }).settled()
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((user) => tracker.trackEvent(user, 'fine').settled())
  await Promise.all(many)
  await tracker.shutdown()
  await tracker.trackEvent('user1', 'late').settled()
  expect(await telemetry.ended()).toEqual({
    ok: 5,
    400: 1,
    410: 1,
    UND_ERR_SOCKET: 1,
    validation: 1,
    cancelled: 1,
    queue_full: 2,
    closed: 1,
  })
  const { delivered, rejected, dropped, pending } = tracker.stats()
  expect({ delivered, rejected, dropped, pending }).toEqual({ delivered: 5, rejected: 5, dropped: 3, pending: 0 })
  expect(await telemetry.inflight()).toBe(0)
})

test('what nobody wants sent is neither in flight nor a failure', async () => {
  const telemetry = instrumented()
  const { tracker, make } = await setUp(ok, { beforeSend: () => null })
  await tracker.trackEvent('user123', 'vetoed')
  await make({ enabled: false }).trackEvent('user123', 'switched off')
  expect(await telemetry.ended()).toEqual({})
  expect(await telemetry.inflight()).toBe(0)
})

test('a dead letter has failed by the answer that it got', async () => {
  const telemetry = instrumented()
  const { tracker } = await setUp(status(400), { outbox: sqliteOutbox(await file()) })
  const { outcome } = await tracker.trackEvent('user123', 'visit').settled()
  expect(outcome).toBe('dead')
  expect(await telemetry.ended()).toEqual({ 400: 1 })
  expect(await telemetry.inflight()).toBe(0)
})

test('what an outbox keeps as its attempts are used up counts once: where it is delivered in the end', async () => {
  const telemetry = instrumented()
  let isUp = false
  const { tracker } = await setUp((...exchange) => (isUp ? ok : status(503))(...exchange), {
    outbox: sqliteOutbox(await file()),
    maxRetries: 0,
  })
  const { outcome } = await tracker.trackEvent('user123', 'visit').settled()
  expect(outcome).toBe('pending')
  expect(await telemetry.ended()).toEqual({})
  isUp = true
  await expect.poll(() => tracker.stats().delivered).toBe(1)
  expect(await telemetry.ended()).toEqual({ ok: 1 })
  expect(await telemetry.inflight()).toBe(0)
})

test('what is found after a restart is in flight at most once, counts once, and has no link', async () => {
  const telemetry = instrumented()
  const path = await file()
  const held = new Held()
  const { tracker, make } = await setUp(held.answer, { outbox: sqliteOutbox(path) })
  const delivery = tracker.trackEvent('user123', 'visit').settled()
  await held.next()
  await tracker.shutdown({ timeoutMs: 0 })
  expect((await delivery).outcome).toBe('pending')
  expect(await telemetry.inflight()).toBe(0)
  const next = make({ outbox: sqliteOutbox(path) })
  await next.start()
  for (const code of [503, 503, 503]) {
    const answer = await held.next()
    expect(await telemetry.inflight()).toBe(1)
    answer(code)
  }
  ;(await held.next())(200)
  await expect.poll(() => next.stats().delivered).toBe(1)
  expect(await telemetry.ended()).toEqual({ ok: 1 })
  expect(await telemetry.inflight()).toBe(0)
  const found = telemetry.attempts().slice(1)
  expect(found).toHaveLength(4)
  for (const { links } of found) expect(links).toEqual([])
})

test('an event that is delivered after its caller has stopped waiting counts once', async () => {
  const telemetry = instrumented()
  const held = new Held()
  const { tracker } = await setUp(held.answer, { outbox: sqliteOutbox(await file()) })
  const controller = new AbortController()
  const delivery = tracker.trackEvent('user123', 'visit', { signal: controller.signal })
  await delivery.stored
  const answer = await held.next()
  controller.abort()
  expect((await delivery.settled()).outcome).toBe('pending')
  expect(await telemetry.ended()).toEqual({})
  answer(200)
  await expect.poll(() => tracker.stats().delivered).toBe(1)
  expect(await telemetry.ended()).toEqual({ ok: 1 })
  expect(await telemetry.inflight()).toBe(0)
})

test('what another owner of a shared outbox brings to its end is counted there', async () => {
  const telemetry = instrumented()
  const outbox = new OthersOutbox()
  const { tracker } = await setUp(ok, { outbox })
  const delivery = tracker.trackEvent('user123', 'visit')
  await delivery.stored
  expect(await telemetry.inflight()).toBe(1)
  outbox.end('user123', delivery.id)
  expect((await delivery.settled()).outcome).toBe('delivered')
  expect(await telemetry.inflight()).toBe(0)
  expect(await telemetry.ended()).toEqual({})
})

test('what was tracked before the instrumentation began counts from there on', async () => {
  const held = new Held()
  const { tracker } = await setUp(held.answer)
  const delivery = tracker.trackEvent('user123', 'visit')
  const waiting = tracker.trackEvent('user123', 'another')
  const answer = await held.next()
  const telemetry = instrumented()
  answer(200)
  ;(await held.next())(200)
  await Promise.all([delivery, waiting])
  expect(await telemetry.ended()).toEqual({ ok: 2 })
  expect(await telemetry.inflight()).toBe(0)
})

const unmoved = () => {}

test('what somebody else listened to before the instrumentation began counts, too', async () => {
  const { tracingChannel } = await import('node:diagnostics_channel')
  const { start } = tracingChannel('obsidianlaunch:event')
  start.subscribe(unmoved)
  onTestFinished(() => start.unsubscribe(unmoved))
  const held = new Held()
  const { tracker } = await setUp(held.answer)
  const deliveries = ['a', 'b'].map((name) => tracker.trackEvent('user123', name))
  const answer = await held.next()
  const telemetry = instrumented()
  answer(200)
  ;(await held.next())(200)
  await Promise.all(deliveries)
  expect(await telemetry.ended()).toEqual({ ok: 2 })
  expect(await telemetry.inflight()).toBe(0)
})

test('an SDK that is registered late counts what is tracked from then on, and never below 0', async () => {
  const stop = instrumentEvents()
  const late = new Telemetry()
  onTestFinished(() => {
    stop()
    metrics.disable()
  })
  const { tracker } = await setUp()
  const early = tracker.trackEvent('user123', 'visit')
  metrics.setGlobalMeterProvider(late.meterProvider)
  await early
  await tracker.trackEvent('user123', 'another')
  expect(await late.ended()).toEqual({ ok: 1 })
  expect(await late.inflight()).toBe(0)
})

test('without an SDK nothing is told, and nothing fails', async () => {
  onTestFinished(instrumentEvents())
  const { tracker, api } = await setUp()
  await tracker.trackEvent('user123', 'visit')
  expect(api.arrivals).toHaveLength(1)
})

type News = Parameters<NonNullable<Outbox['watch']>>[0]

/** An outbox that others send from. */
class OthersOutbox implements Outbox {
  readonly durable = true
  #news: News | undefined

  watch(news: News) {
    this.#news = news
  }

  end(customerId: string, id: string) {
    this.#news?.ended([{ kind: 'delivered', customerId, id, environment: 'test' }])
  }

  append(entries: readonly unknown[]) {
    return entries.map(() => 'stored' as const)
  }

  claim() {
    return []
  }

  settle(verdicts: readonly unknown[]) {
    return verdicts.map(() => true)
  }

  dueInMs() {
    return Infinity
  }

  dead() {
    return []
  }

  replay() {
    return 0
  }

  remove() {
    return false
  }

  forget() {
    return { pending: 0, dead: 0 }
  }

  counts() {
    return { pending: 0, dead: 0 }
  }

  close() {}
}
