import { expect, test } from 'vitest'
import { EventTracker } from '../../../src/index.ts'
import { readOutbox, sqliteOutbox } from '../../../src/outbox/sqlite/sqlite.ts'
import { Random } from '../../crash/random.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { ModelledOutbox, step } from '../../support/modelled-outbox.ts'
import { append, OutboxFiles } from '../../support/outbox-files.ts'
import { ok, serve, status } from '../../support/server.ts'

const longLeaseMs = 600_000

test.each([1, 2, 3, 4, 5, 6])(
  'whatever is due and lent to nobody is found, over restarts and in the same millisecond (seed %d)',
  async (seed) => {
    await using files = new OutboxFiles()
    const model = new ModelledOutbox(files)
    const chance = new Random(seed)
    for (let steps = 0; steps < 800; steps++) await step(model, chance)
    await model.claim(100, 'oldest')
    await model.lookAhead()
    expect(model.faults).toEqual([])
  },
)

test('a probe is found behind a thousand lanes that are lent', async () => {
  await using files = new OutboxFiles()
  const outbox = files.open()
  const names = Array.from({ length: 1_001 }, (_, index) => `c${index}:1`)
  await append(outbox, ...names)
  expect((await outbox.claim(1_000, longLeaseMs, 'oldest')).length).toBe(1_000)
  expect((await outbox.claim(1, longLeaseMs, 'fewest-attempts')).map(({ entry }) => entry.id)).toEqual(['c1000:1'])
})

test('a customer whose event waits for its retry over a restart keeps no other customer waiting', async () => {
  await using files = new OutboxFiles()
  const clock = new FakeClock()
  await using server = await serve((...exchange) =>
    exchange[1].body.customer_id === 'waiting' ? status(500)(...exchange) : ok(...exchange),
  )
  const start = () =>
    new EventTracker({
      token: 'radioactive',
      baseUrl: server.url,
      clock,
      outbox: sqliteOutbox(files.path(), { clock }),
      backoff: { baseMs: 10, capMs: 10 },
      onError: () => undefined,
    })
  const first = start()
  // The longer a process runs, the later come the lanes that the next one finds.
  await Promise.all(Array.from({ length: 200 }, (_, index) => first.trackEvent(`early${index}`, 'signed_up')))
  first.trackEvent('waiting', 'last_words')
  await expect.poll(async () => (await readOutbox(files.path())).waiting[0]?.attempts).toBe(1)
  await first.shutdown({ timeoutMs: 0 })
  const second = start()
  const known = server.arrivals.length
  await second.start()
  await passUntil(clock, () => server.arrivals.length, known + 1)
  // The clock stands still, so that these come in the millisecond in which the retry was due.
  await Promise.all(Array.from({ length: 50 }, (_, index) => second.trackEvent(`late${index}`, 'signed_up').stored))
  await passUntil(clock, () => second.stats().delivered, 50)
  await second.shutdown({ timeoutMs: 0 })
})

/** Looks, and lets a millisecond pass where that is not yet what is waited for. */
async function passUntil(clock: FakeClock, look: () => number, wanted: number): Promise<void> {
  const lookOrPass = async () => {
    if (look() !== wanted) await clock.pass(1, () => new Promise((rested) => setImmediate(rested)))
    return look()
  }
  await expect.poll(lookOrPass, { interval: 20 }).toBe(wanted)
}

test('no customer waits longer than a minute after a restart, whatever the file holds', async () => {
  await using files = new OutboxFiles()
  const time = { ms: 1_700_000_000_000 }
  const clock = { now: () => time.ms }
  const monthMs = 30 * 24 * 3_600_000
  const first = files.open({ clock })
  await append(first, 'a:1', 'a:2', 'b:1')
  const claims = await first.claim(2, longLeaseMs, 'oldest')
  await first.settle(claims.map((claim) => [claim, { kind: 'retry', afterMs: monthMs }]))
  await first.close()
  time.ms -= monthMs
  const second = files.open({ clock })
  expect(await second.dueInMs()).toBe(60_000)
  time.ms += 60_000
  expect((await second.claim(10, longLeaseMs, 'oldest')).length).toBe(2)
})
