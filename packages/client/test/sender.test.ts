import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { createSender, type Fetch, operationPaths, type SenderCall } from '../src/core.node.ts'
import { createSender as createStandardSender } from '../src/core.ts'
import { answer, type RawServer, rawServer, type Script } from '@obsidianlaunch/testkit/raw'

const calls: SenderCall = {
  operation: 'trackEvent',
  token: 'secret-token',
  idempotencyKey: 'key-1',
  body: '{"customer_id":"user123","event":"x"}',
  signal: new AbortController().signal,
}
const accepts: Script = (socket) => socket.write(answer('{}'))

/** The first line, what is said of the body and of who sends it, and the body. */
function told({ requests }: RawServer): string[][] {
  return requests.map((request) => {
    const [head = '', body = ''] = request.split('\r\n\r\n')
    const [first = '', ...lines] = head.split('\r\n')
    const own = lines.filter((line) => /^(content-type|authorization|idempotency-key):/i.test(line)).toSorted()
    return [first, ...own.map((line) => line.replace(/^[^:]*/, (name) => name.toLowerCase())), body]
  })
}

describe.each([
  ["transport: 'auto'", (baseUrl: string) => createSender({ baseUrl })],
  ["transport: 'fetch'", (baseUrl: string) => createSender({ baseUrl, transport: 'fetch' })],
  ['a fetch of its own', (baseUrl: string) => createSender({ baseUrl, fetch: (url, init) => fetch(url, init) })],
  ['no Node', (baseUrl: string) => createStandardSender({ baseUrl })],
] as const)('a sender with %s', (_, make) => {
  test.each(Object.entries(operationPaths))('sends %s to %s', async (operation, path) => {
    await using server = await rawServer(accepts)
    const { status } = await make(server.url)({ ...calls, operation: operation as SenderCall['operation'] })
    expect(status).toBe(200)
    expect(told(server)).toEqual([
      [
        `POST ${path} HTTP/1.1`,
        'authorization: Bearer secret-token',
        'content-type: application/json',
        'idempotency-key: key-1',
        calls.body,
      ],
    ])
  })

  test('without a token sends no Authorization', async () => {
    await using server = await rawServer(accepts)
    await make(server.url)({ ...calls, token: null })
    expect(server.requests[0]).not.toMatch(/authorization/i)
  })

  test('sends the token and the key of each call, whatever those before it had', async () => {
    await using server = await rawServer(accepts)
    const send = make(server.url)
    const tokens = ['first', 'first', null, 'second', 'not\none', 'second', 'first']
    const sent = tokens.map((token, nth) => send({ ...calls, token, idempotencyKey: `key-${nth}` }))
    const ends = await Promise.allSettled(sent)
    expect(ends.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1)
    const sentWith = server.requests.map((request) => {
      const [key, token] = ['idempotency-key', 'authorization'].map((name) =>
        RegExp(`^${name}: (.*)\\r$`, 'im').exec(request),
      )
      return `${key?.[1]} ${token?.[1]}`
    })
    expect(sentWith.toSorted()).toEqual([
      'key-0 Bearer first',
      'key-1 Bearer first',
      'key-2 undefined',
      'key-3 Bearer second',
      'key-5 Bearer second',
      'key-6 Bearer first',
    ])
  })

  test.each(['/api', '/api/'])('puts the path behind that of the base address, %s', async (path) => {
    await using server = await rawServer(accepts)
    await make(server.url + path)(calls)
    expect(server.requests[0]).toMatch(/^POST \/api\/events\/test /)
  })

  test('sends the body as UTF-8', async () => {
    await using server = await rawServer(accepts)
    const body = '{"customer_id":"Jos\u00e9","event":"\u682a"}'
    await make(server.url)({ ...calls, body })
    expect(Buffer.from(told(server)[0]?.at(-1) ?? '', 'latin1').toString()).toBe(body)
  })

  test.each([
    ['429 Too Many Requests', 429],
    ['500 Internal Server Error', 500],
    ['302 Found', 302],
  ])('gives an answer of %s as it is, unread', async (status, code) => {
    await using server = await rawServer((socket) =>
      socket.write(answer('not JSON', { status, headers: ['Retry-After: 7', 'Location: /elsewhere'] })),
    )
    const response = await make(server.url)(calls)
    expect([response.status, response.headers.get('retry-after')]).toEqual([code, '7'])
    expect([response.bodyUsed, await response.text()]).toEqual([false, 'not JSON'])
    expect(server.requests).toHaveLength(1)
  })

  test.each(['secret\nbreak', 'secret \u682a', ' ', ''])(
    'rejects a call with the token %j, and does not show it',
    async (token) => {
      await using server = await rawServer(accepts)
      const error = await make(server.url)({ ...calls, token }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TypeError)
      expect(inspect(error)).toMatch(/^TypeError: The token (is blank|has a line break, .*)\. Pass null to send none\./)
      expect(inspect(error)).not.toContain('secret')
      expect(server.requests).toEqual([])
    },
  )

  test('rejects a call with a key that no header can carry, and sends the next one', async () => {
    await using server = await rawServer(accepts)
    const send = make(server.url)
    await expect(send({ ...calls, idempotencyKey: 'line\nbreak' })).rejects.toThrow(TypeError)
    await send(calls)
    expect(server.requests).toHaveLength(1)
  })

  test('rejects where the address cannot be', async () => {
    await expect(make('not an address')(calls)).rejects.toThrow(TypeError)
  })

  test('sends nothing for a signal that has aborted', async () => {
    await using server = await rawServer(accepts)
    const sent = make(server.url)({ ...calls, signal: AbortSignal.abort(new Error('mine')) })
    await expect(sent).rejects.toThrow('mine')
    expect(server.requests).toEqual([])
  })

  test('ends a request with the reason of its signal', async () => {
    const abort = new AbortController()
    await using server = await rawServer(() => abort.abort(new Error('mine')))
    await expect(make(server.url)({ ...calls, signal: abort.signal })).rejects.toThrow('mine')
  })

  test('rejects where there is no answer', async () => {
    await using server = await rawServer((socket) => void socket.destroy())
    await expect(make(server.url)(calls)).rejects.toThrow(TypeError)
  })
})

