import {
  context,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type TracerProvider,
} from '@opentelemetry/api'
import { EventTracker, type TrackerOptions } from '@obsidianlaunch/events'
import { instrumentEvents } from '@obsidianlaunch/events/opentelemetry'
import { type Answer, hang, inTurn, ok, serve, status } from '@obsidianlaunch/testkit/api'
import { expect, onTestFinished, test } from 'vitest'
import { Held } from './support/held.ts'
import { instrumented } from './support/telemetry.ts'

const token = 'a-very-secret-token'
const fast = { baseMs: 1, capMs: 2 }

async function setUp(answer: Answer = ok, options: TrackerOptions = {}) {
  const api = await serve(answer)
  const tracker = new EventTracker({ token, baseUrl: api.url, backoff: fast, ...options })
  onTestFinished(async () => {
    await tracker.shutdown({ timeoutMs: 0 })
    await api[Symbol.asyncDispose]()
  })
  return { api, tracker }
}

test('an attempt is a client span under the names of the HTTP conventions', async () => {
  const telemetry = instrumented()
  const { tracker, api } = await setUp()
  const { id } = await tracker.trackEvent('user123', 'visit')
  const [span] = telemetry.attempts()
  expect(span?.name).toBe('POST /events/test')
  expect(span?.kind).toBe(SpanKind.CLIENT)
  expect(span?.status).toEqual({ code: SpanStatusCode.UNSET })
  expect(span?.attributes).toEqual({
    'http.request.method': 'POST',
    'url.full': `${api.url}/events/test`,
    'url.template': '/events/test',
    'server.address': '127.0.0.1',
    'server.port': api.port,
    'http.response.status_code': 200,
    'obsidianlaunch.event.id': id,
    'obsidianlaunch.operation': 'trackEvent',
    'obsidianlaunch.environment': 'test',
    'obsidianlaunch.attempt.next': 'delivered',
  })
})

test('a span has a trace of its own, and a link to the span in which the event was tracked', async () => {
  const telemetry = instrumented()
  const { tracker } = await setUp()
  const caller = telemetry.tracer.startSpan('GET /shop')
  const delivery = context.with(trace.setSpan(ROOT_CONTEXT, caller), () => tracker.trackEvent('user123', 'visit'))
  caller.end()
  await delivery
  const [span] = telemetry.attempts()
  expect(span?.links.map((link) => link.context)).toEqual([caller.spanContext()])
  expect(span?.parentSpanContext).toBeUndefined()
  expect(span?.spanContext().traceId).not.toBe(caller.spanContext().traceId)
})

test('an event that is tracked in no span has no link', async () => {
  const telemetry = instrumented()
  const { tracker } = await setUp()
  await tracker.trackEvent('user123', 'visit')
  expect(telemetry.attempts().map(({ links }) => links)).toEqual([[]])
})

