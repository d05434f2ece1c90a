import { describe, expect, test } from 'vitest'
import type { AttemptResult, NewToken } from '../../src/http/answer.ts'
import { Gate, type GateNews } from '../../src/delivery/gate.ts'
import { decide, decideStored } from '../../src/delivery/retry.ts'

const backoff = { baseMs: 100, capMs: 1_000 }
const policy = { maxRetries: Infinity, maxRetryAfterMs: 60_000, backoff }
const answered = (status: number, retryAfter?: string, newToken: NewToken = 'none'): AttemptResult => ({
  kind: 'answered',
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
  newToken,
})
const unreachable: AttemptResult = { kind: 'unreachable', cause: new Error('refused') }
const timeout: AttemptResult = { kind: 'timeout' }
const tokenFailed: AttemptResult = { kind: 'tokenFailed', cause: new Error('no vault') }
const failures = [unreachable, timeout, tokenFailed, answered(500), answered(503), answered(408), answered(425)]

interface Subject {
  gate: Gate
  /** An attempt of the next of four lanes ends, or of `lane`. */
  lands: (result: AttemptResult, at?: number, lane?: string) => GateNews
  probe: (result: AttemptResult, at: number) => GateNews
}

/** A gate, and what happens to it; times are elapsed milliseconds. */
function gateAt({ maxRetries = Infinity, durable = false, hasIdentities = false } = {}): Subject {
  const gate = new Gate(backoff, policy.maxRetryAfterMs, hasIdentities)
  let attempts = 0
  const leave = (result: AttemptResult, isProbe: boolean, at: number, customerId: string): GateNews => {
    const decision = (durable ? decideStored : decide)(result, 1, { ...policy, maxRetries }, at)
    return gate.leave({ customerId, result, decision, isProbe }, at, at)
  }
  const nextLane = (): string => `lane ${attempts++ % 4}`
  return {
    gate,
    lands: (result, at = 0, lane = nextLane()) => leave(result, false, at, lane),
    probe: (result, at) => {
      expect(gate.admits(5, at)).toBe(1)
      expect(gate.enter()).toBe(true)
      return leave(result, true, at, nextLane())
    },
  }
}

test('an open gate lets everything through', () => {
  const { gate } = gateAt()
  expect(gate.admits(32, 0)).toBe(32)
  expect(gate.enter()).toBe(false)
  expect(gate).toMatchObject({ closed: false, opensAt: undefined })
})

test.each([429, 503])('%i with Retry-After closes it for the whole time, up to a tenth longer', (status) => {
  for (let draw = 0; draw < 50; draw++) {
    const { gate, lands } = gateAt()
    expect(lands(answered(status, '10'), 1_000)).toBe('closed')
    expect(gate.opensAt).toBeGreaterThanOrEqual(11_000)
    expect(gate.opensAt).toBeLessThanOrEqual(12_000)
    expect(gate.admits(32, 10_999)).toBe(0)
    expect(gate.admits(32, 12_000)).toBe(1)
  }
})

test.each([429, 503])('%i that asks for longer than maxRetryAfterMs closes it for that long', (status) => {
  for (let draw = 0; draw < 50; draw++) {
    const { gate, lands } = gateAt()
    expect(lands(answered(status, '86400'), 1_000)).toBe('closed')
    expect(gate.opensAt).toBeGreaterThanOrEqual(61_000)
    expect(gate.opensAt).toBeLessThanOrEqual(67_000)
  }
})

test('where no Retry-After is heeded, a server that asks to wait is left alone with growing backoff', () => {
  const gate = new Gate(backoff, 0)
  let now = 0
  for (let closings = 0; closings < 8; closings++) {
    const attempt = { customerId: 'ann', result: answered(429, '10'), isProbe: gate.enter() }
    expect(gate.leave({ ...attempt, decision: decide(attempt.result, 1, policy, now) }, now, now)).toBe('closed')
    expect(Number(gate.opensAt) - now).toBeGreaterThanOrEqual(100)
    expect(Number(gate.opensAt) - now).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** closings))
    now = Number(gate.opensAt)
  }
})

test('429 without Retry-After closes it with backoff', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429), 50)).toBe('closed')
  expect(gate.closed).toBe(true)
  expect(gate.opensAt).toBeLessThanOrEqual(150)
})

test('429 with nonsense for a Retry-After closes it with backoff', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429, 'soon'))).toBe('closed')
  expect(gate.opensAt).toBeLessThanOrEqual(100)
})

