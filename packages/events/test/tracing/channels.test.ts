import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { describe, expect, test, vi } from 'vitest'
import { type Delivery, EventTracker, type TrackerOptions } from '../../src/index.ts'
import { channelNames } from '../../src/tracing/messages.ts'
import { exposed } from '../support/exposure.ts'
import { Listening } from '../support/listening.ts'
import { OutboxFiles } from '../support/outbox-files.ts'
import { hang, inTurn, ok, type ScriptedServer, serve, status } from '../support/server.ts'
import { SharedStorage } from '../support/shared-outbox.ts'

const quick = { token: 'secret-token', backoff: { baseMs: 1, capMs: 2 }, onError: () => undefined } as const
const started = ['event start', 'attempt start']

function makeTracker(url: string, options: TrackerOptions = {}): EventTracker {
  return new EventTracker({ ...quick, baseUrl: url, ...options })
}

const byText = (one: unknown[], other: unknown[]) => (String(one) < String(other) ? -1 : 1)
const noToken = () => Promise.reject(new Error('no token here'))

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 120_000, interval: 2 })
}

async function arrived(server: ScriptedServer, requests: number): Promise<void> {
  await until(() => server.arrivals.length >= requests)
}

describe('a listener is told of each event from its acceptance to its end', () => {
  test('delivered at the second attempt: one object all the way, and each attempt within it', async () => {
    await using server = await serve(inTurn(status(503), ok))
    using listening = new Listening()
    const tracker = makeTracker(server.url)
    const { id } = await tracker.trackEvent('user123', 'button_click')
    await tracker.shutdown()
    expect(listening.heard.map(({ what }) => what)).toEqual([
      'event start',
      'event end',
      'attempt start',
      'attempt end',
      'attempt error',
      'attempt asyncStart',
      'attempt asyncEnd',
      'attempt start',
      'attempt end',
      'attempt asyncStart',
      'attempt asyncEnd',
      'event asyncStart',
      'event asyncEnd',
    ])
    const [first] = listening.heard
    const about = { id, operation: 'trackEvent', customerId: 'user123', environment: 'test', isFound: false }
    expect(first?.at).toEqual(about)
    expect(listening.events()).toEqual([{ ...about, outcome: 'delivered' }])
    expect(listening.events()[0]).toBe(first?.message)
    const [failed, delivered] = listening.attempts()
    const url = `${server.url}/events/test`
    expect(failed).toMatchObject({ attempt: 1, url, status: 503, next: 'retry', error: { code: 'api', status: 503 } })
    expect(failed?.retryInMs).toBeGreaterThanOrEqual(0)
    expect(failed?.durationMs).toBeGreaterThan(0)
    expect(delivered).toMatchObject({ attempt: 2, url, status: 200, next: 'delivered' })
    expect(delivered?.error).toBeUndefined()
    for (const { event } of listening.attempts()) expect(event).toBe(first?.message)
  })

  test('in the async context of its caller, and its end in nobody’s', async () => {
    await using server = await serve(ok)
    const context = new AsyncLocalStorage<string>()
    const seen: string[] = []
    using _ = new Listening(({ what }) => seen.push(`${what}: ${context.getStore()}`))
    const tracker = makeTracker(server.url)
    await context.run('request 1', () => tracker.trackEvent('user123', 'button_click').settled())
    await context.run('request 2', () => tracker.trackEvent('', 'button_click').settled())
    expect(seen.filter((what) => /event start|attempt start|event asyncEnd/.test(what))).toEqual([
      'event start: request 1',
      'attempt start: undefined',
      'event asyncEnd: undefined',
      'event start: request 2',
      'event asyncEnd: request 2',
    ])
  })

  test.each([
    ['refused as it is', {}, (tracker: EventTracker) => tracker.trackEvent(' ', 'x'), 'rejected', 'validation'],
    ['vetoed', { beforeSend: () => null }, (tracker) => tracker.trackEvent('user123', 'x'), 'skipped', undefined],
    [
      'not sent by a tracker that is off',
      { enabled: false },
      (tracker) => tracker.trackEvent('user123', 'x'),
      'skipped',
      undefined,
    ],
    [
      'too large for the queue',
      { queue: { maxBytes: 1 } },
      (tracker) => tracker.trackEvent('user123', 'x'),
      'dropped',
      'queue_full',
    ],
    [
      'cancelled before it',
      {},
      (tracker) => tracker.trackEvent('user123', 'x', { signal: AbortSignal.abort() }),
      'dropped',
      'cancelled',
    ],
  ] satisfies [string, TrackerOptions, (tracker: EventTracker) => Delivery, string, string | undefined][])(
    'what is %s has a start and an end at the call, and no attempt',
    async (_, options, call, outcome, code) => {
      using listening = new Listening()
      const tracker = makeTracker('http://127.0.0.1:9', options)
      await call(tracker).settled()
      expect(listening.story).toEqual(['event start', `event ${outcome}`])
      expect(listening.events()[0]?.error?.code).toBe(code)
      await tracker.shutdown()
    },
  )

  test('what leaves a full queue, is cancelled there, is in flight as its customer is erased, or is left by a shutdown', async () => {
    await using server = await serve(hang)
    using listening = new Listening()
    const tracker = makeTracker(server.url, { concurrency: 1, queue: { maxEvents: 3, overflow: 'drop-oldest' } })
    const cancel = new AbortController()
    const inFlight = tracker.trackEvent('erased', 'in flight')
    await arrived(server, 1)
    const evicted = tracker.trackEvent('full', 'evicted')
    void tracker.trackEvent('left', 'left')
    const cancelled = tracker.trackEvent('cancelled', 'cancelled', { signal: cancel.signal })
    cancel.abort()
    await tracker.forget('erased')
    const settled = await Promise.all([inFlight, evicted, cancelled].map((delivery) => delivery.settled()))
    expect(settled.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'dropped'])
    await tracker.shutdown({ timeoutMs: 0 })
    const ends = listening.events().map(({ customerId, outcome, error }) => [customerId, outcome, error?.code])
    expect(ends.toSorted(byText)).toEqual([
      ['cancelled', 'dropped', 'cancelled'],
      ['erased', 'dropped', 'cancelled'],
      ['full', 'dropped', 'queue_full'],
      ['left', 'dropped', 'closed'],
    ])
    for (const { next, error } of listening.attempts()) expect([next, error]).toEqual(['released', undefined])
    expect(listening.story.filter((what) => what === 'attempt start')).toHaveLength(listening.attempts().length)
  })

  test('what used up its time: its last attempt says that it is given up', async () => {
    await using server = await serve(status(503))
    using listening = new Listening()
    const tracker = makeTracker(server.url, { maxRetries: 1 })
    await tracker.trackEvent('user123', 'x').settled()
    expect(listening.story).toEqual([
      ...started,
      'attempt retry',
      'attempt start',
      'attempt rejected',
      'event rejected',
    ])
    await tracker.shutdown()
  })

  test('a repeat is none: it shares the event of the first call', async () => {
    await using server = await serve(ok)
    using listening = new Listening()
    const tracker = makeTracker(server.url)
    const calls = [1, 2].map(() => tracker.trackEvent('user123', 'x', { id: 'one' }))
    await Promise.all(calls)
    expect(listening.story).toEqual([...started, 'attempt delivered', 'event delivered'])
    await tracker.shutdown()
  })
})