test('each retry is a span of its own with the number of resends, and a link to the same span', async () => {
  const telemetry = instrumented()
  const { tracker } = await setUp(inTurn(status(503), status(503), ok))
  const caller = telemetry.tracer.startSpan('GET /shop')
  await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => tracker.trackEvent('user123', 'visit'))
  const spans = telemetry.attempts()
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(3)
  expect(spans.map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([undefined, 1, 2])
  expect(spans.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([503, 503, 200])
  expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual(['503', '503', undefined])
  expect(spans.map(({ attributes }) => attributes['obsidianlaunch.attempt.next'])).toEqual([
    'retry',
    'retry',
    'delivered',
  ])
  expect(spans.map((span) => span.status.code)).toEqual([
    SpanStatusCode.ERROR,
    SpanStatusCode.ERROR,
    SpanStatusCode.UNSET,
  ])
  for (const { links } of spans) expect(links[0]?.context).toEqual(caller.spanContext())
})

test('an attempt without an answer says why', async () => {
  const telemetry = instrumented()
  const { tracker, api } = await setUp(ok, { maxRetries: 0 })
  await api[Symbol.asyncDispose]()
  await tracker.trackEvent('user123', 'visit').settled()
  const [span] = telemetry.attempts()
  expect(span?.attributes['error.type']).toBe('ECONNREFUSED')
  expect(span?.attributes['http.response.status_code']).toBeUndefined()
  expect(span?.status.code).toBe(SpanStatusCode.ERROR)
  expect(span?.status.message).toMatch(/refused/i)
})

test('an answer that does not come in time is a timeout', async () => {
  const telemetry = instrumented()
  const { tracker } = await setUp(hang, { maxRetries: 0, attemptTimeoutMs: 20 })
  await tracker.trackEvent('user123', 'visit').settled()
  expect(telemetry.attempts().map(({ attributes }) => attributes['error.type'])).toEqual(['timeout'])
})

test('an attempt that a shutdown cuts short is no error', async () => {
  const telemetry = instrumented()
  const { tracker, api } = await setUp(hang)
  const ended = tracker.trackEvent('user123', 'visit').settled()
  await expect.poll(() => api.arrivals.length).toBe(1)
  await tracker.shutdown({ timeoutMs: 0 })
  await ended
  await expect.poll(() => telemetry.attempts().length).toBe(1)
  const [span] = telemetry.attempts()
  expect(span?.status).toEqual({ code: SpanStatusCode.UNSET })
  expect(span?.attributes['error.type']).toBeUndefined()
  expect(span?.attributes['obsidianlaunch.attempt.next']).toBe('released')
})

test('no span has anything of a body, of an answer or of the token', async () => {
  const telemetry = instrumented({ customerIds: true })
  const answer = '{"error":"traits.email ada@example.com is taken"}'
  const { tracker } = await setUp(status(400, { 'content-type': 'application/json' }, answer))
  await tracker.identifyCustomer('user123', { name: 'Ada', email: 'ada@example.com' }).settled()
  await tracker.trackEvent('user123', 'very private', { property: { secret: 'ada@example.com' } }).settled()
  expect(telemetry.attempts()).toHaveLength(2)
  const told = telemetry
    .attempts()
    .map(({ name, attributes, status: how, events, links }) => ({ name, attributes, how, events, links }))
  for (const secret of ['ada', 'Ada', 'private', 'secret', token, 'taken'])
    expect(JSON.stringify(told)).not.toContain(secret)
})

test('an address is told without what stands before its host or behind its path', async () => {
  const telemetry = instrumented()
  const tracker = new EventTracker({
    token,
    baseUrl: 'https://events.example/under/a/path',
    fetch: () => Promise.resolve(new Response('{"success":true}')),
  })
  await tracker.trackEvent('user123', 'visit')
  expect(telemetry.attempts()[0]?.attributes).toMatchObject({
    'url.full': 'https://events.example/under/a/path/events/test',
    'server.address': 'events.example',
    'server.port': 443,
  })
})

test.each([
  [{}, undefined],
  [{ customerIds: false }, undefined],
  [{ customerIds: true }, 'ada@example.com'],
])('customer ids are in spans only where that is asked for: %o', async (options, told) => {
  const telemetry = instrumented(options)
  const { tracker } = await setUp()
  await tracker.trackEvent('ada@example.com', 'visit')
  expect(telemetry.attempts()[0]?.attributes['obsidianlaunch.customer.id']).toBe(told)
})

test('the span of an attempt is active while its token is asked for and its request is made, and not in hooks', async () => {
  const telemetry = instrumented()
  const api = await serve()
  const active: Record<string, string | undefined> = {}
  const note = (where: string) => (active[where] = trace.getSpan(context.active())?.spanContext().spanId)
  const tracker = new EventTracker({
    token: async () => {
      note('token')
      return Promise.resolve(token)
    },
    baseUrl: api.url,
    fetch: (url, init) => {
      note('fetch')
      return fetch(url, init)
    },
    onDelivered: () => note('hook'),
  })
  const caller = telemetry.tracer.startSpan('GET /shop')
  await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => tracker.trackEvent('user123', 'visit'))
  const own = telemetry.attempts()[0]?.spanContext().spanId
  expect(active).toEqual({ token: own, fetch: own, hook: undefined })
  await api[Symbol.asyncDispose]()
})

