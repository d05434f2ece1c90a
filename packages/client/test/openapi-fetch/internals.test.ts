import createClient from 'openapi-fetch'
import { expect, test } from 'vitest'

// The internals of openapi-fetch that src/openapi-fetch/fast.ts assumes, in the order in which they stand there. They are
// held against the library itself, so that a newer version of it that differs is found before anybody gets it.

type Members = Record<string | symbol, unknown>

/** Writes into `seen` which members of the object are read, written (with `=`) or asked for (with `?`). */
function watched(target: object, seen: Set<string>): object {
  return new Proxy(target, {
    get: (_, member) => (seen.add(String(member)), Reflect.get(target, member) as unknown),
    has: (_, member) => (seen.add(`${String(member)}?`), Reflect.has(target, member)),
    set: (_, member, value) => (seen.add(`${String(member)}=`), Reflect.set(target, member, value)),
  })
}

/** A client of openapi-fetch whose requests and responses are watched. */
function watching(answer = { status: 200, ok: true, text: '{"a":1}', length: '7' as string | null }) {
  const made: [address: unknown, init: Members][] = []
  const sent: unknown[] = []
  const requests: object[] = []
  const seen = { request: new Set<string>(), response: new Set<string>() }
  function WatchedRequest(...given: [unknown, Members]): object {
    made.push(given)
    const { method, headers, body, signal } = given[1]
    const request = watched({ method, headers, body, signal }, seen.request)
    requests.push(request)
    return request
  }
  const fetch = async (request: unknown): Promise<object> => {
    sent.push(request)
    const { status, ok, text, length } = answer
    const headers = { get: (name: string) => (/^content-length$/i.test(name) ? length : null) }
    const body = 'the stream'
    const response = {
      status,
      ok,
      headers,
      body,
      text: async () => text,
      json: async (): Promise<unknown> => JSON.parse(text),
    }
    return watched(response, seen.response)
  }
  const client = createClient({
    baseUrl: 'http://api.test/base/',
    Request: WatchedRequest as unknown as typeof Request,
    fetch: fetch as unknown as (request: Request) => Promise<Response>,
  }) as unknown as Record<string, (...call: unknown[]) => Promise<Record<string, unknown>>>
  return { client, made, sent, requests, seen }
}

const hidden = Symbol('a member that openapi-fetch does not know')

test.each(['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])(
  'the method %s does the same as request does: one request, by the fetch of the client',
  async (method) => {
    const { client, made, sent, requests } = watching()
    const byMethod = await client[method]?.('/path', { body: { a: 1 } })
    const byRequest = await client['request']?.(method, '/path', { body: { a: 1 } })
    expect(byMethod?.['data']).toEqual(byRequest?.['data'])
    expect(made[0]).toEqual(made[1])
    expect(made[0]?.[1]['method']).toBe(method)
    expect(sent).toHaveLength(2)
    expect(sent.every((request, nth) => request === requests[nth])).toBe(true)
  },
)

test('a request is made of its whole address and an object that has each member that openapi-fetch does not know', async () => {
  const { client, made } = watching()
  const { signal } = new AbortController()
  await client['POST']?.('/path', { body: 'text', bodySerializer: String, signal, [hidden]: 'mine' })
  const [[address, init] = []] = made
  expect(address).toBe('http://api.test/base/path')
  expect(init).toMatchObject({ method: 'POST', body: 'text', [hidden]: 'mine' })
  expect(init?.['signal']).toBe(signal)
  expect(init?.['headers']).toBeInstanceOf(Headers)
})

test('a body and headers that are undefined are left out: nothing is serialised, and the headers are empty', async () => {
  const { client, made } = watching()
  let serialised = 0
  const call = {
    body: undefined,
    headers: undefined,
    params: { header: undefined },
    bodySerializer: () => serialised++,
  }
  await client['POST']?.('/path', call)
  await client['POST']?.('/path', call)
  const [first, second] = made.map(([, init]) => init)
  expect([serialised, first?.['body'], [...new Headers(first?.['headers'] as Headers)]]).toEqual([0, undefined, []])
  expect(first?.['headers']).not.toBe(second?.['headers'])
})

test.each([
  ['an answer', { status: 200, ok: true, text: '{"a":1}', length: '7' }, { data: { a: 1 } }],
  ['an answer of unknown length', { status: 200, ok: true, text: '{"a":1}', length: null }, { data: { a: 1 } }],
  ['an answer without a body', { status: 204, ok: true, text: '', length: null }, { data: undefined }],
  ['a failure', { status: 500, ok: false, text: 'broken', length: '6' }, { error: 'broken' }],
])('of %s and its request nothing is looked at but the members that ours have', async (_, answer, result) => {
  const { client, seen } = watching(answer)
  const { signal } = new AbortController()
  expect(await client['POST']?.('/path', { body: {}, signal, [hidden]: 'mine' })).toMatchObject(result)
  await client['POST']?.('/path', { parseAs: 'stream', signal })
  await client['POST']?.('/path', { parseAs: 'text' })
  const known = new Set(['method', 'method?', 'signal?'])
  expect([...seen.request].filter((member) => !known.has(member))).toEqual([])
  // An `await` looks for a method `then`.
  const ours = new Set(['status', 'ok', 'headers', 'body', 'text', 'json', 'then'])
  expect([...seen.response].filter((member) => !ours.has(member))).toEqual([])
})
