import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import { expect, test } from 'vitest'
import type { Hello, Lanes, LetterPage, State } from '../../src/operate/wire.ts'
import { FlakyOutbox, framesOf, operated, retriesLater, token } from './operated.ts'

async function status(response: Promise<Response>): Promise<number> {
  return (await response).status
}

test('health is always 200, and readiness until the shutdown', async () => {
  await using own = await operated()
  expect((await own.get('/healthz')).status).toBe(200)
  await own.relay.start()
  expect((await own.get('/readyz')).status).toBe(200)
  await own.tracker.shutdown(0)
  expect((await own.get('/readyz')).status).toBe(503)
  expect((await own.get('/healthz')).status).toBe(200)
})

test('to look opens no outbox', async () => {
  await using own = await operated()
  expect(await (await own.get('/dead')).json()).toEqual({ letters: [] })
  await (await own.get('/metrics')).text()
  const [lanes] = await framesOf(await own.get('/events'), 'lanes', 1)
  expect(lanes).toEqual({ lanes: [], areCut: false, problem: 'The outbox is not open.' })
  expect(own.tracker.status().outbox.state).toBe('unopened')
})

test('metrics count requests, events and what waits, by names that Prometheus knows', async () => {
  await using own = await operated({ tracker: retriesLater })
  await own.relay.start()
  await own.send('ada')
  await own.send('ada', 'two', 'Bearer pk_unknown_0123456789abcdef')
  await own.bury('grace')
  own.mock.fail([{ status: 503, times: 100 }])
  await own.send('alan')
  await expect.poll(() => own.tracker.stats()).toMatchObject({ delivered: 1, dead: 1, pending: 1 })
  const response = await own.get('/metrics')
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
  const text = await response.text()
  const lines = [
    'obsidian_relay_requests_total{operation="trackEvent",status="200",problem=""} 2',
    'obsidian_relay_requests_total{operation="trackEvent",status="401",problem="key"} 1',
    'obsidian_relay_request_duration_seconds_count{operation="trackEvent"} 3',
    'obsidian_relay_events_accepted_total 3',
    'obsidian_relay_events_delivered_total 1',
    'obsidian_relay_events_pending 1',
    'obsidian_relay_events_dead 1',
    'obsidian_relay_gate{state="open"} 1',
    'obsidian_relay_gate{state="refused"} 0',
    'obsidian_relay_outbox_failing 0',
  ]
  for (const line of lines) expect(text.split('\n')).toContain(line)
  expect(text).toMatch(/^obsidian_relay_oldest_event_age_seconds [\d.e-]+$/m)
  // A counter does not count again what it has counted.
  expect(await (await own.get('/metrics')).text()).toContain('obsidian_relay_events_accepted_total 3\n')
})

test('of a shared outbox metrics and page tell what all have that share it, and ask once for many who look', async () => {
  let asked = 0
  const counts = async () => {
    asked++
    return { pending: 1_234, dead: 56 }
  }
  // What else it can do is asked of the tracker.
  await using own = await operated({ admin: { sharedOutbox: { durable: true, counts } as unknown as Outbox } })
  await own.relay.start()
  const pages = await Promise.all(Array.from({ length: 8 }, () => own.get('/events')))
  const found = await Promise.all(pages.map((page) => framesOf(page, 'lanes', 1)))
  for (const [lanes] of found) expect(lanes).toEqual({ lanes: [], areCut: false, totals: { pending: 1_234, dead: 56 } })
  const text = await (await own.get('/metrics')).text()
  for (const line of [
    'obsidian_relay_outbox_pending 1234',
    'obsidian_relay_outbox_dead 56',
    'obsidian_relay_events_pending 0',
  ])
    expect(text.split('\n')).toContain(line)
  expect(asked).toBeLessThan(8)
})

test('metrics tell what they know while the outbox does not answer', async () => {
  const sharedOutbox = { durable: true, counts: () => new Promise<never>(() => undefined) } as unknown as Outbox
  await using own = await operated({ admin: { sharedOutbox } })
  await own.relay.start()
  const text = await (await own.get('/metrics')).text()
  expect(text).not.toMatch(/^obsidian_relay_outbox_(pending|dead)\b/m)
  expect(text).not.toMatch(/\bnan$/im)
  expect(text.split('\n')).toContain('obsidian_relay_events_pending 0')
})

