import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { Agent, createServer, get, request, type RequestOptions } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '@obsidianlaunch/testkit/listen'
import { describe, expect, onTestFinished, test } from 'vitest'
import { currentCustomer, withCustomer } from '../../src/context.ts'
import { type ScriptedServer, serve } from '../support/server.ts'
import { bookCalls, fetchFor } from './booked.ts'

const event = 'Call'
const any = { '*': { event } }

/** A vendor on loopback that answers each path `/STATUS/…` with that status. */
function vendor(): Promise<ScriptedServer> {
  return serve((response, { path }) => {
    response.statusCode = Number(path.split('/')[1]) || 200
    response.end(`answer to ${path}`)
  })
}

/** Makes a request by node:http for a customer, and reads its answer. */
function getFor(customer: string | null, url: string, options: RequestOptions = {}): Promise<string> {
  return withCustomer(customer, () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    get(url, options, (response) => resolve(text(response))).on('error', reject)
    return promise
  })
}

const ways = [
  ['fetch', fetchFor],
  ['node:http', (customer: string | null, url: string) => getFor(customer, url)],
] as const

describe.each(ways)('by %s', (_way, call) => {
  test('a call is one event of the customer in context, with host, method, status and duration, and no path', async () => {
    await using server = await vendor()
    const { events, stop } = bookCalls({ '127.0.0.1': { event, category: 'AI' } })
    expect(await call('ann', `${server.url}/201/secret?key=secret`)).toBe('answer to /201/secret?key=secret')
    const host = `127.0.0.1:${server.port}`
    const property = { host, method: 'GET', status: 201, durationMs: expect.any(Number) }
    expect(events).toEqual([{ customer: 'ann', event, category: 'AI', property }])
    expect(events[0]?.property?.['durationMs']).toSatisfy((ms) => Number.isInteger(ms) && ms >= 0)
    expect(JSON.stringify(events)).not.toContain('secret')
    expect(stop.stats()).toEqual({ booked: 1, notBilled: 0, withoutCustomer: 0 })
  })

  test('what a vendor refused is not booked, unless the rule says so', async () => {
    await using server = await vendor()
    const { events, stop } = bookCalls({
      '127.0.0.1': { event },
      localhost: { event: 'Each', when: ({ status }) => status !== 200 },
    })
    for (const status of [200, 302, 400, 429, 500]) await call('ann', `${server.url}/${status}/`)
    expect(events.map(({ property }) => property?.['status'])).toEqual([200, 302])
    for (const status of [200, 429, 503]) await call('ann', `http://localhost:${server.port}/${status}/`)
    expect(events.slice(2).map(({ property }) => property?.['status'])).toEqual([429, 503])
    expect(stop.stats()).toEqual({ booked: 4, notBilled: 4, withoutCustomer: 0 })
  })

  test('a path is had by a rule that asks for it, without its query', async () => {
    await using server = await vendor()
    const { events } = bookCalls({ '*': { event, property: ({ path }) => ({ path }) } })
    await call('ann', `${server.url}/200/models?key=secret`)
    await call('ann', `${server.url}?key=secret`)
    expect(events.map(({ property }) => property)).toEqual([{ path: '/200/models' }, { path: '/' }])
  })

  test('the functions of a rule run for the customer of the call, and nothing changes what they are told', async () => {
    await using server = await vendor()
    const customers: (string | undefined)[] = []
    const { events } = bookCalls({
      '*': {
        event,
        when: (told) => Reflect.set(told, 'status', 500) || customers.push(currentCustomer()) > 0,
        property: ({ status }) => ({ status, customer: currentCustomer() }),
      },
    })
    await Promise.all(['ann', 'bob', 'cid'].map((customer) => call(customer, server.url)))
    expect(new Set(customers)).toEqual(new Set(['ann', 'bob', 'cid']))
    expect(events).toHaveLength(3)
    for (const { customer, property } of events) expect(property).toEqual({ status: 200, customer })
  })

  test('without a customer in context a call is counted and told, and booked to the customer that is named for it', async () => {
    await using server = await vendor()
    const nobody = bookCalls(any)
    const house = bookCalls(any, { otherwise: 'house' })
    for (let n = 0; n < 3; n++) await call(null, server.url)
    expect(nobody.events).toEqual([])
    expect(nobody.stop.stats()).toEqual({ booked: 0, notBilled: 0, withoutCustomer: 3 })
    expect(house.events.map(({ customer }) => customer)).toEqual(['house', 'house', 'house'])
    const advice = 'Make such calls within withCustomer(customerId, …), or set otherwise.'
    const first = `bookVendorCalls: A call of a vendor was made with no customer in context, the last one of 127.0.0.1:${server.port}: booked to nobody. ${advice}`
    expect(nobody.told).toEqual([first])
    nobody.stop()
    // What was not told within the minute is told at the end.
    const rest = `bookVendorCalls: 2 calls of vendors were made with no customer in context: booked to nobody. ${advice}`
    expect(nobody.told).toEqual([first, rest])
    expect(house.told).toEqual([])
  })

  test('each tracker goes by its own rules', async () => {
    await using server = await vendor()
    const [one, two] = [bookCalls({ localhost: { event: 'One' } }), bookCalls({ '127.0.0.1': { event: 'Two' } })]
    await call('ann', server.url)
    one.stop()
    await call('bob', server.url)
    expect([one.events, two.events.map(({ customer }) => customer)]).toEqual([[], ['ann', 'bob']])
  })

  test('calls that are on their way when it ends are booked no more, and are answered', async () => {
    const reached = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    await using server = await serve(async (response) => {
      reached.resolve()
      await go.promise
      response.end('late')
    })
    const { events, stop } = bookCalls(any)
    const answer = call('ann', server.url)
    await reached.promise
    stop()
    go.resolve()
    expect(await answer).toBe('late')
    expect([events, stop.stats().booked]).toEqual([[], 0])
  })

  test('what gets no answer is not booked, nor is it held up by anything', async () => {
    await using server = await listen(createRawServer((socket) => socket.destroy()))
    const { events, stop } = bookCalls(any)
    await expect(call('ann', server.url)).rejects.toThrow(/fetch failed|hang up|ECONNRESET/)
    expect([events, stop.stats()]).toEqual([[], { booked: 0, notBilled: 0, withoutCustomer: 0 }])
  })

  test('an answer before the answer is not one: 100, 102 and 103 are not booked, the answer behind them is', async () => {
    const interim = '102 Processing,103 Early Hints'.split(',').map((line) => `HTTP/1.1 ${line}\r\n\r\n`)
    await using server = await listen(
      createRawServer((socket) =>
        socket.on('data', () => socket.write(`${interim.join('')}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok`)),
      ),
    )
    const { events } = bookCalls({ '*': { event, when: () => true } })
    expect(await call('ann', server.url)).toBe('ok')
    expect(events.map(({ property }) => property?.['status'])).toEqual([200])
  })

  test('a streaming answer is booked when it begins, and once', async () => {
    const go = Promise.withResolvers<void>()
    await using server = await serve(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      await go.promise
      response.end('data: 2\n\n')
    })
    const { events } = bookCalls(any)
    const answer = call('ann', server.url)
    await expect.poll(() => events.length).toBe(1)
    go.resolve()
    expect(await answer).toBe('data: 1\n\ndata: 2\n\n')
    expect(events).toHaveLength(1)
  })
})