test('two pipelines are told of the same attempts, and the request is made once', async () => {
  const [first, second] = [instrumented(), instrumented()]
  const { tracker, api } = await setUp()
  await tracker.trackEvent('user123', 'visit')
  expect(first.attempts()).toHaveLength(1)
  expect(second.attempts()).toHaveLength(1)
  expect(api.arrivals).toHaveLength(1)
  expect(await first.ended()).toEqual({ ok: 1 })
  expect(await second.ended()).toEqual({ ok: 1 })
})

test('the same providers twice would tell everything twice, and are refused', () => {
  const { tracerProvider, meterProvider, stop } = instrumented()
  expect(() => instrumentEvents({ tracerProvider })).toThrow(/already/)
  expect(() => instrumentEvents({ meterProvider })).toThrow(/already/)
  instrumentEvents()()
  const end = instrumentEvents()
  expect(() => instrumentEvents()).toThrow(/already/)
  end()
  stop()
  stop()
  instrumentEvents({ tracerProvider, meterProvider })()
})

test('what is no option is refused with what is', () => {
  expect(() => instrumentEvents({ customerId: true } as object)).toThrow(
    'customerId is not known; known are: tracerProvider, meterProvider, customerIds',
  )
  expect(() => instrumentEvents({ tracerProvider: {} as TracerProvider })).toThrow('getTracer')
  expect(() => instrumentEvents({ meterProvider: 1 as never })).toThrow('getMeter')
  expect(() => instrumentEvents({ customerIds: 'yes' as never })).toThrow('true or false')
  expect(() => instrumentEvents(null as never)).toThrow('must be an object')
})

test('once it is stopped nothing is told any more, and what was open has ended', async () => {
  const telemetry = instrumented()
  const held = new Held()
  const { tracker } = await setUp(held.answer)
  const delivery = tracker.trackEvent('user123', 'visit')
  const refuse = await held.next()
  expect(telemetry.attempts()).toEqual([])
  expect(await telemetry.inflight()).toBe(1)
  telemetry.stop()
  expect(telemetry.attempts()).toHaveLength(1)
  expect(await telemetry.inflight()).toBe(0)
  refuse(503)
  ;(await held.next())(200)
  await delivery
  const another = tracker.trackEvent('user123', 'another')
  ;(await held.next())(200)
  await another
  expect(telemetry.attempts()).toHaveLength(1)
  expect(await telemetry.inflight()).toBe(0)
  expect(await telemetry.ended()).toEqual({})
})

function broken(): never {
  throw new Error('out of order')
}

test('an SDK that throws delays no event, and its diagnostics tell', async () => {
  const told: unknown[] = []
  const logger = {
    error: (...args: unknown[]) => told.push(args),
    warn: () => {},
    info: () => {},
    debug: () => {},
    verbose: () => {},
  }
  diag.setLogger(logger, { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true })
  onTestFinished(() => diag.disable())
  instrumented({
    tracerProvider: { getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) },
    meterProvider: { getMeter: broken },
  })
  const { tracker } = await setUp()
  expect((await tracker.trackEvent('user123', 'visit')).status).toBe(200)
  expect(JSON.stringify(told)).toContain('a span or a count is missing')
})

test('a listener that makes the request never, twice or with an error changes nothing about it', async () => {
  const { tracingChannel } = await import('node:diagnostics_channel')
  const { tracker, api } = await setUp()
  const ways = [
    () => {},
    (send: () => void) => (send(), send()),
    () => {
      throw new Error('out of order')
    },
  ]
  const listener = (message: unknown) => void Object.assign(message as object, { within: ways.shift() })
  const { start } = tracingChannel('obsidianlaunch:attempt')
  start.subscribe(listener)
  onTestFinished(() => start.unsubscribe(listener))
  for (const name of ['a', 'b', 'c']) await tracker.trackEvent('user123', name)
  expect(api.eventsOf('user123')).toEqual(['a', 'b', 'c'])
})