test.each([answered(503), answered(503, 'soon'), answered(500, '10'), answered(408, '10'), answered(200, '10')])(
  'it stays open for what concerns one event alone: %j',
  (result) => {
    const { gate, lands } = gateAt()
    expect(lands(result)).toBeUndefined()
    expect(gate.closed).toBe(false)
  },
)

test.each(failures)('eight failures in a row close it, of whatever kind, seven do not: %j', (result) => {
  const { gate, lands } = gateAt()
  for (let failure = 1; failure <= 7; failure++) expect(lands(result)).toBeUndefined()
  expect(gate.closed).toBe(false)
  expect(lands(result)).toBe('closed')
  expect(gate.closed).toBe(true)
  expect(gate.opensAt).toBeLessThanOrEqual(100)
})

test('failures of different kinds make one row, used up retries among them', () => {
  const { gate, lands } = gateAt({ maxRetries: 0 })
  for (const result of failures) expect(lands(result)).toBeUndefined()
  expect(lands(unreachable)).toBe('closed')
  expect(gate.closed).toBe(true)
})

test("failures of one lane or two, however many, hold nobody else; those of a third are everybody's", () => {
  const { gate, lands } = gateAt()
  for (let failure = 0; failure < 50; failure++) lands(unreachable, 0, failure % 2 ? 'ann' : 'bob')
  expect(gate.closed).toBe(false)
  expect(lands(unreachable, 0, 'cid')).toBe('closed')
})

test.each([answered(200), answered(204), answered(400), answered(302)])(
  'an answer that settles an event between begins the count anew: %j',
  (result) => {
    const { gate, lands } = gateAt()
    for (let failure = 1; failure <= 7; failure++) lands(unreachable)
    lands(result)
    for (let failure = 1; failure <= 7; failure++) lands(unreachable)
    expect(gate.closed).toBe(false)
    lands(unreachable)
    expect(gate.closed).toBe(true)
  },
)

test('a token that was replaced while its attempt was on its way is no failure', () => {
  const { gate, lands } = gateAt()
  for (let failure = 1; failure <= 7; failure++) lands(unreachable)
  for (let refusal = 0; refusal < 20; refusal++) expect(lands(answered(401, undefined, 'ready'))).toBeUndefined()
  expect(gate.closed).toBe(false)
  expect(lands(unreachable)).toBe('closed')
})

test('one probe goes through at a time, and nothing beside it', () => {
  const { gate, lands } = gateAt()
  lands(answered(429, '1'))
  expect(gate.admits(0, 5_000)).toBe(0)
  expect(gate.admits(32, 5_000)).toBe(1)
  expect(gate.enter()).toBe(true)
  expect(gate.admits(32, 5_000)).toBe(0)
  expect(gate.opensAt).toBeUndefined()
  expect(gate.closed).toBe(true)
})

test.each([answered(200), answered(404)])('an answer that settles the probe opens it: %j', (result) => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(probe(result, 5_000)).toBeUndefined()
  expect(gate).toMatchObject({ closed: false, opensAt: undefined })
  expect(gate.admits(32, 5_000)).toBe(32)
})

test('a probe that is told to wait closes it for that long', () => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(probe(answered(429, '10'), 5_000)).toBe('closed')
  expect(gate.opensAt).toBeGreaterThanOrEqual(15_000)
  expect(gate.opensAt).toBeLessThanOrEqual(16_000)
})

test.each(failures)('a probe that is not settled closes it again, with growing backoff: %j', (result) => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  let now = 5_000
  for (let closings = 1; closings <= 8; closings++) {
    expect(probe(result, now)).toBe('closed')
    expect(gate.closed).toBe(true)
    expect(Number(gate.opensAt) - now).toBeGreaterThanOrEqual(100)
    expect(Number(gate.opensAt) - now).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** closings))
    now = Number(gate.opensAt)
  }
  expect(probe(answered(200), now)).toBeUndefined()
  expect(gate.closed).toBe(false)
})

test('a probe whose retries are used up has not been settled by the server', () => {
  const { gate, lands, probe } = gateAt({ maxRetries: 0 })
  lands(answered(429, '1'))
  expect(probe(answered(500), 5_000)).toBe('closed')
  expect(gate.closed).toBe(true)
})

