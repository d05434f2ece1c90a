import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inProcess } from '../support/in-process.ts'
import { answer, type RawServer, rawServer } from '@obsidianlaunch/testkit/raw'

let server: RawServer

beforeAll(async () => {
  // Idle connections are welcome for ten minutes: a process that waits for them to close, hangs.
  server = await rawServer((socket) => socket.write(answer('{"via":"wire"}', { headers: ['Keep-Alive: timeout=600'] })))
})
beforeEach(() => void (server.requests.length = 0))
afterAll(() => server[Symbol.asyncDispose]())

/** The ways that the requests took: Node's fetch asks for compressed answers. */
function ways(): string[] {
  return server.requests.map((request) => (/^accept-encoding: identity\r$/im.test(request) ? 'dispatcher' : 'fetch'))
}

/** Programs that make a client or a sender, and a call that gives what the answer says. */
const kinds = {
  client: `
    const { createEventsClient } = await import('client')
    const make = (options) => createEventsClient({ baseUrl: base, token: null, logger, ...options })
    const call = async (by = sends, init = {}) =>
      (await by.POST('/events/test', { body: { customer_id: 'user123', event: 'x' }, ...init })).data.via`,
  sender: `
    const { createSender } = await import('client/core')
    const make = (options) => createSender({ baseUrl: base, logger, ...options })
    const { signal } = new AbortController()
    const body = '{"customer_id":"user123","event":"x"}'
    const call = async (by = sends) => {
      const answer = await by({ operation: 'trackEvent', token: null, idempotencyKey: 'key', body, signal })
      return (await answer.json()).via
    }`,
}

/** A program with a client or a sender, a call, and a logger whose warnings are kept. */
function using(kind: keyof typeof kinds, program: string, { before = '', options = '' } = {}): string {
  return `${before}
    const base = '${server.url}'
    const warnings = []
    const logger = { warn: (message) => warnings.push(message) }
    ${kinds[kind]}
    const sends = make({ ${options} })
    ${program}`
}

const stub = `const original = globalThis.fetch
  globalThis.fetch = async (url, init) => Response.json({ via: typeof url === 'string' && init.method === 'POST' ? 'stub' : 'no text' })`

/** A dispatcher of the host's own around Node's, which counts what passes. */
const ownDispatcher = `const counted = []
  const own = (symbol) => {
    void globalThis.Headers
    const inner = globalThis[symbol]
    globalThis[symbol] = { dispatch: (options, handler) => { counted.push(options.path); return inner.dispatch(options, handler) }, on() {} }
  }
  const replace = () => [1, 2].map((n) => Symbol.for('undici.globalDispatcher.' + n)).forEach(own)`

/** A Node of the future: its fetch works, and what is below it is `dispatch`. */
function future(dispatch: string): string {
  return `globalThis.fetch = function fetch(request) {
      // node:internal/deps/undici
      return Promise.resolve(Response.json({ via: 'fetch' }))
    }
    void globalThis.Headers
    class Agent {
      on() { return this }
      dispatch(options, handler) {
        if (handler === undefined) {
          const error = new Error('handler must be an object')
          error.stack = 'Error\\n    at Agent.dispatch (node:internal/deps/undici/undici:1:1)'
          throw error
        }
        ${dispatch}
      }
    }
    for (const n of [1, 2]) globalThis[Symbol.for('undici.globalDispatcher.' + n)] = ${dispatch === '' ? 'undefined' : 'new Agent()'}`
}

