import { Random } from '@obsidianlaunch/testkit/random'
import { expect, test } from 'vitest'
import { EventTracker } from '../../src/index.ts'
import { calls, lanes, lanesInOrder } from '../support/judging.ts'
import { answer, type Script, whole } from '../support/script.ts'
import { scripted } from '../support/scripted-server.ts'

/** A test must not fail by chance: others than this one are tried by JUDGE_SEED. */
const seed = Number(process.env['JUDGE_SEED'] ?? 20_291)
/** A bound for hangs, not a measure. */
const patience = 180_000

/** `count` scripts out of dice. */
function scripts(count: number, script: (dice: number) => Script): [Script, ...Script[]] {
  const random = new Random(seed)
  return [answer(200), ...Array.from({ length: count - 1 }, () => script(random.next())), answer(200)]
}

const slow = (dice: number): Script => ({ steps: [{ waitMs: 1 + dice * 10 }, { send: whole(200) }] })
const flaky = (dice: number): Script => answer(dice < 0.25 ? 503 : 200)

test(
  '15,000 calls in one tick against a slow server each arrive once, in order, and never too many at once',
  {
    timeout: patience,
  },
  async () => {
    await using server = await scripted(scripts(15_000, slow))
    const tracker = new EventTracker({ token: 'secret', baseUrl: server.url })
    for (const { customer, event } of calls(500, 30)) void tracker.trackEvent(customer, event)
    expect(tracker.stats()).toEqual({
      accepted: 15_000,
      delivered: 0,
      rejected: 0,
      dropped: 0,
      dead: 0,
      pending: 15_000,
    })
    const report = await tracker.shutdown()
    expect(report).toEqual({ accepted: 15_000, delivered: 15_000, rejected: 0, dropped: 0, dead: 0, pending: 0 })
    expect(server.received).toHaveLength(15_000)
    expect(new Set(server.received.map(({ id }) => id)).size).toBe(15_000)
    expect(lanes(server.received), `JUDGE_SEED=${seed}`).toEqual(lanesInOrder(500, 30))
    expect(server.mostOpen).toBe(32)
  },
)

test(
  '200 customers with 20 events each, a quarter of the answers 503: everything arrives, in the order of the calls',
  {
    timeout: patience,
  },
  async () => {
    await using server = await scripted(scripts(20_000, flaky))
    const backoff = { baseMs: 1, capMs: 20 }
    // With the default of 10, four in a million events would be refused that often.
    const tracker = new EventTracker({ token: 'secret', baseUrl: server.url, backoff, maxRetries: 50 })
    const deliveries = calls(200, 20).map(({ customer, event }) => tracker.trackEvent(customer, event))
    const receipts = await Promise.all(deliveries)
    expect(tracker.stats(), `JUDGE_SEED=${seed}`).toMatchObject({ accepted: 4_000, delivered: 4_000, pending: 0 })
    expect(lanes(server.received), `JUDGE_SEED=${seed}`).toEqual(lanesInOrder(200, 20))
    expect(server.received.length).toBeGreaterThan(4_500)
    // What the receipts say of attempts is what the server saw.
    const seen = new Map(server.received.map(({ id, attempt }) => [id, attempt]))
    expect(new Map(receipts.map(({ id, attempts }) => [id, attempts])), `JUDGE_SEED=${seed}`).toEqual(seen)
    expect(server.mostOpen).toBeLessThanOrEqual(32)
  },
)
