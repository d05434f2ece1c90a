import { createServer as createRawServer } from 'node:net'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '@obsidianlaunch/testkit/listen'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withCustomer } from '../../src/context.ts'
import { EventTracker } from '../../src/index.ts'
import { bookVendorCalls, type VendorOptions, type VendorRules, type VendorTracker } from '../../src/vendors/vendors.ts'
import { Uncaught } from '../promise/support/uncaught.ts'
import { hostile } from '../support/hostile.ts'
import { serve } from '../support/server.ts'
import { bookCalls, fetchFor } from './booked.ts'

const event = 'Call'
const throws = (): never => {
  throw new Error('no luck')
}
const rejects = () => Promise.reject(new Error('no luck'))

describe('where a function of a rule fails, the call is booked in the usual way, and that is told once', () => {
  const loop: Record<string, unknown> = {}
  loop['loop'] = loop
  const isTold =
    'the rule for "*": property throws, or returns what cannot be sent, so its events have the usual property'
  const isNone = 'the rule for "*": property does not return an object, so its events have the usual property'
  test.each<[string, () => unknown, string]>([
    ['throws', throws, `${isTold}: Error: no luck`],
    // oxlint-disable-next-line no-throw-literal -- callers may
    [
      'throws nothing',
      () => {
        throw undefined
      },
      isTold,
    ],
    ['rejects', rejects, isNone],
    ['is null', () => null, isNone],
    ['is a text', () => 'x', isNone],
    ['is a list', () => [1], isNone],
    ['is a function', () => throws, isNone],
    ['has a big number', () => ({ n: 1n }), isTold],
    ['goes round in a circle', () => loop, isTold],
    ['turns itself into a text', () => ({ toJSON: () => 'x' }), isNone],
    ['turns itself into nothing', () => ({ toJSON: () => undefined }), isTold],
    ...hostile.map(([name, value]) => [name, () => value, isTold] as [string, () => unknown, string]),
  ])('the property %s', async (_name, property, message) => {
    await using server = await serve((response) => response.end('ok'))
    const { events, told, stop } = bookCalls({ '*': { event, property } as VendorRules[string] })
    for (let n = 0; n < 2; n++) expect(await fetchFor('ann', server.url)).toBe('ok')
    const host = `127.0.0.1:${server.port}`
    const usual = { host, method: 'GET', status: 200, durationMs: expect.any(Number) }
    expect(events.map((one) => one.property)).toEqual([usual, usual])
    expect(told).toHaveLength(1)
    expect(told[0]).toContain(`bookVendorCalls: ${message}`)
    expect(stop.stats().booked).toBe(2)
  })

  test.each<[string, () => unknown, string]>([
    ['throws', throws, 'throws, so the status decides: Error: no luck'],
    ['rejects', rejects, 'returns neither true nor false, so the status decides'],
    ['is undefined', () => undefined, 'returns neither true nor false, so the status decides'],
    ['is a text', () => 'no', 'returns neither true nor false, so the status decides'],
  ])('when %s', async (_name, when, message) => {
    await using server = await serve((response, { path }) => response.writeHead(Number(path.slice(1))).end('ok'))
    const { events, told } = bookCalls({ '*': { event, when } as VendorRules[string] })
    for (const status of [200, 500, 200]) await fetchFor('ann', `${server.url}/${status}`)
    expect(events.map(({ property }) => property?.['status'])).toEqual([200, 200])
    expect(told).toEqual([`bookVendorCalls: the rule for "*": when ${message}`])
  })

  test('a rule for thousands of hosts tells of its fault once, and not once for each host', async () => {
    await using server = await serve((response) => response.end('ok'))
    const { told } = bookCalls({ '*': { event, when: throws, property: throws } })
    for (const host of ['127.0.0.1', 'localhost']) await fetchFor('ann', `http://${host}:${server.port}`)
    expect(told).toHaveLength(2)
  })

  test('a property function that wants none has none, and one whose members are undefined leaves those out', async () => {
    await using server = await serve((response) => response.end('ok'))
    const made = [undefined, { a: undefined, b: 1 }]
    const { events, told } = bookCalls({ '*': { event, property: () => made.shift() } })
    for (let n = 0; n < 2; n++) await fetchFor('ann', server.url)
    expect([events.map(({ property }) => property), told]).toEqual([[undefined, { b: 1 }], []])
  })
})