test('while a shared outbox is away, nothing is told that is not known, and it is told again once it is back', async () => {
  using flaky = new FlakyOutbox()
  await using own = await operated({
    tracker: { outbox: flaky.outbox },
    admin: { sharedOutbox: flaky.outbox },
    answerTimeoutMs: 100,
  })
  await own.relay.start()
  await own.bury('ada')
  const { letters } = (await (await own.get('/dead')).json()) as LetterPage
  expect(letters).toMatchObject([{ diedAt: Math.round(letters[0]?.diedAt ?? Number.NaN) }])
  flaky.isDown = true
  expect(await status(own.send('grace'))).toBe(503)
  const answer = await own.get('/dead')
  expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
  expect(await answer.json()).toMatchObject({ status: 503, detail: 'connect ECONNREFUSED 127.0.0.1:5432.' })
  const text = await (await own.get('/metrics')).text()
  expect(text).not.toMatch(/^obsidian_relay_(outbox_pending|outbox_dead|oldest_event_age_seconds) /m)
  expect(text).toMatch(/^obsidian_relay_outbox_failing 1$/m)
  const [lanes] = (await framesOf(await own.get('/events'), 'lanes', 1)) as Lanes[]
  expect(lanes).toEqual({ lanes: [], areCut: false, problem: expect.stringContaining('ECONNREFUSED') })
  flaky.isDown = false
  // Though no event has come that would show it.
  for (const line of [/^obsidian_relay_outbox_dead 1$/m, /^obsidian_relay_outbox_failing 0$/m])
    await expect.poll(async () => (await own.get('/metrics')).text()).toMatch(line)
})

test('an event that was refused with its request is counted as that request, and as no event', async () => {
  using flaky = new FlakyOutbox()
  await using own = await operated({ tracker: { outbox: flaky.outbox }, answerTimeoutMs: 5_000 })
  await own.relay.start()
  expect((await own.send('ada')).status).toBe(200)
  flaky.isDown = true
  expect((await own.send('ada')).status).toBe(503)
  const [state] = (await framesOf(await own.get('/events'), 'state', 1)) as State[]
  expect(state).toMatchObject({
    stats: { accepted: 1, rejected: 0, dropped: 0 },
    requests: { taken: 1, refused: { 'not-stored': 1 } },
  })
})

test('a page is told of the run, the state and who waits, again and again', async () => {
  await using own = await operated({ tracker: retriesLater })
  await own.relay.start()
  own.mock.fail([{ status: 503, times: 100 }])
  await own.send('ada')
  await expect.poll(async () => (await own.tracker.waiting())[0]?.attempts).toBe(1)
  const [hello] = (await framesOf(await own.get('/events'), 'hello', 1)) as Hello[]
  expect(hello).toEqual({
    run: expect.any(String),
    startedAt: expect.any(Number),
    environment: 'test',
    isShared: false,
  })
  const states = (await framesOf(await own.get('/events'), 'state', 3)) as State[]
  expect(states.at(-1)).toMatchObject({
    stats: { accepted: 1, pending: 1 },
    status: { state: 'open', gate: { state: 'open' }, outbox: { durable: true, state: 'open' } },
    requests: { taken: 1, refused: {} },
  })
  const [lanes] = (await framesOf(await own.get('/events'), 'lanes', 1)) as Lanes[]
  expect(lanes).toMatchObject({ areCut: false, lanes: [{ customerId: 'ada', pending: 1, attempts: 1 }] })
  expect(lanes?.lanes[0]?.lastFailure).toMatch(/503/)
})

test('dead letters come in pages, without what is in their events', async () => {
  await using own = await operated()
  await own.relay.start()
  const names = Array.from({ length: 205 }, (_, at) => `customer-${at}`)
  own.mock.fail([{ status: 400, times: 1_000 }])
  await Promise.all(names.map((name) => own.tracker.trackEvent(name, 'secret_name').settled()))
  const first = (await (await own.get('/dead')).json()) as LetterPage
  const second = (await (await own.get(`/dead?after=${first.next}`)).json()) as LetterPage
  expect([first.letters.length, second.letters.length, second.next]).toEqual([200, 5, undefined])
  expect(new Set([...first.letters, ...second.letters].map(({ customerId }) => customerId))).toEqual(new Set(names))
  expect(first.letters[0]).toMatchObject({
    operation: 'trackEvent',
    environment: 'test',
    reason: 'refused',
    status: 400,
  })
  expect(JSON.stringify([first, second])).not.toContain('secret_name')
})

