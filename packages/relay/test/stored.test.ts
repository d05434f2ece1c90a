import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteOutbox } from '@obsidianlaunch/events/sqlite'
import { hang, status } from '@obsidianlaunch/testkit/api'
import { expect, test } from 'vitest'
import { key, origin, problemOf, projectToken, running } from './support/relay.ts'

test('An event is answered by its id once it is stored, and arrives with the token that the client never had', async () => {
  await using relay = await running()
  const response = await relay.post({
    customer_id: 'user123',
    event: 'button_click',
    category: 'Web',
    property: { a: 1 },
  })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
  const { id } = (await response.json()) as { id: string }
  await expect
    .poll(() => relay.api.arrivals)
    .toMatchObject([
      {
        path: '/events/test',
        id,
        body: { customer_id: 'user123', event: 'button_click', category: 'Web', property: { a: 1 } },
        headers: { authorization: `Bearer ${projectToken}` },
      },
    ])
})

test('A customer is identified with all the fields of the API', async () => {
  await using relay = await running()
  const body = {
    customer_id: 'user123',
    name: 'John',
    properties: { plan: 'premium' },
    planValue: 50,
    created: 1_708_258_507,
  }
  expect(await (await relay.post(body, { path: '/customer/test' })).json()).toMatchObject({ stored: true })
  await expect
    .poll(() => relay.api.arrivals.map(({ path, body: arrived }) => [path, arrived]))
    .toEqual([['/customer/test', body]])
})

test('An event is answered while the API is silent, and one customer’s events arrive in the order of their answers', async () => {
  let isDown = true
  await using relay = await running({
    api: (response, ...rest) => (isDown ? status(500)(response, ...rest) : response.writeHead(200).end('{}')),
    tracker: { backoff: { baseMs: 1, capMs: 10 } },
  })
  for (const event of ['first', 'second', 'third']) {
    expect((await relay.post({ customer_id: 'user123', event })).status).toBe(200)
  }
  isDown = false
  const arrived = () => relay.api.eventsOf('user123').filter((event, at, all) => event !== all[at - 1])
  await expect.poll(arrived).toEqual(['first', 'second', 'third'])
})

test('An Idempotency-Key is the event’s id: the same request again has the same answer and arrives once', async () => {
  await using relay = await running()
  const send = () => relay.post(undefined, { headers: { 'idempotency-key': 'order-1' } })
  const [first, second] = [await send(), await send()]
  expect([await first.json(), await second.json()]).toEqual([
    { id: 'order-1', stored: true },
    { id: 'order-1', stored: true },
  ])
  await relay.tracker.flush()
  expect(relay.api.arrivals.map(({ id }) => id)).toEqual(['order-1'])
})

test('The same Idempotency-Key with another event is a conflict, and the first one arrives', async () => {
  await using relay = await running({ api: hang })
  const headers = { 'idempotency-key': 'order-1' }
  expect((await relay.post({ customer_id: 'user123', event: 'a' }, { headers })).status).toBe(200)
  const refused = await relay.post({ customer_id: 'user123', event: 'b' }, { headers })
  expect([refused.status, (await problemOf(refused)).name]).toEqual([422, 'conflict'])
  expect((await relay.post({ customer_id: 'another', event: 'b' }, { headers })).status).toBe(200)
})

test('A beacon has its key and its id in the query, and its body as text', async () => {
  await using relay = await running()
  const response = await fetch(`${relay.url}/events/test?key=${key}&id=beacon-1`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain;charset=UTF-8', origin },
    body: '{"customer_id":"user123","event":"left"}',
  })
  expect(await response.json()).toEqual({ id: 'beacon-1', stored: true })
  expect(relay.last).toMatchObject({ path: '/events/test', key: 'web', id: 'beacon-1' })
  expect(JSON.stringify(relay.records)).not.toContain(key)
})

test('An event that could not be stored is refused with the time to wait, and is not sent later', async () => {
  const outbox = sqliteOutbox(join(mkdtempSync(join(tmpdir(), 'relay-')), 'events.db'), { maxBytes: 131_072 })
  await using relay = await running({ api: hang, tracker: { outbox } })
  const send = (at: number) =>
    relay.post(
      { customer_id: `user${at}`, event: 'large', property: { text: 'x'.repeat(20_000) } },
      { headers: { 'idempotency-key': `${at}` } },
    )
  const answers: Response[] = []
  for (let at = 0; at < 12; at++) answers.push(await send(at))
  const refused = answers.findIndex(({ status: code }) => code === 503)
  expect(refused).toBeGreaterThan(0)
  expect(answers[refused]?.headers.get('retry-after')).toBe('5')
  expect((await problemOf(answers[refused] as Response)).name).toBe('not-stored')
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(503)
  const stored = answers.filter(({ status: code }) => code === 200).length
  expect(relay.tracker.stats()).toMatchObject({ pending: stored })
})

test('An outbox that does not answer is not waited for longer than the answer may take', async () => {
  const never = new Promise<never>(() => undefined)
  const outbox = new Proxy(sqliteOutbox(join(tmpdir(), 'never.db')), {
    get: (real, name) =>
      name === 'durable' ? true : name === 'counts' || name === 'append' ? () => never : Reflect.get(real, name),
  })
  await using relay = await running({
    tracker: { outbox, maxDeliveryMs: 300 },
    relay: { anyone: true, answerTimeoutMs: 50 },
  }).catch((error: unknown) => Promise.reject(error))
  const refused = await relay.post()
  expect([refused.status, (await problemOf(refused)).name]).toEqual([503, 'not-stored'])
})

test('What a hook drops is answered as not stored, and nothing arrives', async () => {
  await using relay = await running({ relay: { anyone: true, mutate: () => null } })
  expect(await (await relay.post()).json()).toEqual({ id: '', stored: false })
  await using vetoed = await running({ relay: { anyone: true }, tracker: { beforeSend: () => null } })
  expect(await (await vetoed.post()).json()).toMatchObject({ stored: false })
  await Promise.all([relay.tracker.flush(), vetoed.tracker.flush()])
  expect([relay.api.arrivals, vetoed.api.arrivals]).toEqual([[], []])
})

test('After stop every request is refused with the time to wait, and what was answered before has been stored', async () => {
  await using relay = await running({ api: hang })
  await relay.post()
  const report = await relay.relay.stop({ timeoutMs: 0 })
  expect(report).toMatchObject({ accepted: 1, pending: 1 })
  const refused = await relay.post()
  expect([refused.status, refused.headers.get('retry-after'), (await problemOf(refused)).name]).toEqual([
    503,
    '5',
    'closing',
  ])
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${relay.url}/healthz`)).status).toBe(200)
})

test('stop waits for a request whose body is still on its way', async () => {
  await using relay = await running()
  const { promise: rest, resolve: finish } = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"customer_id":"user123",')),
      pull: async (controller) => {
        await rest
        controller.enqueue(new TextEncoder().encode('"event":"late"}'))
        controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const answer = relay.relay.fetch(
    new Request(`${relay.url}/events/test`, { method: 'POST', body, headers, duplex: 'half' }),
  )
  const stopped = relay.relay.stop({ timeoutMs: 60_000 })
  finish()
  expect((await answer).status).toBe(200)
  expect(await stopped).toMatchObject({ accepted: 1, delivered: 1 })
})
