import { expect, test, vi } from 'vitest'
import { EventTracker } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { calls, lanes, lanesInOrder } from '../support/judging.ts'
import { answer } from '../support/script.ts'
import { closedPort, scripted } from '../support/scripted-server.ts'

/** Counts requests, and knows when none is on its way: only then may a clock that is no clock go on. */
class Dials {
  count = 0
  #open = 0

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    this.count++
    this.#open++
    try {
      return await globalThis.fetch(url, init)
    } finally {
      this.#open--
    }
  }

  /** Until nothing is on its way, nor about to be. */
  readonly rest = async (): Promise<void> => {
    for (let quiet = 0; quiet < 8; quiet++) {
      if (this.#open > 0) quiet = 0
      await new Promise((turn) => setImmediate(turn))
    }
  }
}

test('a server that is refused for a minute gets all 10,000 events that wait, in order, and few dials meanwhile', async () => {
  const port = await closedPort()
  const clock = new FakeClock()
  const dials = new Dials()
  const tracker = new EventTracker({
    token: 'secret',
    baseUrl: `http://127.0.0.1:${port}`,
    clock,
    fetch: dials.fetch,
  })
  for (const { customer, event } of calls(100, 100)) void tracker.trackEvent(customer, event)
  await dials.rest()
  // All places were taken before anybody could know.
  expect(dials.count).toBe(32)
  await clock.pass(60_000, dials.rest)
  expect(tracker.stats()).toMatchObject({ accepted: 10_000, pending: 10_000 })
  // One probe at a time, further and further apart; a random wait may be short.
  expect(dials.count - 32).toBeGreaterThan(1)
  expect(dials.count - 32).toBeLessThan(60)
  await using server = await scripted([answer(200)], port)
  while (tracker.stats().pending > 0) await clock.pass(1_000, dials.rest)
  expect(tracker.stats()).toEqual({
    accepted: 10_000,
    delivered: 10_000,
    rejected: 0,
    dropped: 0,
    dead: 0,
    pending: 0,
  })
  expect(server.received).toHaveLength(10_000)
  expect(lanes(server.received)).toEqual(lanesInOrder(100, 100))
})

test('a server that is refused for a minute loses nothing of a single customer either, however the dice fall', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.3)
  const port = await closedPort()
  const clock = new FakeClock()
  const dials = new Dials()
  const tracker = new EventTracker({ token: 'secret', baseUrl: `http://127.0.0.1:${port}`, clock, fetch: dials.fetch })
  for (const { customer, event } of calls(1, 1_000)) void tracker.trackEvent(customer, event)
  await dials.rest()
  await clock.pass(60_000, dials.rest)
  random.mockRestore()
  expect(tracker.stats()).toMatchObject({ rejected: 0, pending: 1_000 })
})

test('where fewer attempts are wanted an outage uses them up, and the error says how many there were', async () => {
  const baseUrl = `http://127.0.0.1:${await closedPort()}`
  const tracker = new EventTracker({
    token: 'secret',
    baseUrl,
    backoff: { baseMs: 1, capMs: 5 },
    maxRetries: 10,
    onError: () => undefined,
  })
  const settlement = await tracker.trackEvent('a', 'x').settled()
  expect(settlement).toMatchObject({ outcome: 'rejected', error: { code: 'connection' } })
  await expect(tracker.trackEvent('a', 'y', { maxRetries: 0 })).rejects.toThrow('after 1 attempt')
  expect('error' in settlement && settlement.error.message).toContain('after 11 attempts')
})
