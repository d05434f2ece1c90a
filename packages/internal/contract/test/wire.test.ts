import { fileURLToPath } from 'node:url'
import { EventTracker } from '@obsidianlaunch/events'
import type { Mock } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/vitest'
import { run, succeed } from '@obsidianlaunch/testkit/run'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Server, servers } from './servers.ts'

interface Sent {
  method: string
  path: string
  contentType: string | undefined
  body: unknown
}

/** The requests as they arrived, without a violation. */
function sentTo(mock: Mock): Sent[] {
  expect(mock).toHaveNoViolations()
  return mock.requests.map(({ method, path, headers, body }) => {
    // The guide asks for the media type; parameters such as the charset change nothing for JSON.
    return { method, path, contentType: headers['content-type']?.split(';')[0], body }
  })
}

type Customer = [id: string, name: string, email: string, properties: Record<string, unknown>]
const customers: Record<string, Customer> = {
  'ASCII properties': ['user123', 'John Doe', 'john@example.com', { plan: 'premium', signup_date: '2023-06-25' }],
  'unicode properties': [
    'кlient-42',
    'José Müller',
    'josé@example.com',
    { 会社: '株式会社', mood: '🎉 "quoted"\n\t\\' },
  ],
  'nested properties': ['u-3', 'Ada', 'ada@example.com', { company: { seats: 12, tags: ['a', null, 1.5, true, {}] } }],
  'empty properties': ['u-4', 'Grace', 'grace@example.com', {}],
}
const events: Record<string, [id: string, event: string]> = {
  'ASCII names': ['user123', 'button_click'],
  'unicode names': ['кlient-42', '計画を更新 ✅'],
}

function expectedAt(path: string, body: object): Sent {
  return { method: 'POST', path, contentType: 'application/json', body }
}
const expected: Sent[] = [
  ...Object.values(customers).map(([customer_id, name, email, properties]) =>
    expectedAt('/customer/test', { customer_id, name, email, properties }),
  ),
  ...Object.values(events).map(([customer_id, event]) => expectedAt('/events/test', { customer_id, event })),
]

function byCustomer(sent: Sent[]) {
  return Object.groupBy(sent, ({ body }) => (body as { customer_id: string }).customer_id)
}

const inWords = [...Object.keys(customers), ...Object.keys(events)].join(', ')
const python = await run('python3', ['-c', 'import requests']).catch(() => undefined)

describe.each(Object.entries(servers))('To the %s', (_name, start) => {
  let server: Server
  beforeAll(async () => {
    expect.extend(mockMatchers)
    server = await start()
  })
  beforeEach(() => {
    server.front.reset()
    server.api.reset()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  async function sendBySdk(): Promise<void> {
    const tracker = new EventTracker({ token: server.token, baseUrl: server.url })
    for (const [id, name, email, properties] of Object.values(customers)) {
      await tracker.identifyCustomer(id, { name, email, properties })
    }
    for (const [id, event] of Object.values(events)) await tracker.trackEvent(id, event)
    await tracker.shutdown()
  }

  async function sendByGuide(): Promise<void> {
    const calls: unknown[] = []
    for (const customer of Object.values(customers)) calls.push(['identify_customer', ...customer])
    for (const event of Object.values(events)) calls.push(['track_event', ...event])
    await succeed('python3', [fileURLToPath(new URL('guide.py', import.meta.url))], {
      env: { EVENT_TRACKING_BASE_URL: server.url, EVENT_TRACKING_AUTH_TOKEN: server.token, NO_PROXY: '*' },
      input: JSON.stringify(calls),
    })
  }

  /** The requests as they were sent, and as the API has them in the end: there each customer's in order, and none between customers. */
  async function arrivals() {
    await expect.poll(() => server.api.requests.length).toBe(expected.length)
    return { sent: sentTo(server.front), arrived: byCustomer(sentTo(server.api)) }
  }

  test(`the SDK sends what the guide writes down, for ${inWords}`, async () => {
    await sendBySdk()
    expect(await arrivals()).toStrictEqual({ sent: expected, arrived: byCustomer(expected) })
  })

  test('the Python functions of the guide send the same', async ({ skip }) => {
    skip(python?.code !== 0, 'the Python guide needs python3 with requests: pip install requests')
    await sendByGuide()
    expect(await arrivals()).toStrictEqual({ sent: expected, arrived: byCustomer(expected) })
  })
})