test('a probe that found its token replaced leaves it closed, and another may go at once', () => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(probe(answered(401, undefined, 'ready'), 5_000)).toBeUndefined()
  expect(gate.closed).toBe(true)
  expect(probe(answered(200), 5_001)).toBeUndefined()
  expect(gate.closed).toBe(false)
})

test('a probe that was cut off leaves it closed, and another may go at once', () => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(gate.admits(5, 5_000)).toBe(1)
  expect(gate.enter()).toBe(true)
  gate.cut(false)
  expect(gate.admits(5, 5_000)).toBe(0)
  gate.cut(true)
  expect(gate.closed).toBe(true)
  expect(probe(answered(200), 5_000)).toBeUndefined()
  expect(gate.closed).toBe(false)
})

test('answers still in flight lengthen the wait', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429, '1'))).toBe('closed')
  expect(lands(answered(429, '30'), 100)).toBeUndefined()
  expect(gate.opensAt).toBeGreaterThanOrEqual(30_100)
})

test.each([answered(200), answered(404), answered(429), answered(429, '1'), answered(503, '2'), ...failures])(
  'answers still in flight neither open it nor shorten the wait: %j',
  (result) => {
    const { gate, lands } = gateAt()
    lands(answered(429, '60'))
    const { opensAt } = gate
    expect(lands(result, 500)).toBeUndefined()
    expect(gate.closed).toBe(true)
    expect(gate.opensAt).toBe(opensAt)
  },
)

test('failures still in flight when it closed do not make its backoff grow', () => {
  const { gate, lands, probe } = gateAt()
  for (let failure = 0; failure < 100; failure++) lands(unreachable)
  expect(gate.opensAt).toBeLessThanOrEqual(100)
  probe(unreachable, 1_000)
  expect(gate.opensAt).toBeLessThanOrEqual(1_200)
})

test('answers that repeat what closed it do not make its backoff grow', () => {
  for (let draw = 0; draw < 30; draw++) {
    const { lands, probe, gate } = gateAt()
    for (let answers = 0; answers < 100; answers++) lands(answered(429))
    probe(unreachable, 1_000)
    expect(gate.opensAt).toBeLessThanOrEqual(1_200)
  }
})

test('a longer wait that is asked for while the probe is out is kept, whatever the probe brings', () => {
  const gate = new Gate(backoff, policy.maxRetryAfterMs)
  const leave = (result: AttemptResult, isProbe: boolean, at: number): GateNews =>
    gate.leave({ customerId: 'ann', result, decision: decide(result, 1, policy, at), isProbe }, at, at)
  leave(answered(429, '1'), false, 0)
  expect(gate.enter()).toBe(true)
  leave(answered(429, '60'), false, 2_000)
  leave(answered(200), true, 2_100)
  expect(gate.admits(5, 61_900)).toBe(0)
  expect(gate.admits(5, 69_000)).toBe(1)
})

test('three refusals in a row, of different lanes, close it, and are told once', () => {
  const { gate, lands, probe } = gateAt({ durable: true })
  expect([lands(answered(401)), lands(answered(403)), gate.closed]).toEqual([undefined, undefined, false])
  expect(lands(answered(401))).toBe('refused')
  expect(gate.closed).toBe(true)
  expect(lands(answered(401))).toBeUndefined()
  let now = 2_000
  // One event probes, soon at first, then every capMs.
  for (const atLeastMs of [200, 400, 800, 1_000, 1_000]) {
    expect(probe(answered(401), now)).toBeUndefined()
    expect(Number(gate.opensAt) - now).toBeGreaterThanOrEqual(atLeastMs)
    expect(Number(gate.opensAt) - now).toBeLessThanOrEqual(atLeastMs * 1.1)
    now = Number(gate.opensAt)
  }
})

test('refusals of one lane or two are told, and hold nobody else', () => {
  const { gate, lands } = gateAt({ durable: true })
  const news = Array.from({ length: 20 }, (_, n) => lands(answered(401), 0, n % 2 ? 'ann' : 'bob'))
  expect(news.filter((it) => it !== undefined)).toEqual(['refused'])
  expect(news[2]).toBe('refused')
  expect(gate.closed).toBe(false)
})

test('a delivery between begins the count of refusals anew, a fault of the event itself does not', () => {
  const { gate, lands } = gateAt({ durable: true })
  for (const status of [401, 401, 200, 401, 401]) expect(lands(answered(status))).toBeUndefined()
  expect(lands(answered(400))).toBeUndefined()
  expect(gate.closed).toBe(false)
  expect(lands(answered(401))).toBe('refused')
  expect(gate.closed).toBe(true)
})

