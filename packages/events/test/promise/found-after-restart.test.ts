import { expect, test } from 'vitest'
import { EventTracker } from '../../src/index.ts'
import type { Claim, Outbox } from '../../src/outbox.ts'
import { readOutbox, sqliteOutbox } from '../../src/sqlite.ts'
import { Random } from '../crash/random.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { append, entryOf, OutboxFiles } from '../support/outbox-files.ts'
import { ok, serve, status } from '../support/server.ts'

const longLeaseMs = 600_000

interface ModelLane {
  readonly events: string[]
  due: number
  claim: Claim | undefined
}

/** An outbox beside a model that is too simple to be wrong. Time passes when it is told to. */
class Modelled {
  readonly #lanes = new Map<string, ModelLane>()
  readonly #files: OutboxFiles
  readonly #time = { ms: 1_700_000_000_000 }
  #outbox: Outbox
  #made = 0

  constructor(files: OutboxFiles) {
    this.#files = files
    this.#outbox = this.#open()
  }

  get lent(): ModelLane[] {
    return [...this.#lanes.values()].filter(({ claim }) => claim !== undefined)
  }

  async append(customer: string): Promise<void> {
    const name = `${customer}:${this.#made++}`
    await append(this.#outbox, name)
    const lane = this.#lanes.get(customer)
    if (lane) lane.events.push(name)
    else this.#lanes.set(customer, { events: [name], due: this.#time.ms, claim: undefined })
  }

  /** Claims, and holds what came against what is due and lent to nobody. */
  async claim(max: number, first: 'oldest' | 'fewest-attempts'): Promise<void> {
    const free = new Map([...this.#lanes].filter(([, { due, claim }]) => !claim && due <= this.#time.ms))
    const claims = await this.#outbox.claim(max, longLeaseMs, first)
    expect(claims.length).toBe(Math.min(max, free.size))
    for (const claim of claims) {
      const lane = free.get(claim.entry.customerId)
      expect(claim.entry.id).toBe(lane?.events[0])
      if (lane) lane.claim = claim
    }
  }

  async lookAhead(): Promise<void> {
    const dues = [...this.#lanes.values()].filter(({ claim }) => !claim).map(({ due }) => due - this.#time.ms)
    const next = Math.min(this.lent.length > 0 ? longLeaseMs : Infinity, ...dues)
    // A lease that was taken earlier ends earlier.
    const dueInMs = await this.#outbox.dueInMs()
    if (dues.length > 0) expect(dueInMs).toBe(Math.max(0, next))
    else expect(dueInMs).toBeLessThanOrEqual(next)
  }

  async retry(lane: ModelLane, afterMs: number): Promise<void> {
    await this.#settle(lane, { kind: 'retry', afterMs })
    lane.due = this.#time.ms + afterMs
  }

  async release(lane: ModelLane): Promise<void> {
    await this.#settle(lane, { kind: 'release' })
  }

  async deliver(lane: ModelLane): Promise<void> {
    const [name = ''] = lane.events.splice(0, 1)
    await this.#settle(lane, { kind: 'delivered' })
    lane.due = this.#time.ms
    if (lane.events.length === 0) this.#lanes.delete(entryOf(name).customerId)
  }

  pass(ms: number): void {
    this.#time.ms += ms
  }

  async restart(): Promise<void> {
    await this.#outbox.close()
    this.#outbox = this.#open()
    for (const lane of this.lent) lane.claim = undefined
  }

  async #settle(lane: ModelLane, verdict: Parameters<Outbox['settle']>[0][number][1]): Promise<void> {
    expect(await this.#outbox.settle([[lane.claim as Claim, verdict]])).toEqual([true])
    lane.claim = undefined
  }

  #open(): Outbox {
    return this.#files.open({ clock: { now: () => this.#time.ms } })
  }
}

async function step(model: Modelled, chance: Random): Promise<void> {
  const dice = chance.below(100)
  const { lent } = model
  const lane = lent[chance.below(lent.length || 1)]
  if (dice < 20) await model.append(`c${chance.below(12)}`)
  else if (dice < 50) await model.claim(1 + chance.below(4), chance.below(4) ? 'oldest' : 'fewest-attempts')
  else if (dice < 60) model.pass(chance.below(4))
  else if (dice < 63) await model.restart()
  else if (dice < 70) await model.lookAhead()
  else if (lane && dice < 85) await model.retry(lane, [0, 0, 1, 2, 7, 30][chance.below(6)] ?? 0)
  else if (lane && dice < 89) await model.release(lane)
  else if (lane) await model.deliver(lane)
}

test.each([1, 2, 3, 4, 5, 6])(
  'whatever is due and lent to nobody is found, over restarts and in the same millisecond (seed %d)',
  async (seed) => {
    await using files = new OutboxFiles()
    const model = new Modelled(files)
    const chance = new Random(seed)
    for (let steps = 0; steps < 800; steps++) await step(model, chance)
    await model.claim(100, 'oldest')
    await model.lookAhead()
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
