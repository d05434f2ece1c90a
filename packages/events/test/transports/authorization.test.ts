import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  type Authorization,
  AuthenticationError,
  ConfigurationError,
  EventTracker,
  type EventTrackingError,
  PermissionError,
  type TrackerOptions,
} from '../../src/index.ts'
import { sqliteOutbox } from '../../src/outbox/sqlite/sqlite.ts'
import { exposed } from '../support/exposure.ts'
import { type Answer, inTurn, ok, serve, status } from '../support/server.ts'

let folder: string
const trackers: EventTracker[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authorization-'))
})
afterEach(async () => {
  for (const tracker of trackers.splice(0)) await tracker.shutdown({ timeoutMs: 0 })
  await rm(folder, { recursive: true })
})

/** A tracker that sends to a relay. */
function toRelay(baseUrl: string, authorization: Authorization, options: TrackerOptions = {}): EventTracker {
  const tracker = new EventTracker({
    token: null,
    baseUrl,
    authorization,
    backoff: { baseMs: 1, capMs: 20 },
    onError: () => undefined,
    ...options,
  })
  trackers.push(tracker)
  return tracker
}

/** A tracker that stores what it sends. */
function withOutbox(baseUrl: string, authorization: Authorization, options: TrackerOptions = {}): EventTracker {
  return toRelay(baseUrl, authorization, { outbox: sqliteOutbox(join(folder, 'events.db')), ...options })
}

async function failureOf(delivery: PromiseLike<unknown>): Promise<EventTrackingError> {
  return delivery.then(
    () => expect.fail('delivered'),
    (error: EventTrackingError) => error,
  )
}

const identityOf = (customerId: string): string => `identity-of-${customerId}`
/** Refuses the events of these customers, as a relay does whose caller is somebody else. */
const refusing =
  (code: number, ...customers: string[]): Answer =>
  (response, arrival, request) =>
    (customers.includes(arrival.body.customer_id) ? status(code) : ok)(response, arrival, request)