describe.each(['client', 'sender'] as const)('a %s', (kind) => {
  test('requests go below the fetch, and an idle connection does not hold the process open', async () => {
    const seen = await inProcess(using(kind, 'console.log(JSON.stringify([await call(), await call(), warnings]))'))
    expect(seen).toEqual(['wire', 'wire', []])
    expect(ways()).toEqual(['dispatcher', 'dispatcher'])
  })

  test("transport: 'fetch' takes the platform's fetch, and says nothing", async () => {
    const seen = await inProcess(
      using(kind, 'console.log(JSON.stringify([await call(), warnings]))', { options: `transport: 'fetch'` }),
    )
    expect(seen).toEqual(['wire', []])
    expect(ways()).toEqual(['fetch'])
  })

  test.each(['auto', 'fetch'])(
    'plain http to this machine passes the proxies of Node by, with transport %s',
    async (way) => {
      await using proxy = await rawServer((socket) => socket.write(answer('{"via":"proxy"}')))
      const program = `const elsewhere = make({ baseUrl: 'http://elsewhere.test', transport: '${way}' })
      console.log(JSON.stringify([await call(), await call(), await call(elsewhere)]))`
      const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url }
      const seen = await inProcess(using(kind, program, { options: `transport: '${way}'` }), env)
      expect(seen).toEqual(['wire', 'wire', 'proxy'])
      expect(proxy.requests).toHaveLength(1)
    },
  )

  test('a fetch that was replaced before the import is used', async () => {
    const seen = await inProcess(
      using(kind, 'console.log(JSON.stringify([await call(), await call()]))', { before: stub }),
    )
    expect(seen).toEqual(['stub', 'stub'])
  })

  test('a fetch that is replaced later is used from then on, and it is said once', async () => {
    const program = `const seen = [await call()]
      ${stub}
      seen.push(await call(), await call(), await call(make({})))
      globalThis.fetch = original
      seen.push(await call())
      console.log(JSON.stringify([seen, warnings]))`
    const [seen, warnings] = (await inProcess(using(kind, program))) as [string[], string[]]
    expect(seen).toEqual(['wire', 'stub', 'stub', 'stub', 'wire'])
    expect(ways()).toEqual(['dispatcher', 'fetch'])
    expect(warnings).toEqual([expect.stringContaining('the global fetch was replaced')])
  })

  test('a dispatcher that the host has set sees every request', async () => {
    const program = `await call()
      console.log(JSON.stringify([counted.length, warnings]))`
    const seen = await inProcess(using(kind, program, { before: `${ownDispatcher}\n  replace()` }))
    expect(seen).toEqual([1, [expect.stringContaining('the global dispatcher is not that of Node')]])
  })

  test('a dispatcher that the host sets later sees every request from then on', async () => {
    const program = `await call()
      replace()
      await call()
      console.log(JSON.stringify([counted.length, warnings.length]))`
    expect(await inProcess(using(kind, program, { before: ownDispatcher }))).toEqual([1, 1])
  })

  test('a proxy of the environment is used when Node uses it', async () => {
    await using proxy = await rawServer((socket) => socket.write(answer('{"via":"proxy"}')))
    const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy.url }
    const program = using(kind, 'console.log(JSON.stringify([await call().catch(() => undefined), warnings.length]))', {
      options: `baseUrl: 'http://events.invalid'`,
    })
    const [, warned] = (await inProcess(program, env)) as unknown[]
    // Whether it is asked to forward or to open a tunnel is for this Node to decide.
    expect(proxy.requests).toEqual([expect.stringContaining('events.invalid')])
    expect(warned).toBe(1)
  })

  test.each([
    ['has no dispatcher that we know', ''],
    ['refuses the handler', `throw new TypeError('onRequestBegin is missing')`],
    [
      'tells the handler that it does not fit',
      `handler.onResponseError({}, Object.assign(new Error('invalid method'), { code: 'UND_ERR_INVALID_ARG' }))`,
    ],
    [
      'begins in another way',
      `try { handler.onRequestStart({ cancel() {} }); process.exit(9) } catch (thrown) { handler.onResponseError({}, thrown) }`,
    ],
  ])('a Node of the future that %s is used through its fetch, and that is said once', async (_, dispatch) => {
    const program = `const seen = [await call(), await call(), await call(make({}))]
      console.log(JSON.stringify([seen, warnings.length]))`
    expect(await inProcess(using(kind, program, { before: future(dispatch) }))).toEqual([
      ['fetch', 'fetch', 'fetch'],
      1,
    ])
    expect(server.requests).toEqual([])
  })

  test('a Node of the future that ends an answer before its head fails the request, and no caller hangs', async () => {
    const dispatch = `handler.onRequestStart({ abort() {}, pause() {}, resume() {} })
      handler.onResponseEnd({}, {})`
    const program = 'console.log(JSON.stringify(await call().catch((error) => `${error.name}: ${error.message}`)))'
    expect(await inProcess(using(kind, program, { before: future(dispatch) }))).toBe('TypeError: fetch failed')
  })
})

test('importing the package loads nothing of the platform', async () => {
  const program = `await import('client')
    await import('client/core')
    const symbols = [1, 2].map((n) => globalThis[Symbol.for('undici.globalDispatcher.' + n)])
    console.log(JSON.stringify(symbols.map(String)))`
  expect(await inProcess(program)).toEqual(['undefined', 'undefined'])
})

test('middleware sees real requests and responses', async () => {
  const program = `const kinds = []
    const middleware = {
      onRequest: ({ request }) => { kinds.push(request instanceof Request); return new Request(request, { headers: { 'x-mine': '1' } }) },
      onResponse: ({ response }) => { kinds.push(response instanceof Response) },
    }
    await call(sends, { middleware: [middleware] })
    await call()
    sends.use(middleware)
    await call()
    sends.eject(middleware)
    await call()
    console.log(JSON.stringify(kinds))`
  expect(await inProcess(using('client', program))).toEqual([true, true, true, true])
  expect(ways()).toEqual(['fetch', 'dispatcher', 'fetch', 'dispatcher'])
  expect(server.requests.map((request) => request.includes('x-mine: 1'))).toEqual([true, false, true, false])
})

test('a call that brings a fetch or a setting of its own gets it', async () => {
  const program = `const own = await call(sends, { fetch: async (request) => Response.json({ via: request.constructor.name }) })
    const init = { redirect: 'error', mode: 'same-origin' }
    console.log(JSON.stringify([own, await call(sends, init)]))`
  expect(await inProcess(using('client', program))).toEqual(['Request', 'wire'])
  expect(ways()).toEqual(['fetch'])
})