describe('with a durable outbox', () => {
  test('what a shutdown leaves is pending, and starts again as found after the restart', async () => {
    await using files = new OutboxFiles()
    await using server = await serve(inTurn(hang, ok))
    using listening = new Listening()
    const first = makeTracker(server.url, { outbox: files.open() })
    const { id } = first.trackEvent('user123', 'x')
    await arrived(server, 1)
    await first.shutdown({ timeoutMs: 0 })
    expect(listening.story).toEqual([...started, 'attempt released', 'event pending'])
    const second = makeTracker(server.url, { outbox: files.open() })
    await second.start()
    await second.flush()
    await second.shutdown()
    expect(listening.story.slice(4)).toEqual([...started, 'attempt delivered', 'event delivered'])
    const [kept, found] = listening.events()
    expect([kept?.isFound, found?.isFound, kept?.id, found?.id]).toEqual([false, true, id, id])
  })

  test('a dead letter, and once more as found when it is replayed', async () => {
    await using files = new OutboxFiles()
    await using server = await serve(inTurn(status(400), ok))
    using listening = new Listening()
    const tracker = makeTracker(server.url, { outbox: files.open() })
    await tracker.trackEvent('user123', 'x').settled()
    const [letter] = await tracker.deadLetters()
    await tracker.replay([letter?.id ?? ''])
    await tracker.flush()
    await tracker.shutdown()
    expect(listening.story).toEqual([
      ...started,
      'attempt dead',
      'event dead',
      ...started,
      'attempt delivered',
      'event delivered',
    ])
    expect(listening.events().map(({ isFound }) => isFound)).toEqual([false, true])
  })

  test('each time that a found one goes back, this part of its way has ended', async () => {
    await using files = new OutboxFiles()
    await using server = await serve(inTurn(hang, status(503), status(503), ok))
    const first = makeTracker(server.url, { outbox: files.open() })
    void first.trackEvent('user123', 'x')
    await arrived(server, 1)
    await first.shutdown({ timeoutMs: 0 })
    using listening = new Listening()
    const second = makeTracker(server.url, { outbox: files.open() })
    await second.start()
    await until(() => second.stats().delivered === 1)
    await second.shutdown()
    const kept = [...started, 'attempt retry', 'event pending']
    expect(listening.story).toEqual([...kept, ...kept, ...started, 'attempt delivered', 'event delivered'])
  })

  test('what another owner of a shared outbox has sent ends here as ended elsewhere', async () => {
    await using server = await serve(ok)
    using listening = new Listening()
    const storage = new SharedStorage()
    const [here, there] = [storage.open(), storage.open()]
    const one = makeTracker(server.url, { outbox: here, token: noToken })
    await one.trackEvent('user123', 'x').stored
    const other = makeTracker(server.url, { outbox: there })
    await other.start()
    await until(() => one.stats().delivered === 1)
    await Promise.all([one.shutdown(), other.shutdown()])
    const delivered = listening.events('delivered').map(({ isFound, isElsewhere }) => [isFound, isElsewhere])
    expect(delivered.toSorted(byText)).toEqual([
      [false, true],
      [true, undefined],
    ])
  })
})