test('a key is sent with every event, as Bearer', async () => {
  await using server = await serve(inTurn(status(503), ok))
  const tracker = toRelay(server.url, 'pk_live_radioactive')
  await Promise.all([tracker.trackEvent('ann', 'x'), tracker.trackEvent('bob', 'x')])
  expect(new Set(server.arrivals.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer pk_live_radioactive']),
  )
})

test('a relay that answers 401 is a matter of the option authorization, and not of a token', async () => {
  await using server = await serve(status(401))
  const advice = /\(check the option authorization\)\.$/
  expect((await failureOf(toRelay(server.url, 'pk_live_radioactive').trackEvent('ann', 'x'))).text).toMatch(advice)
  const withoutAny = toRelay(server.url, () => null, { authorization: undefined })
  expect((await failureOf(withoutAny.trackEvent('ann', 'x'))).text).toMatch(advice)
})

test('a function that gives null sends no Authorization', async () => {
  await using server = await serve(ok)
  await toRelay(server.url, () => null).trackEvent('ann', 'x')
  expect(server.arrivals[0]?.headers.authorization).toBeUndefined()
})

test('each attempt carries the identity of its own customer, asked for it anew, however many are in flight', async () => {
  let count = 0
  await using server = await serve((...exchange) => (++count % 3 === 0 ? status(503) : ok)(...exchange))
  const asked: string[] = []
  const slowly = async (customerId: string): Promise<string> => {
    asked.push(customerId)
    // The one that was asked first does not answer first.
    for (let turns = asked.length % 7; turns > 0; turns--) await new Promise((turn) => setImmediate(turn))
    return identityOf(customerId)
  }
  const tracker = toRelay(server.url, slowly)
  for (let n = 0; n < 300; n++) void tracker.trackEvent(`customer${n % 40}`, 'x')
  expect(await tracker.shutdown()).toMatchObject({ delivered: 300 })
  for (const { headers, body } of server.arrivals)
    expect(headers.authorization).toBe(`Bearer ${identityOf(body.customer_id)}`)
  expect(server.arrivals.length).toBeGreaterThan(300)
  expect(asked).toHaveLength(server.arrivals.length)
})

test('what an earlier process has stored for a customer is sent under the identity of that customer', async () => {
  await using down = await serve(status(503))
  const first = withOutbox(down.url, identityOf)
  const deliveries = ['ann', 'bob'].map((customer) => first.trackEvent(customer, 'x'))
  await Promise.all(deliveries.map(({ stored }) => stored))
  await first.shutdown({ timeoutMs: 0 })
  await using server = await serve(ok)
  const second = withOutbox(server.url, identityOf)
  await second.start()
  await expect.poll(() => second.stats().delivered).toBe(2)
  for (const { headers, body } of server.arrivals)
    expect(headers.authorization).toBe(`Bearer ${identityOf(body.customer_id)}`)
})

test('a 401 asks for the identity of that customer again, and tries once more if it has changed', async () => {
  await using server = await serve((response, arrival, request) =>
    (arrival.headers.authorization?.endsWith('-3') ? ok : status(401))(response, arrival, request),
  )
  const asked: string[] = []
  const renewed = (customerId: string): string => {
    asked.push(customerId)
    const times = customerId === 'eve' ? 1 : asked.filter((one) => one === customerId).length
    return `${identityOf(customerId)}-${times}`
  }
  const tracker = toRelay(server.url, renewed)
  const [ann, bob, eve] = [
    tracker.trackEvent('ann', 'x'),
    tracker.trackEvent('bob', 'x'),
    tracker.trackEvent('eve', 'x'),
  ]
  // Asked for the first attempt, after its 401, and for the second attempt.
  expect(await ann).toMatchObject({ attempts: 2 })
  expect(await bob).toMatchObject({ attempts: 2 })
  expect(await failureOf(eve)).toBeInstanceOf(AuthenticationError)
  expect(
    server.arrivals.map(({ headers }) => String(headers.authorization)).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual([
    'Bearer identity-of-ann-1',
    'Bearer identity-of-ann-3',
    'Bearer identity-of-bob-1',
    'Bearer identity-of-bob-3',
    'Bearer identity-of-eve-1',
  ])
})

test.each<[string, () => string | Promise<string>]>([
  [
    'throws',
    () => {
      throw new Error('no session')
    },
  ],
  ['rejects', () => Promise.reject(new Error('no session'))],
  ['hangs', () => new Promise<string>(() => undefined)],
  ['gives what no header can carry', () => 'a\nb'],
])('a function that %s for one customer costs that one retries, and nobody else anything', async (_, fail) => {
  await using server = await serve(ok)
  let failures = 2
  const tracker = toRelay(
    server.url,
    (customerId) => (customerId === 'ann' && failures-- > 0 ? fail() : identityOf(customerId)),
    { attemptTimeoutMs: 1_000 },
  )
  const ann = tracker.trackEvent('ann', 'x')
  expect(await tracker.trackEvent('bob', 'x')).toMatchObject({ status: 200 })
  expect((await ann).attempts).toBeGreaterThanOrEqual(3)
})

test('the error of a function that fails names it', async () => {
  await using server = await serve(ok)
  const failing = toRelay(server.url, () => Promise.reject(new Error('no session')), { maxRetries: 1 })
  expect((await failureOf(failing.trackEvent('ann', 'x'))).text).toBe(
    'The authorization function failed: no session, after 2 attempts.',
  )
  const wrong = toRelay(server.url, () => 5 as unknown as string, { maxRetries: 0 })
  expect((await failureOf(wrong.trackEvent('ann', 'x'))).text).toBe(
    'The authorization function failed: What the authorization function returned is not text, after 1 attempt.',
  )
})

describe.each([401, 403])('identities that are refused with %i', (code) => {
  test('hold nobody else, with an outbox, whoever many they are', async () => {
    const strangers = Array.from({ length: 12 }, (_, n) => `stranger${n}`)
    await using server = await serve(refusing(code, ...strangers))
    const pauses: string[] = []
    const patient = { backoff: { baseMs: 1e12, capMs: 1e12 } }
    const note = (message: string) => message.includes('sending pauses') && pauses.push(message)
    const logger = { warn: note, error: () => undefined }
    const tracker = withOutbox(server.url, identityOf, { ...patient, logger })
    for (const stranger of strangers)
      expect(await failureOf(tracker.trackEvent(stranger, 'x'))).toMatchObject({ kept: true })
    // Had the gate closed, it would let nothing through.
    const healthy = Array.from({ length: 20 }, (_, n) => tracker.trackEvent(`customer${n}`, 'x'))
    for (const { status: given } of await Promise.all(healthy)) expect(given).toBe(200)
    expect(pauses).toEqual([])
    expect(tracker.stats()).toMatchObject({ delivered: 20, pending: 12 })
  })

  test('are told once, with an outbox, while nothing is delivered', async () => {
    await using server = await serve(status(code))
    const told: EventTrackingError[] = []
    const tracker = withOutbox(server.url, identityOf, { onError: (error) => told.push(error) })
    void tracker.trackEvent('ann', 'x')
    await expect.poll(() => server.arrivals.length).toBeGreaterThan(6)
    expect(told).toMatchObject([{ status: code, kept: true }])
  })

  test('end their own event without an outbox, and the next of the customer goes on', async () => {
    const answers = inTurn(status(code), ok)
    await using server = await serve(answers)
    const tracker = toRelay(server.url, identityOf)
    const [first, second] = [tracker.trackEvent('ann', 'first'), tracker.trackEvent('ann', 'second')]
    expect(await failureOf(first)).toBeInstanceOf(code === 401 ? AuthenticationError : PermissionError)
    expect(await second).toMatchObject({ status: 200 })
  })
})

test('what a relay says of a wrong key comes with a word on the option that has it', async () => {
  await using server = await serve(status(401))
  const tracker = toRelay(server.url, 'pk_live_of_somebody_else')
  expect((await failureOf(tracker.trackEvent('user123', 'x'))).message).toContain('authorization')
})

test('a key that is refused closes the gate, as a token does: it is everybody’s', async () => {
  await using server = await serve(status(401))
  const told: EventTrackingError[] = []
  // Of any length, by chance: so long that the gate lets nothing through while the test looks.
  const patient = { backoff: { baseMs: 1e12, capMs: 1e12 } }
  const tracker = withOutbox(server.url, 'pk_live_radioactive', { ...patient, onError: (error) => told.push(error) })
  for (const customer of ['ann', 'bob', 'eve']) await failureOf(tracker.trackEvent(customer, 'x'))
  expect(told).toHaveLength(1)
  void tracker.trackEvent('late', 'x')
  await tracker.flush()
  expect(server.arrivals).toHaveLength(3)
})

test('neither a key nor an identity shows anywhere but in its header', async () => {
  await using server = await serve((response, { headers }) => {
    response.writeHead(400, { 'x-echo': String(headers.authorization) }).end(`{"you":"${headers.authorization}"}`)
  })
  const told: unknown[] = []
  const tell = (...all: unknown[]): void => void told.push(...all)
  const hooks = { onDelivered: tell, onError: tell, logger: { warn: tell, error: tell }, maxRetries: 0 }
  const secret = 'radioactive-identity-0815'
  const given: Authorization[] = [
    secret,
    (customerId) => `${secret}-${customerId}`,
    (customerId) => {
      if (customerId !== 'customer0') throw Object.assign(new Error(`no successor of ${secret}`), { secret })
      return secret
    },
  ]
  for (const authorization of given) {
    const tracker = toRelay(server.url, authorization, hooks)
    for (let n = 0; n < 20; n++) told.push(await tracker.trackEvent(`customer${n}`, 'x').settled())
    told.push(tracker, await tracker.shutdown())
  }
  const texts = exposed(told)
  expect(texts.join()).toContain('[redacted]')
  expect(texts.filter((text) => text.includes(secret))).toEqual([])
  for (const { path, text } of server.arrivals) expect(`${path}${text}`).not.toContain(secret)
})

test.each<[string, TrackerOptions, RegExp]>([
  ['beside a token', { token: 'secret-token' }, /^authorization is for a relay.* token: null/],
  ['beside a token function', { token: () => 'secret-token' }, /^authorization is for a relay.* token: null/],
  ['beside the token of the environment', { token: undefined }, /^authorization is for a relay.* token: null/],
  ['without the address of a relay', { baseUrl: undefined }, /^baseUrl is required with authorization/],
  ['that is blank', { authorization: ' ' }, /^The option authorization is blank/],
  ['that no header can carry', { authorization: 'radio\nactive' }, /^The option authorization has a line break/],
])('authorization %s is a ConfigurationError that does not show it', (_, options, message) => {
  vi.stubEnv('EVENT_TRACKING_AUTH_TOKEN', 'radioactive-token')
  try {
    const make = () =>
      new EventTracker({
        token: null,
        baseUrl: 'https://app.example.com/relay',
        authorization: 'radioactive',
        ...options,
      })
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(message)
    expect(make).not.toThrow(/radioactive|secret/)
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a token function is told nothing of the customer', async () => {
  await using server = await serve(ok)
  const given: unknown[][] = []
  const token = (...all: unknown[]): string => {
    given.push(all)
    return 'secret-token'
  }
  await new EventTracker({ token, baseUrl: server.url }).trackEvent('ann', 'x')
  expect(given).toEqual([[]])
})
