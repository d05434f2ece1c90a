import { fileURLToPath } from 'node:url'
import { EventTracker } from '@obsidianlaunch/events'
import { startMock, type Mock, type TokenIsolated } from '@obsidianlaunch/events-mock'
import { mockMatchers } from '@obsidianlaunch/events-mock/vitest'
import { run, succeed } from '@obsidianlaunch/testkit/run'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

interface Sent {
  method: string
  path: string
  contentType: string | undefined
  body: unknown
}

const token = 'token-of-the-wire'
let mock: Mock
/** The requests with the token: one with another token is not among them. */
let wire: TokenIsolated

beforeAll(async () => {
  expect.extend(mockMatchers)
  mock = await startMock()
  wire = mock.isolate({ token })
})
beforeEach(() => wire.reset())
afterAll(() => mock.close())

function arrivals(): Sent[] {
  const sent = wire.requests.map(({ method, path, headers, body }) => {
    // The guide asks for the media type; parameters such as the charset change nothing for JSON.
    return { method, path, contentType: headers['content-type']?.split(';')[0], body }
  })
  expect(wire).toHaveNoViolations()
  wire.reset()
  return sent
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

async function sendBySdk(): Promise<Sent[]> {
  const tracker = new EventTracker({ token, baseUrl: wire.url })
  for (const [id, name, email, properties] of Object.values(customers)) {
    await tracker.identifyCustomer(id, { name, email, properties })
  }
  for (const [id, event] of Object.values(events)) await tracker.trackEvent(id, event)
  await tracker.shutdown()
  return arrivals()
}

async function sendByGuide(): Promise<Sent[]> {
  const calls: unknown[] = []
  for (const customer of Object.values(customers)) calls.push(['identify_customer', ...customer])
  for (const event of Object.values(events)) calls.push(['track_event', ...event])
  await succeed('python3', [fileURLToPath(new URL('guide.py', import.meta.url))], {
    env: { EVENT_TRACKING_BASE_URL: wire.url, EVENT_TRACKING_AUTH_TOKEN: token, NO_PROXY: '*' },
    input: JSON.stringify(calls),
  })
  return arrivals()
}

test(`the SDK sends what the guide writes down, for ${[...Object.keys(customers), ...Object.keys(events)].join(', ')}`, async () => {
  expect(await sendBySdk()).toStrictEqual(expected)
})

test('the SDK sends what the Python functions of the guide send', async ({ skip }) => {
  const python = await run('python3', ['-c', 'import requests']).catch(() => undefined)
  skip(python?.code !== 0, 'the Python guide needs python3 with requests: pip install requests')
  const fromGuide = await sendByGuide()
  expect(fromGuide).toHaveLength(expected.length)
  expect(await sendBySdk()).toStrictEqual(fromGuide)
})
