import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type ScriptedServer, serve } from '@obsidianlaunch/testkit/api'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import * as everywhere from '../src/index.ts'
import {
  createEventsClient as createNodeClient,
  operationPaths,
  type IdentifyCustomer,
  type TrackEvent,
} from '../src/index.node.ts'

let respond = { status: 200, headers: {} as Record<string, string>, body: '{"success":true}' }
let server: ScriptedServer
let baseUrl = ''

beforeEach(async () => {
  respond = { status: 200, headers: {}, body: '{"success":true}' }
  server = await serve((response) => {
    response.writeHead(respond.status, { 'content-type': 'application/json', ...respond.headers }).end(respond.body)
  })
  baseUrl = `${server.url}/api/`
})
afterEach(() => server[Symbol.asyncDispose]())

function sign({ request }: { request: Request }): Request {
  const signed = new Request(request)
  signed.headers.set('X-Mine', '1')
  return signed
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

const body: TrackEvent = { customer_id: 'user123', event: 'button_click' }

describe.each([
  ['everywhere', everywhere.createEventsClient],
  ['on Node', createNodeClient],
])('%s', (_, createEventsClient) => {
  test('one call is one request with the token, the id and the body as given', async () => {
    const client = createEventsClient({ baseUrl, token: 'secret-token' })
    const { data, response } = await client.POST('/events/test', {
      body,
      params: { header: { 'Idempotency-Key': 'id-1' } },
    })
    expect([response.status, data]).toEqual([200, { success: true }])
    expect(server.arrivals).toHaveLength(1)
    expect(server.arrivals[0]).toMatchObject({ method: 'POST', path: `/api${operationPaths.trackEvent}` })
    expect(server.arrivals[0]?.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'idempotency-key': 'id-1',
    })
    expect(server.arrivals[0]?.body).toEqual(body)
  })

  test('a token function is asked before every request', async () => {
    const tokens = ['first', 'second']
    const client = createEventsClient({ baseUrl, token: async () => tokens.shift() ?? null })
    await client.POST('/events/test', { body })
    await client.POST('/events/test', { body })
    await client.POST('/events/test', { body })
    expect(server.arrivals.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      undefined,
    ])
  })

  test('a failure is a value with the status, and is not tried again', async () => {
    respond = { status: 503, headers: {}, body: '{"error":"Server error"}' }
    const { error, response } = await createEventsClient({ baseUrl, token: null }).POST('/events/test', { body })
    expect([response.status, error]).toEqual([503, { error: 'Server error' }])
    expect(server.arrivals).toHaveLength(1)
  })

  test('a redirect is not followed, so the token goes nowhere else', async () => {
    respond = { status: 302, headers: { location: `${baseUrl}elsewhere` }, body: '' }
    const { response } = await createEventsClient({ baseUrl, token: 'secret-token' }).POST('/events/test', { body })
    expect(response.status).toBe(302)
    expect(server.arrivals).toHaveLength(1)
  })

  test('a fetch of your own is the one that sends', async () => {
    const seen: string[] = []
    const client = createEventsClient({
      token: 'secret-token',
      fetch: async (url, { method, headers, body: sent }) => {
        seen.push(url, method, headers['authorization'] ?? '', sent ?? '')
        return Response.json({ mine: true })
      },
    })
    expect((await client.POST('/events/test', { body })).data).toEqual({ mine: true })
    const url = 'https://events.obsidianlaunch.co/events/test'
    expect(seen).toEqual([url, 'POST', 'Bearer secret-token', JSON.stringify(body)])
  })

  test('a fetch of your own is given text and plain values, and what a call or its middleware asked for', async () => {
    const inits: object[] = []
    const fetch: everywhere.Fetch = async (_url, { signal, ...init }) => {
      inits.push({ ...init, isSignal: signal instanceof AbortSignal })
      return Response.json({})
    }
    const client = createEventsClient({ token: null, fetch })
    await client.POST('/events/test', { body })
    await client.POST('/events/test', { body, redirect: 'error', keepalive: true, middleware: [{ onRequest: sign }] })
    const usual = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    expect(inits).toEqual([
      { ...usual, redirect: 'manual', isSignal: true },
      {
        ...usual,
        headers: { ...usual.headers, 'x-mine': '1' },
        redirect: 'error',
        keepalive: true,
        isSignal: true,
      },
    ])
  })

  test('a body that is no text comes as bytes to a fetch of your own', async () => {
    const bodies: unknown[] = []
    const client = createEventsClient({
      token: null,
      fetch: async (_url, init) => (bodies.push(init.body), Response.json({})),
    })
    await client.POST('/events/test', { body, bodySerializer: () => Uint8Array.of(0xff, 0) })
    await client.POST('/events/test', { body, bodySerializer: () => '\ufeff株' })
    expect(bodies).toEqual([Uint8Array.of(0xff, 0), '\ufeff株'])
  })

  test('an abort reaches a fetch of your own, though the garbage was collected meanwhile', async () => {
    const gc = garbageCollector()
    const abort = new AbortController()
    const client = createEventsClient({
      token: null,
      fetch: async (_url, { signal }) => {
        const never = new ReadableStream({
          start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
        })
        return new Response(never)
      },
    })
    const { response } = await client.POST('/events/test', { body, signal: abort.signal, parseAs: 'stream' })
    for (let n = 0; n < 3; n++) {
      await new Promise(setImmediate)
      gc()
    }
    const text = response.text()
    abort.abort(new Error('mine'))
    await expect(text).rejects.toThrow('mine')
  })

  test.each([['radio\nactive'], [' '], [undefined as unknown as string]])(
    'a token that no header can carry is refused unseen',
    async (bad) => {
      const sent = createEventsClient({ baseUrl, token: bad }).POST('/events/test', { body })
      await expect(sent).rejects.toThrow(/^The token /)
      await expect(sent).rejects.not.toThrow('active')
      expect(server.arrivals).toEqual([])
    },
  )
})

test('a global fetch that is replaced after the client was made is seen', async () => {
  const client = everywhere.createEventsClient({ baseUrl, token: null })
  const original = globalThis.fetch
  globalThis.fetch = async () => Response.json({ replaced: true })
  try {
    expect((await client.POST('/events/test', { body })).data).toEqual({ replaced: true })
  } finally {
    globalThis.fetch = original
  }
})

test('paths and bodies are typed by the OpenAPI document', () => {
  const client = everywhere.createEventsClient({ token: null })
  type Path = Parameters<typeof client.POST>[0]
  expectTypeOf<Path>().toEqualTypeOf<'/customer/test' | '/events/test' | '/customer' | '/events'>()
  expectTypeOf<TrackEvent>().toEqualTypeOf<{
    customer_id: string
    event: string
    category?: string | undefined
    property?: object | undefined
  }>()
})

test('a body may have what is sent alike: an interface of your own, and members that are undefined', () => {
  interface Plan {
    plan: string
  }
  expectTypeOf<{ customer_id: string; name: string | undefined; properties: Plan }>().toExtend<IdentifyCustomer>()
  expectTypeOf<{ customer_id: string; name: string | null }>().not.toExtend<IdentifyCustomer>()
  expectTypeOf<{ customer_id: string; properties: string }>().not.toExtend<IdentifyCustomer>()
})
