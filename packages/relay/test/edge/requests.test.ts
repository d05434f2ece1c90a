import { describe, expect, test } from 'vitest'
import { key, origin, problemOf, projectToken, running } from '../support/relay.ts'

const event = { customer_id: 'user123', event: 'button_click' }

/** The name of a problem and its status. */
async function refusalOf(response: Response): Promise<[number, string]> {
  return [response.status, (await problemOf(response)).name]
}

describe('A body', () => {
  test.each([
    ['is no JSON', '{"customer_id":', 'The body cannot be parsed as JSON.'],
    ['is empty', '', 'The body is empty.'],
    ['is not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'The body is not UTF-8.'],
  ])('that %s is refused', async (_what, body, detail) => {
    await using relay = await running()
    const response = await relay.post(body)
    expect(await problemOf(response)).toMatchObject({ status: 400, name: 'not-json', detail })
    expect(relay.tracker.stats().accepted).toBe(0)
  })

  test.each([
    [{ event: 'a' }, '#/customer_id', 'is missing'],
    [{ customer_id: 'a' }, '#/event', 'is missing'],
    [{ ...event, event: 5 }, '#/event', 'must be string'],
    [{ ...event, property: [] }, '#/property', 'must be object'],
    [{ ...event, 'a/b~c.d': 1 }, '#/a~1b~0c.d', 'is not a known field'],
    [[], '#', 'must be object'],
  ])('that the API’s document forbids is refused with a pointer to the field: %j', async (body, pointer, detail) => {
    await using relay = await running()
    const problem = await problemOf(await relay.post(body))
    expect(problem).toMatchObject({ status: 400, name: 'not-valid' })
    expect(problem.errors).toEqual([{ pointer, detail }])
  })

  test.each([
    ['{"customer_id":" ","event":"a"}', '#/customer_id'],
    [`{"customer_id":"a","event":"a","property":{"x.y":{"z":"\\ud800"}}}`, '#/property/x.y/z'],
  ])(
    'that the OpenAPI document allows and no server could use is refused with a pointer: %s',
    async (body, pointer) => {
      await using relay = await running()
      const problem = await problemOf(await relay.post(body))
      expect(problem).toMatchObject({ status: 422, name: 'not-sendable' })
      expect(problem.errors?.map((fault) => fault.pointer)).toEqual([pointer])
    },
  )

  test('with a number that would be rounded is refused, and not changed in silence', async () => {
    await using relay = await running()
    const response = await relay.post('{"customer_id":"a","event":"a","property":{"id":1524831183200260097}}')
    expect(await refusalOf(response)).toEqual([422, 'not-sendable'])
  })

  test('may have as many bytes as the option says, and not one more', async () => {
    const text = JSON.stringify(event)
    await using relay = await running({ relay: { anyone: true, maxBodyBytes: text.length } })
    expect((await relay.post(text)).status).toBe(200)
    expect(await refusalOf(await relay.post(`${text} `))).toEqual([413, 'too-large'])
  })

  test('whose length is not said is counted while it is read', async () => {
    await using relay = await running()
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        controller.enqueue(new Uint8Array(4_096).fill(0x20))
        sent++
      },
    })
    const response = await relay.relay.fetch(
      new Request(`${relay.url}/events/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: endless,
        duplex: 'half',
      }),
    )
    expect(await refusalOf(response)).toEqual([413, 'too-large'])
    expect(sent).toBeLessThan(20)
  })

  test('that does not come is waited for as long as the option says', async () => {
    await using relay = await running({ relay: { anyone: true, bodyTimeoutMs: 30 } })
    const body = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => undefined) })
    const headers = { 'content-type': 'application/json' }
    const request = new Request(`${relay.url}/events/test`, {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    })
    expect(await refusalOf(await relay.relay.fetch(request))).toEqual([408, 'slow'])
  })

  test.each(['application/x-www-form-urlencoded', 'application/json; charset=latin1', 'multipart/form-data', ''])(
    'of the type %j is refused before it is read, and the answer says what is taken',
    async (type) => {
      await using relay = await running()
      const response = await relay.post(new TextEncoder().encode(JSON.stringify(event)), {
        headers: { 'content-type': type },
      })
      expect(response.headers.get('accept')).toBe('application/json, text/plain')
      expect(await refusalOf(response)).toEqual([415, 'media-type'])
    },
  )

  test.each([
    'application/json;charset="UTF-8"',
    'Application/JSON ; charset=utf-8',
    'text/plain',
    'text/plain;charset=UTF-8',
  ])('of the type %j is taken, and a byte order mark with it', async (type) => {
    await using relay = await running()
    const response = await relay.post(`\uFEFF${JSON.stringify(event)}`, { headers: { 'content-type': type } })
    expect(response.status).toBe(200)
    await expect.poll(() => relay.api.arrivals.map(({ text }) => text)).toEqual([JSON.stringify(event)])
  })

  test('that is compressed is refused', async () => {
    await using relay = await running()
    expect(await refusalOf(await relay.post(event, { headers: { 'content-encoding': 'gzip' } }))).toEqual([
      415,
      'media-type',
    ])
  })
})

describe('An Idempotency-Key', () => {
  test.each(['x'.repeat(256), 'ä', 'a\tb'])('that no event can have is refused: %j', async (id) => {
    await using relay = await running()
    const response = await fetch(`${relay.url}/events/test?id=${encodeURIComponent(id)}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', authorization: `Bearer ${key}` },
      body: JSON.stringify(event),
    })
    expect(await refusalOf(response)).toEqual([400, 'bad-id'])
  })
})