test('while everybody is refused only a delivery opens it, and the next refusals are news again', () => {
  const { gate, lands, probe } = gateAt({ durable: true })
  for (let refusal = 0; refusal < 3; refusal++) lands(answered(401))
  expect(probe(answered(400), 2_000)).toBeUndefined()
  expect(gate.closed).toBe(true)
  expect(probe(answered(200), 5_000)).toBeUndefined()
  expect(gate.closed).toBe(false)
  const news = [1, 2, 3].map(() => lands(answered(401), 6_000))
  expect(news).toEqual([undefined, undefined, 'refused'])
})

describe.each([true, false])('where each customer has an identity of its own (stored: %s)', (durable) => {
  const identities = { durable, hasIdentities: true }

  test.each([answered(401), answered(403), answered(401, undefined, 'unknown')])(
    'refusals of identities never close it: %j',
    (result) => {
      const { gate, lands } = gateAt(identities)
      for (let refusal = 0; refusal < 40; refusal++) expect(lands(result)).not.toBe('closed')
      expect(gate.closed).toBe(false)
    },
  )

  test('a refused identity neither makes a row of failures nor ends one', () => {
    const { gate, lands } = gateAt(identities)
    for (let failure = 1; failure <= 7; failure++) {
      expect(lands(answered(503), 0, `lane ${failure % 3}`)).toBeUndefined()
      expect(lands(answered(401))).not.toBe('closed')
    }
    expect(lands(answered(503))).toBe('closed')
    expect(gate.closed).toBe(true)
  })

  test('a probe whose identity is refused is not why it is closed', () => {
    const { gate, lands, probe } = gateAt(identities)
    for (let n = 0; n < 8; n++) lands(unreachable)
    const before = gate.status(1_000)
    expect(before).toMatchObject({ state: 'closed', reason: 'The API does not answer', status: undefined })
    probe(answered(403), 2_000)
    expect(gate.status(2_000)).toEqual({ ...before, opensInMs: 0 })
  })

  test('a probe whose identity is refused lets the next one go at once', () => {
    const { gate, lands, probe } = gateAt(identities)
    lands(answered(429, '1'))
    for (let refusal = 0; refusal < 5; refusal++) {
      expect(probe(answered(403), 1_100)).not.toBe('closed')
      expect(gate.admits(5, 1_100)).toBe(1)
    }
    expect(probe(answered(200), 1_100)).toBeUndefined()
    expect(gate.closed).toBe(false)
  })
})

test('beside refusals of identities, those of an address close it still', () => {
  const { gate, lands } = gateAt({ durable: true, hasIdentities: true })
  for (const status of [401, 403, 401]) lands(answered(status))
  expect(gate.closed).toBe(false)
  for (const lane of ['ann', 'bob', 'eve']) lands(answered(404), 0, lane)
  expect(gate.closed).toBe(true)
})

test('when the network may be back, a gate that is closed for want of answers lets one probe through at once', () => {
  const { gate, lands, probe } = gateAt()
  for (let failure = 0; failure < 8; failure++) lands(unreachable, 1_000)
  expect(Number(gate.opensAt)).toBeGreaterThan(1_000)
  gate.hurry(1_001)
  expect(gate.admits(32, 1_001)).toBe(1)
  // In vain: it waits again.
  probe(unreachable, 1_001)
  expect(gate.admits(32, 1_001)).toBe(0)
})

test.each([answered(429, '10'), answered(503, '10'), answered(429)])(
  'the network that is back shortens no pause that the API has asked for: %j',
  (result) => {
    const { gate, lands } = gateAt()
    lands(result, 1_000)
    for (let failure = 0; failure < 8; failure++) lands(unreachable, 1_000)
    const opensAt = Number(gate.opensAt)
    gate.hurry(1_001)
    expect(gate.admits(32, opensAt - 1)).toBe(0)
    expect(gate.admits(32, opensAt)).toBe(1)
  },
)

test('the network that is back opens no gate that is open, refused or probing', () => {
  const { gate, lands } = gateAt({ durable: true })
  gate.hurry(0)
  expect(gate.admits(32, 0)).toBe(32)
  for (const lane of ['ann', 'bob', 'eve']) lands(answered(401), 1_000, lane)
  gate.hurry(1_001)
  expect(gate.admits(32, 1_001)).toBe(0)
})