test('an abort before the head of the answer is not booked, one behind it is', async () => {
  const go = Promise.withResolvers<void>()
  await using server = await serve(async (response, { path }) => {
    if (path === '/before') return
    response.writeHead(200).write('x')
    await go.promise
    response.end()
  })
  const { events } = bookCalls({ '*': { event, property: ({ path }) => ({ path }) } })
  const before = new AbortController()
  const answer = fetchFor('ann', `${server.url}/before`, { signal: before.signal })
  await expect.poll(() => server.arrivals.length).toBe(1)
  before.abort()
  await expect(answer).rejects.toThrow('aborted')
  const behind = new AbortController()
  await withCustomer('bob', async () => {
    const response = await fetch(`${server.url}/behind`, { signal: behind.signal })
    behind.abort()
    await expect(response.text()).rejects.toThrow('aborted')
  })
  go.resolve()
  expect(events.map(({ customer, property }) => [customer, property])).toEqual([['bob', { path: '/behind' }]])
})

test('each hop of a redirect is a call of its own host', async () => {
  await using server = await serve((response, { path }) => {
    if (path === '/') response.writeHead(302, { location: `http://localhost:${server.port}/there` })
    response.end('here')
  })
  const { events } = bookCalls({ '127.0.0.1': { event: 'First' }, localhost: { event: 'Second' } })
  expect(await fetchFor('ann', server.url)).toBe('here')
  expect(events.map((one) => [one.customer, one.event, one.property?.['status']])).toEqual([
    ['ann', 'First', 302],
    ['ann', 'Second', 200],
  ])
})

