import { expect, test } from 'vitest'
import type { Outcome } from '../src/attempt.ts'
import { Gate } from '../src/gate.ts'

const backoff = { baseMs: 100, capMs: 1_000 }
const answered = (status: number, retryAfter?: string): Outcome => ({
  kind: 'answered',
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
  tokenChanged: false,
})
const unreachable: Outcome = { kind: 'unreachable', cause: new Error('refused') }
const timeout: Outcome = { kind: 'timeout' }

/** A gate, and what happens to it; times are elapsed milliseconds. */
function gateAt(): {
  gate: Gate
  lands: (outcome: Outcome, at?: number) => boolean
  probe: (outcome: Outcome, at: number) => boolean
} {
  const gate = new Gate(backoff)
  return {
    gate,
    lands: (outcome, at = 0) => gate.leave(outcome, false, at, at),
    probe: (outcome, at) => {
      expect(gate.admits(5, at)).toBe(1)
      expect(gate.enter()).toBe(true)
      return gate.leave(outcome, true, at, at)
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
    expect(lands(answered(status, '10'), 1_000)).toBe(true)
    expect(gate.opensAt).toBeGreaterThanOrEqual(11_000)
    expect(gate.opensAt).toBeLessThanOrEqual(12_000)
    expect(gate.admits(32, 10_999)).toBe(0)
    expect(gate.admits(32, 12_000)).toBe(1)
  }
})

test('429 without Retry-After closes it with backoff', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429), 50)).toBe(true)
  expect(gate.closed).toBe(true)
  expect(gate.opensAt).toBeLessThanOrEqual(150)
})

test('429 with nonsense for a Retry-After closes it with backoff', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429, 'soon'))).toBe(true)
  expect(gate.opensAt).toBeLessThanOrEqual(100)
})

test.each([answered(503), answered(503, 'soon'), answered(500, '10'), answered(408, '10'), answered(200, '10')])(
  'it stays open for what concerns one event alone: %j',
  (outcome) => {
    const { gate, lands } = gateAt()
    expect(lands(outcome)).toBe(false)
    expect(gate.closed).toBe(false)
  },
)

test('eight failures of the network in a row close it, seven do not', () => {
  const { gate, lands } = gateAt()
  for (let silence = 1; silence <= 7; silence++) expect(lands(silence % 2 ? unreachable : timeout)).toBe(false)
  expect(gate.closed).toBe(false)
  expect(lands(unreachable)).toBe(true)
  expect(gate.closed).toBe(true)
  expect(gate.opensAt).toBeLessThanOrEqual(100)
})

test.each([answered(200), answered(400), answered(500)])('an answer between begins the count anew: %j', (outcome) => {
  const { gate, lands } = gateAt()
  for (let silence = 1; silence <= 7; silence++) lands(unreachable)
  lands(outcome)
  for (let silence = 1; silence <= 7; silence++) lands(unreachable)
  expect(gate.closed).toBe(false)
  lands(unreachable)
  expect(gate.closed).toBe(true)
})

test('a token function that fails says nothing about the server', () => {
  const { gate, lands } = gateAt()
  for (let failure = 0; failure < 20; failure++) lands({ kind: 'tokenFailed', cause: undefined })
  expect(gate.closed).toBe(false)
  for (let silence = 1; silence <= 8; silence++) {
    lands(unreachable)
    if (silence < 8) lands({ kind: 'tokenFailed', cause: undefined })
  }
  expect(gate.closed).toBe(true)
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

test.each([answered(200), answered(404), answered(500), answered(503)])(
  'any answer to the probe opens it: %j',
  (outcome) => {
    const { gate, lands, probe } = gateAt()
    lands(answered(429, '1'))
    expect(probe(outcome, 5_000)).toBe(false)
    expect(gate).toMatchObject({ closed: false, opensAt: undefined })
    expect(gate.admits(32, 5_000)).toBe(32)
  },
)

test('a probe that is told to wait closes it for that long', () => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(probe(answered(429, '10'), 5_000)).toBe(true)
  expect(gate.opensAt).toBeGreaterThanOrEqual(15_000)
  expect(gate.opensAt).toBeLessThanOrEqual(16_000)
})

test.each([unreachable, timeout])(
  'a probe without an answer closes it again, with growing backoff: $kind',
  (outcome) => {
    const { gate, lands, probe } = gateAt()
    lands(answered(429, '1'))
    let now = 5_000
    for (let closings = 1; closings <= 8; closings++) {
      expect(probe(outcome, now)).toBe(true)
      expect(gate.closed).toBe(true)
      expect(Number(gate.opensAt) - now).toBeLessThanOrEqual(Math.min(1_000, 100 * 2 ** closings))
      now = Number(gate.opensAt)
    }
    expect(probe(answered(200), now)).toBe(false)
    expect(gate.closed).toBe(false)
  },
)

test('a probe whose token function failed leaves it closed, and another may go', () => {
  const { gate, lands, probe } = gateAt()
  lands(answered(429, '1'))
  expect(probe({ kind: 'tokenFailed', cause: undefined }, 5_000)).toBe(false)
  expect(gate.closed).toBe(true)
  expect(probe(answered(200), 5_001)).toBe(false)
  expect(gate.closed).toBe(false)
})

test('answers still in flight lengthen the wait', () => {
  const { gate, lands } = gateAt()
  expect(lands(answered(429, '1'))).toBe(true)
  expect(lands(answered(429, '30'), 100)).toBe(false)
  expect(gate.opensAt).toBeGreaterThanOrEqual(30_100)
})

test.each([answered(200), answered(500), answered(429), answered(429, '1'), answered(503, '2'), unreachable, timeout])(
  'answers still in flight never shorten the wait: %j',
  (outcome) => {
    const { gate, lands } = gateAt()
    lands(answered(429, '60'))
    const { opensAt } = gate
    expect(lands(outcome, 500)).toBe(false)
    expect(gate.closed).toBe(true)
    expect(gate.opensAt).toBe(opensAt)
  },
)

test('failures still in flight when it closed do not make its backoff grow', () => {
  const { gate, lands, probe } = gateAt()
  for (let silence = 0; silence < 100; silence++) lands(unreachable)
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
  const gate = new Gate(backoff)
  gate.leave(answered(429, '1'), false, 0, 0)
  expect(gate.enter()).toBe(true)
  gate.leave(answered(429, '60'), false, 2_000, 2_000)
  gate.leave(answered(200), true, 2_100, 2_100)
  expect(gate.admits(5, 61_900)).toBe(0)
  expect(gate.admits(5, 69_000)).toBe(1)
})

test('an outage spares retries while it is young, and any answer ends it', () => {
  const { gate, lands, probe } = gateAt()
  for (let silence = 0; silence < 7; silence++) lands(unreachable, 500)
  expect(gate.spares(500)).toBe(false)
  lands(unreachable, 500)
  expect(gate.spares(500)).toBe(true)
  probe(timeout, 2_000)
  expect(gate.spares(2_499)).toBe(true)
  expect(gate.spares(2_500)).toBe(false)
  probe(answered(500), 10_000)
  expect(gate.spares(10_000)).toBe(false)
  for (let silence = 0; silence < 8; silence++) lands(unreachable, 20_000)
  expect(gate.spares(21_000)).toBe(true)
})

test('a pause that the server asks for is no outage', () => {
  const { gate, lands } = gateAt()
  lands(answered(429, '10'), 0)
  expect(gate.spares(1)).toBe(false)
})