describe('A path', () => {
  test('that is none of the API’s is not found, and the answer names those that are', async () => {
    await using relay = await running()
    const problem = await problemOf(await relay.post(event, { path: '/event' }))
    expect(problem).toMatchObject({ status: 404, name: 'not-found' })
    expect(problem.detail).toContain('POST /customer/test and POST /events/test')
  })

  test('of the other environment is not found, and the answer says which this one is', async () => {
    await using relay = await running()
    const { detail } = await problemOf(await relay.post(event, { path: '/events' }))
    expect(detail).toContain('this relay sends to the test environment')
    await using production = await running({ tracker: { environment: 'production' } })
    expect((await production.post(event, { path: '/events' })).status).toBe(200)
    await expect.poll(() => production.api.arrivals.map(({ path }) => path)).toEqual(['/events'])
  })

  test('is asked by POST', async () => {
    await using relay = await running()
    const response = await fetch(`${relay.url}/events/test`)
    expect(response.headers.get('allow')).toBe('POST, OPTIONS')
    expect(await refusalOf(response)).toEqual([405, 'method'])
  })

  test.each(['/collect', '/collect/'])('may stand behind the base path %s', async (basePath) => {
    await using relay = await running({ relay: { anyone: true, basePath } })
    expect((await relay.post(event, { path: '/collect/events/test' })).status).toBe(200)
    expect((await relay.post(event, { path: '/collect/events/test/' })).status).toBe(200)
    const { detail } = await problemOf(await relay.post(event))
    expect(detail).toContain('POST /collect/customer/test and POST /collect/events/test')
    expect((await relay.post(event, { path: '/collection/events/test' })).status).toBe(404)
    expect((await fetch(`${relay.url}/collect/healthz`)).status).toBe(200)
  })
})

test('A base path may have any letters', async () => {
  await using relay = await running({ relay: { anyone: true, basePath: '/zähler' } })
  expect((await relay.post(event, { path: '/zähler/events/test' })).status).toBe(200)
})