test('a call that the tracker throws at is counted like each one', async () => {
  await using server = await serve((response) => response.end('ok'))
  const told: string[] = []
  const logger = { warn: (message: string) => void told.push(message) }
  const stop = bookVendorCalls({ trackEvent: throws }, { '*': { event } }, { logger })
  onTestFinished(stop)
  for (let n = 0; n < 2; n++) await fetchFor('ann', server.url)
  expect(stop.stats()).toEqual({ booked: 2, notBilled: 0, withoutCustomer: 0 })
  expect(told).toEqual(['bookVendorCalls: a call could not be booked: Error: no luck'])
})

/** All that a vendor gets of some requests, and what each caller gets of it. */
async function traffic() {
  const received: string[] = []
  await using server = await listen(
    createRawServer({ noDelay: true }, (socket) => {
      let sent = ''
      socket.on('data', (chunk) => {
        sent += chunk.toString('latin1')
        if (!sent.includes('the end')) return
        received.push(sent)
        sent = ''
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\nx-kept: yes\r\n\r\nansw')
        socket.write('er')
      })
    }),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const answers: string[] = []
  for (let n = 0; n < 5; n++) {
    const headers = { 'x-order': `${n}`, 'X-Case': 'Kept' }
    const init = { method: 'POST', headers, body: `fetch ${n} the end` }
    const response = await withCustomer('ann', () => fetch(`${server.url}/path?query=${n}`, init))
    answers.push(`${response.status} ${response.headers.get('x-kept')} ${await response.text()}`)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    withCustomer('bob', () =>
      request(`${server.url}/path?query=${n}`, { ...init, agent }, (answer) => resolve(text(answer)))
        .on('error', reject)
        .end(`http ${n} the end`),
    )
    answers.push(await promise)
  }
  agent.destroy()
  return { received: received.map((one) => one.replaceAll(String(server.port), 'PORT')), answers }
}

describe('whatever of ours throws, a vendor gets the same bytes in the same order, its caller the same answers, and the process goes on', () => {
  const rule = { event }
  const all = { event, property: throws, when: throws }
  const bad: Record<string, () => unknown> = {
    'the tracker throws': () => throws(),
    'the tracker rejects': rejects,
    'the tracker returns what throws when it is looked at': () => hostile[0]?.[1],
  }
  const logger = { warn: throws }
  const once = { trackEvent: () => undefined }
  const cases: [string, VendorTracker, VendorRules, VendorOptions][] = [
    ...Object.entries(bad).map(
      ([name, trackEvent]) => [name, { trackEvent }, { '*': rule }, { logger }] as (typeof cases)[number],
    ),
    ['all functions of a rule throw', { trackEvent: throws }, { '*': all }, { logger }],
    [
      'all functions of a rule reject',
      { trackEvent: rejects },
      { '*': { event, property: rejects, when: rejects } as never },
      { logger: { warn: rejects } },
    ],
    ['nobody is in context, and the logger throws', once, { localhost: rule, '*': all }, { logger }],
    ['the logger rejects', { trackEvent: throws }, { '*': all }, { logger: { warn: rejects } }],
    ['the logger is a getter that throws', { trackEvent: throws }, { '*': rule }, { logger: gettersThatThrow() }],
  ]

  test.each(cases)('%s', async (_name, tracker, rules, options) => {
    const untouched = await traffic()
    using uncaught = new Uncaught()
    const stop = bookVendorCalls(tracker, rules, options)
    onTestFinished(stop)
    const touched = await traffic()
    await sleep(1)
    stop()
    expect(touched).toEqual(untouched)
    expect(touched.received).toHaveLength(10)
    expect(uncaught.heard).toEqual([])
  })

  /** A logger whose method is there when it is checked, and throws from then on. */
  function gettersThatThrow(): { warn: () => void } {
    let asked = 0
    return Object.defineProperty({} as { warn: () => void }, 'warn', {
      get: () => (asked++ === 0 ? () => undefined : throws()),
    })
  }

  test('a tracker whose hooks, token, outbox and logger throw', async () => {
    const untouched = await traffic()
    using uncaught = new Uncaught()
    const tracker = new EventTracker({
      baseUrl: 'http://127.0.0.1:9',
      token: throws,
      beforeSend: throws,
      onError: throws,
      onDelivered: throws,
      logger: { warn: throws, error: throws, debug: throws },
    })
    const stop = bookVendorCalls(tracker, { '*': { event, property: throws } }, { otherwise: 'house' })
    onTestFinished(stop)
    const touched = await traffic()
    await tracker.shutdown({ timeoutMs: 0 })
    expect([touched, uncaught.heard, stop.stats().booked]).toEqual([untouched, [], 10])
  })
})