test('a request in absolute form to a proxy is a call of the host that it names; a tunnel is none', async () => {
  await using proxy = await listen(
    createServer((incoming, response) => response.end(`by proxy: ${incoming.url}`)).on('connect', (_request, socket) =>
      socket.end('HTTP/1.1 200 OK\r\n\r\n'),
    ),
  )
  const { events } = bookCalls({
    'api.example.com': { event, property: ({ host, path }) => ({ host, path }) },
    '127.0.0.1': { event: 'Proxy', when: () => true },
  })
  const options = { host: '127.0.0.1', port: proxy.port, path: 'http://user:word@API.example.com:8080/v1?key=secret' }
  expect(await getFor('ann', proxy.url, options)).toContain('by proxy')
  expect(events).toEqual([
    { customer: 'ann', event, category: undefined, property: { host: 'api.example.com:8080', path: '/v1' } },
  ])
  const tunnel = request({ port: proxy.port, method: 'CONNECT', path: 'api.example.com:443' }).end()
  await once(tunnel, 'connect')
  expect(events).toHaveLength(1)
})

test('an upgrade is none, and goes through', async () => {
  await using server = await listen(
    createServer().on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ),
  )
  const { events, told } = bookCalls({ '*': { event, when: () => true } })
  const upgrade = withCustomer('ann', () =>
    request({ port: server.port, headers: { connection: 'upgrade', upgrade: 'x' } }).end(),
  )
  await once(upgrade, 'upgrade')
  expect([events, told]).toEqual([[], []])
})

test('a call by a unix socket is one of the host that it names', async () => {
  const socketPath = join(await mkdtemp(join(tmpdir(), 'vendor-')), 'socket')
  const server = createServer((_request, response) => response.end('ok')).listen(socketPath)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { events } = bookCalls({ 'docker.local': { event } })
  expect(await getFor('ann', 'http://docker.local/version', { socketPath })).toBe('ok')
  expect(events).toMatchObject([{ customer: 'ann', property: { host: 'docker.local' } }])
})

test('a request of node:http to a number is one of the host that its header names, if that is one', async () => {
  await using server = await vendor()
  const { events } = bookCalls({ '*': { event, when: () => true } })
  for (const host of ['api.example.com:8080', 'no host']) await getFor('ann', server.url, { headers: { host } })
  await getFor('ann', server.url, { setHost: false })
  expect(events.map(({ property }) => property?.['host'])).toEqual(['api.example.com:8080', '127.0.0.1', '127.0.0.1'])
})

test('on few connections that are kept, no customer gets the call of another one', async () => {
  await using server = await serve(async (response) => {
    await sleep(Math.random() * 3)
    response.end('ok')
  })
  const { events } = bookCalls({ '*': { event, property: ({ path }) => ({ path }) } })
  const agent = new Agent({ keepAlive: true, maxSockets: 3 })
  onTestFinished(() => agent.destroy())
  const customers = Array.from({ length: 150 }, (_, n) => `user${n}`)
  await Promise.all(
    customers.flatMap((customer) => [
      getFor(customer, `${server.url}/${customer}`, { agent }),
      fetchFor(customer, `${server.url}/${customer}`),
    ]),
  )
  expect(events).toHaveLength(300)
  for (const { customer, property } of events) expect(property).toEqual({ path: `/${customer}` })
})