describe('A page', () => {
  test('of an allowed origin may read the answer, whatever it is', async () => {
    await using relay = await running()
    for (const body of [event, '{']) {
      const { headers } = await relay.post(body, { headers: { origin } })
      expect(headers.get('access-control-allow-origin')).toBe(origin)
      expect(headers.get('access-control-expose-headers')).toBe('retry-after')
      expect(headers.get('access-control-allow-credentials')).toBeNull()
      expect(headers.get('vary')).toBe('Origin')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  test.each([
    'https://app.example.com.evil.example',
    'https://app.example.co',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'null',
  ])('of %s is refused, and may not read why', async (stranger) => {
    await using relay = await running()
    const response = await relay.post(event, { headers: { origin: stranger } })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(await refusalOf(response)).toEqual([403, 'origin'])
    expect(relay.tracker.stats().accepted).toBe(0)
  })

  test('asks before it sends, and is answered before it has shown a key', async () => {
    await using relay = await running()
    const ask = (from: string) =>
      fetch(`${relay.url}/events/test`, {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
    const { status, headers } = await ask(origin)
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin])
    expect(headers.get('access-control-allow-headers')).toBe('authorization, content-type, idempotency-key')
    expect(headers.get('access-control-allow-methods')).toBe('POST')
    expect((await ask('https://evil.example')).status).toBe(403)
  })
})

/** The project token with its first letter escaped. */
function escapedIn(escape: '%' | '\\u00'): string {
  return escape + projectToken.charCodeAt(0).toString(16) + projectToken.slice(1)
}

describe('The project token', () => {
  test.each([
    { where: 'the header', headers: { authorization: `Bearer ${projectToken}` }, body: event },
    { where: 'the address', query: `?key=${projectToken}`, body: event },
    { where: 'the id', headers: { 'idempotency-key': projectToken }, body: event },
    { where: 'a cookie', headers: { cookie: `token=${projectToken}` }, body: event },
    { where: 'the address, escaped', query: `?key=${key}&id=${escapedIn('%')}`, body: event },
    {
      where: 'the body',
      headers: { authorization: `Bearer ${key}` },
      body: { ...event, property: { t: projectToken } },
    },
  ])('in $where is refused, whatever else is right, and shown nowhere', async ({ query = '', headers, body }) => {
    await using relay = await running()
    const response = await fetch(`${relay.url}/events/test${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    expect([response.status, text]).toEqual([403, expect.stringContaining('/errors/relay/#project-token')])
    expect(text + JSON.stringify([...response.headers]) + JSON.stringify(relay.records)).not.toContain(projectToken)
    expect(relay.tracker.stats().accepted).toBe(0)
  })

  test('in the body is seen however its letters are written', async () => {
    await using relay = await running()
    const response = await relay.post(`{"customer_id":"${escapedIn('\\u00')}","event":"a"}`)
    expect(await refusalOf(response)).toEqual([403, 'project-token'])
    expect(JSON.stringify(relay.records)).not.toContain(projectToken)
  })

  test.each([projectToken, escapedIn('%')])('in a path is not in the log: %s', async (token) => {
    await using relay = await running()
    await fetch(`${relay.url}/${token}`, { headers: { origin: `https://${projectToken}` } })
    expect(JSON.stringify(relay.last)).not.toContain(token)
  })
})

function fail(): never {
  throw new Error('no database')
}

describe('Hooks', () => {
  test('that throw are told to the log, and the client hears no more than that', async () => {
    const told: unknown[] = []
    await using relay = await running({
      relay: { anyone: true, mutate: fail, logger: { error: (...words) => told.push(words) } },
    })
    const response = await relay.post()
    const text = await response.clone().text()
    expect(await refusalOf(response)).toEqual([500, 'internal'])
    expect(text).not.toContain('no database')
    expect(told).toEqual([['A hook of the relay failed', new Error('no database')]])
  })

  test.each([fail, async () => Promise.reject(new Error('no database'))])(
    'that listen to requests change nothing when they throw, nor does the log: %s',
    async (failing) => {
      const unhandled: unknown[] = []
      const note = (reason: unknown) => unhandled.push(reason)
      process.on('unhandledRejection', note)
      await using relay = await running({
        relay: { anyone: true, onRequest: failing, mutate: fail, logger: { error: failing } },
      })
      expect((await relay.post()).status).toBe(500)
      await new Promise(setImmediate)
      process.off('unhandledRejection', note)
      expect(unhandled).toEqual([])
    },
  )

  test('may set what a client must not, and know the request', async () => {
    await using relay = await running({
      relay: {
        anyone: true,
        mutate: async (given, request) => {
          await Promise.resolve()
          if (given.operation === 'trackEvent') return { ...given, property: { agent: request.headers.get('x-agent') } }
          return { ...given, traits: { ...given.traits, plan: 'free' } }
        },
      },
    })
    await relay.post(event, { headers: { 'x-agent': 'browser' } })
    await relay.post({ customer_id: 'user123' }, { path: '/customer/test' })
    await expect
      .poll(() => relay.api.arrivals.map(({ body }) => body))
      .toEqual([
        { ...event, property: { agent: 'browser' } },
        { customer_id: 'user123', plan: 'free' },
      ])
  })
})

describe('A record of a request', () => {
  test('says what was done, and holds no body, no query and no key', async () => {
    await using relay = await running()
    await relay.post(
      { ...event, property: { secret: 'of-the-body' } },
      { path: '/events/test?q=of-the-query', headers: { origin, 'idempotency-key': 'id-1' } },
    )
    expect(relay.last).toEqual({
      method: 'POST',
      path: '/events/test',
      status: 200,
      durationMs: expect.any(Number),
      operation: 'trackEvent',
      environment: 'test',
      id: 'id-1',
      customerId: 'user123',
      key: 'web',
      origin,
      address: '127.0.0.1',
    })
    expect(JSON.stringify(relay.last)).not.toMatch(/of-the|pk_/)
  })

  test('is fit for a line of a log, whatever the client has sent', async () => {
    await using relay = await running()
    await relay.post({ ...event, customer_id: 'a\nb\u001b[2J\u202e\u2028c' })
    expect(relay.last.customerId).toBe('a\uFFFDb\uFFFD[2J\uFFFD\uFFFDc')
    await relay.post({ ...event, customer_id: 'x'.repeat(30_000) })
    expect(relay.last.customerId).toBe(`${'x'.repeat(256)}…`)
  })

  test('of a refusal says why', async () => {
    await using relay = await running()
    await relay.post('{')
    expect(relay.last).toMatchObject({ status: 400, problem: 'not-json' })
  })
})