describe('a listener that comes or goes in the middle', () => {
  test('is told of both ends of what began unheard, if it ends in its time', async () => {
    await using server = await serve(hang)
    const tracker = makeTracker(server.url, { concurrency: 1 })
    void tracker.trackEvent('user1', 'in flight')
    void tracker.trackEvent('user2', 'queued')
    await arrived(server, 1)
    using listening = new Listening()
    await tracker.shutdown({ timeoutMs: 0 })
    expect(listening.story).toEqual(['event start', 'event dropped', 'event start', 'event dropped'])
  })

  test('hears nothing of what went on without it, and the tracker goes on', async () => {
    await using server = await serve(ok)
    const tracker = makeTracker(server.url)
    const listening = new Listening()
    const delivery = tracker.trackEvent('user123', 'x')
    listening[Symbol.dispose]()
    await delivery
    await tracker.shutdown()
    expect(listening.story).toEqual(['event start'])
  })
})

describe('a store that is bound to the start of attempts', () => {
  const { start } = tracingChannel(channelNames.attempt)

  test('is active while the token is asked for and the request is made, and not in hooks', async () => {
    const store = new AsyncLocalStorage<object>()
    start.bindStore(store)
    const seen: Record<string, unknown> = {}
    const fetch = async () => {
      seen['fetch'] = store.getStore()
      return new Response('{}')
    }
    const token = () => ((seen['token'] = store.getStore()), 'secret-token')
    const onDelivered = () => void (seen['hook'] = store.getStore())
    const tracker = new EventTracker({ token, fetch, onDelivered })
    try {
      await tracker.trackEvent('user123', 'x')
      await tracker.shutdown()
    } finally {
      start.unbindStore(store)
    }
    const attempt = { attempt: 1, event: { customerId: 'user123' } }
    expect(seen).toMatchObject({ fetch: attempt, token: attempt, hook: undefined })
  })

  test('cannot keep an event from being sent, whatever it throws', async () => {
    await using server = await serve(ok)
    const broken = new AsyncLocalStorage<object>()
    let thrown = 0
    const fail = () => {
      thrown++
      throw new Error('a broken store')
    }
    // Nodes differ in the one that they call.
    Object.assign(broken, { run: fail, enterWith: fail, withScope: fail })
    start.bindStore(broken)
    const tracker = makeTracker(server.url)
    try {
      await tracker.trackEvent('user123', 'first')
      await tracker.trackEvent('user123', 'second')
    } finally {
      start.unbindStore(broken)
    }
    await tracker.shutdown()
    expect(server.log()).toEqual(['user123:first', 'user123:second'])
    expect(thrown).toBeGreaterThanOrEqual(2)
  })
})