test('a key with spaces at its ends goes the way of a fetch, which takes them off', async () => {
  await using server = await rawServer(accepts)
  await createSender({ baseUrl: server.url })({ ...calls, idempotencyKey: ' key-1 ' })
  expect(told(server)[0]).toContain('idempotency-key: key-1')
})

test('a connection that the server closes under a call costs no attempt', async () => {
  await using server = await rawServer((socket, nth) => {
    if (nth === 1) socket.destroy()
    else accepts(socket, nth)
  })
  const send = createSender({ baseUrl: server.url })
  await (await send(calls)).text()
  await new Promise(setImmediate)
  expect((await send(calls)).status).toBe(200)
  expect([server.requests.length, server.sockets.length]).toEqual([3, 2])
})

test('a call that may not be sent twice is sent once, whatever becomes of its connection', async () => {
  await using server = await rawServer((socket, nth) => {
    if (nth === 1) socket.destroy()
    else accepts(socket, nth)
  })
  const send = createSender({ baseUrl: server.url })
  await (await send(calls)).text()
  await new Promise(setImmediate)
  let asked = 0
  const mayRepeat = () => asked++ > 0
  await expect(send({ ...calls, mayRepeat })).rejects.toThrow('fetch failed')
  expect([server.requests.length, asked]).toEqual([2, 1])
})

test('a call is repeated though fake timers have come meanwhile', async () => {
  await using server = await rawServer((socket, nth) => {
    if (nth !== 1) return accepts(socket, nth)
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    socket.destroy()
  })
  const send = createSender({ baseUrl: server.url })
  await (await send(calls)).text()
  await new Promise(setImmediate)
  try {
    expect((await send({ ...calls, signal: AbortSignal.timeout(120_000) })).status).toBe(200)
  } finally {
    vi.useRealTimers()
  }
})

test('without an address the API of the OpenAPI document is asked', async () => {
  const urls: string[] = []
  const send = createSender({ fetch: async (url) => (urls.push(url), new Response('{}')) })
  await send(calls)
  expect(urls).toEqual(['https://events.obsidianlaunch.co/events/test'])
})

test('a fetch of your own is given text and plain values', async () => {
  const seen: unknown[] = []
  const fetch: Fetch = async (url, { signal, ...init }) => {
    seen.push(url, init, signal === calls.signal)
    return new Response('{}')
  }
  await createSender({ fetch, userAgent: 'mine' })(calls)
  const headers = {
    authorization: 'Bearer secret-token',
    'content-type': 'application/json',
    'idempotency-key': 'key-1',
    'user-agent': 'mine',
  }
  const init = { method: 'POST', headers, body: calls.body, redirect: 'manual' }
  expect(seen).toEqual(['https://events.obsidianlaunch.co/events/test', init, true])
})