test('replay sends dead letters again, and forget erases a customer', async () => {
  await using own = await operated()
  await own.relay.start()
  await own.bury('ada', 'grace')
  const { letters } = (await (await own.get('/dead')).json()) as LetterPage
  const ids = letters.filter(({ customerId }) => customerId === 'ada').map(({ id }) => id)
  expect(await (await own.post('/replay', { ids })).json()).toEqual({ replayed: 1 })
  await expect.poll(() => own.tracker.stats()).toMatchObject({ delivered: 1, dead: 1 })
  expect(await (await own.post('/forget', { customerId: 'grace' })).json()).toEqual({ forgotten: 1 })
  expect(own.tracker.stats()).toMatchObject({ dead: 0, pending: 0, dropped: 1 })
})

test('what could do nothing is refused with the reason', async () => {
  await using own = await operated()
  await own.relay.start()
  expect(await status(own.post('/replay', { ids: 'all' }))).toBe(400)
  expect(await status(own.post('/replay', { ids: Array.from({ length: 1_001 }, String) }))).toBe(400)
  expect(await status(own.post('/forget', { customerId: '' }))).toBe(400)
  expect(await status(own.post('/forget', '{"customerId":'))).toBe(400)
  expect(await status(own.post('/forget', 'null'))).toBe(400)
  expect(await status(own.post('/forget', ' '.repeat(600_000)))).toBe(400)
  expect(await status(own.post('/forget', { customerId: 'ada' }, { 'content-type': 'text/plain' }))).toBe(415)
  expect(await status(own.get('/forget'))).toBe(405)
  expect(await status(own.post('/metrics', {}))).toBe(405)
  expect(await status(own.get('/nowhere'))).toBe(404)
  await own.tracker.shutdown(0)
  expect(await status(own.post('/forget', { customerId: 'ada' }))).toBe(503)
})

test('every answer forbids to keep it, to frame it and to load anything from elsewhere', async () => {
  await using own = await operated()
  for (const path of ['/', '/page.js', '/metrics', '/dead', '/nowhere', '/healthz']) {
    const { headers } = await own.get(path)
    expect([path, headers.get('cache-control')]).toEqual([path, 'no-store'])
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types/,
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('the token of the project is in no answer', async () => {
  await using own = await operated({
    tracker: { fetch: async () => new Response(`You sent ${token}`, { status: 400 }) },
  })
  await own.relay.start()
  await own.tracker.trackEvent('ada', 'one').settled()
  const answers = await Promise.all(['/dead', '/metrics', '/'].map(async (path) => (await own.get(path)).text()))
  expect(answers[0]).toContain('You sent')
  expect(answers.join(' ')).not.toContain(token)
})

test('a page that is slow gets no frame that was made before it asked for one', async () => {
  await using own = await operated()
  const { body } = await own.admin.fetch(new Request('http://localhost/events'))
  const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
  await reader.read()
  await new Promise((later) => setTimeout(later, 20))
  const askedAt = Date.now()
  const { value } = await reader.read()
  const [, state = '{}'] = /event: state\ndata: (.*)/.exec(new TextDecoder().decode(value)) ?? []
  expect((JSON.parse(state) as State).at).toBeGreaterThanOrEqual(askedAt)
  await reader.cancel()
})

test('a HEAD gets the headers alone, of a stream, too', async () => {
  await using own = await operated()
  for (const path of ['/', '/events', '/metrics']) {
    const response = await fetch(`${own.url}${path}`, { method: 'HEAD' })
    expect([path, response.status, await response.text()]).toEqual([path, 200, ''])
  }
})

test('close ends the connections of pages', async () => {
  await using own = await operated()
  const response = await own.get('/events')
  own.admin.close()
  await expect(response.text()).resolves.toContain('event: hello')
})

test('a tracker without a durable outbox is shown, too', async () => {
  await using own = await operated({ isDirect: true })
  await own.relay.start()
  own.mock.fail([{ status: 503, times: 100 }])
  own.tracker.trackEvent('ada', 'one')
  await expect
    .poll(async () => ((await framesOf(await own.get('/events'), 'lanes', 1)) as Lanes[])[0]?.lanes[0]?.lastFailure)
    .toMatch(/503/)
  expect(await (await own.get('/dead')).json()).toEqual({ letters: [] })
})