test('no message has anything of a body, of an answer or of the token', async () => {
  const echo = JSON.stringify({ error: 'invalid', received: 'secret-property' })
  const refuse = (code: number) => status(code, { 'x-echo': 'secret-header' }, echo)
  await using server = await serve(inTurn(refuse(503), refuse(400), refuse(401), ok))
  const messages: unknown[] = []
  using _ = new Listening(({ message, at }) => messages.push(message, at))
  const tracker = makeTracker(server.url)
  const property = { plan: 'secret-property' }
  for (let call = 0; call < 3; call++) await tracker.trackEvent('user123', 'secret-event', { property }).settled()
  await tracker.identifyCustomer('user123', { name: 'secret-name' })
  // What is passed at a wrong place is nobody's id.
  await tracker.trackEvent({ name: 'secret-name' } as unknown as string, 'secret-event').settled()
  await tracker.shutdown()
  const thrown = Object.assign(new Error('no network'), { code: 'ENETDOWN', config: { data: 'secret-property' } })
  const other = makeTracker(server.url, { fetch: () => Promise.reject(thrown), maxRetries: 0 })
  await other.trackEvent('user123', 'secret-event', { property }).settled()
  await other.shutdown()
  const texts = messages.flatMap((message) => exposed(message))
  expect(messages.length).toBeGreaterThan(20)
  expect(texts.filter((text) => text.includes('secret'))).toEqual([])
  expect(texts).toContain('ENETDOWN')
})

function throwBody(event: unknown): never {
  throw new Error(`no ${JSON.stringify(event)}`)
}

async function trackInVain(options: TrackerOptions, property: object): Promise<void> {
  const tracker = makeTracker('http://127.0.0.1:1', options)
  const { outcome } = await tracker.trackEvent('user123', 'secret-event', { property }).settled()
  expect(outcome).toBe('rejected')
}

test('no message has anything that a call was refused for, but the field and the rule', async () => {
  const messages: unknown[] = []
  using _ = new Listening(({ message, at }) => messages.push(message, at))
  await trackInVain({ beforeSend: throwBody }, {})
  await trackInVain({ beforeSend: (event) => ({ ...event, 'secret-field': 1 }) }, {})
  await trackInVain({ eventNames: 'snake_case' }, {})
  await trackInVain({}, { 'secret-key': 5n })
  await trackInVain({}, { list: [{ toJSON: () => throwBody('secret-value') }] })
  const texts = messages.flatMap((message) => exposed(message))
  expect(texts.filter((text) => text.includes('secret'))).toEqual([])
  expect(texts).toContain('Not sent: property is a bigint, which JSON cannot carry.')
  expect(texts).toContain('Not sent: beforeSend returned unknown fields.')
})
