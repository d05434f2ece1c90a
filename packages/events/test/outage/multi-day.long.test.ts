import { expect, test } from 'vitest'
import type { Reply } from './support/api.ts'
import { day, hour, minute, type Process, type ProcessOptions, second, World } from './support/world.ts'

/** The long form (`pnpm test:outage`) has 100,000 events and the options as they are by default. */
const long = process.env['OUTAGE_EVENTS']
const events = Number(long ?? 3_000)
/** The short one probes less often. */
const options: ProcessOptions = long === undefined ? { backoff: { capMs: 2 * minute } } : {}
const customers = Math.ceil(events / 50)
const hours = 120
const eventsPerHour = Math.ceil(events / hours)
const down: Reply[] = ['refused', 'no name', 'silent']

interface Restart {
  atHour: number
  way: 'stop' | 'kill'
  /** Milliseconds by which the wall clock is ahead from then on. */
  aheadMs: number
}

const restarts: Restart[] = [
  { atHour: 7, way: 'stop', aheadMs: day },
  { atHour: 20, way: 'kill', aheadMs: 0 },
  { atHour: 45, way: 'kill', aheadMs: -day },
  { atHour: 46, way: 'stop', aheadMs: -day },
  { atHour: 80, way: 'stop', aheadMs: day },
  { atHour: 117, way: 'kill', aheadMs: 0 },
]

class Outage {
  readonly world = new World(() => {
    // It comes back haltingly: one in ten fails.
    const isHalting = this.#network === 200 && this.#requests++ % 10 === 3
    return isHalting ? 503 : this.#network
  })
  readonly tracked = new Map<string, string[]>()
  #network: Reply = 200
  #process: Process
  #file = 'events0.db'
  #count = 0
  #requests = 0

  constructor() {
    this.#process = this.world.start({ file: this.#file, ...options })
  }

  get tracker(): Process['tracker'] {
    return this.#process.tracker
  }

  set network(reply: Reply) {
    this.#network = reply
  }

  get count(): number {
    return this.#count
  }

  /** Tracks so many events. All of them are stored when it resolves. */
  async track(count: number): Promise<void> {
    const stored: Promise<unknown>[] = []
    for (let n = 0; n < count; n++) {
      // Some customers do much at once, others now and then.
      const customer = `user${(this.#count * 7) % customers}`
      const event = `event${this.#count++}`
      const lane = this.tracked.get(customer)
      if (lane === undefined) this.tracked.set(customer, [event])
      else lane.push(event)
      stored.push(this.tracker.trackEvent(customer, event).stored)
    }
    await this.world.until(Promise.all(stored), minute)
  }

  async restart({ way, aheadMs }: Restart): Promise<void> {
    if (way === 'stop') await this.#process.stop()
    else {
      const copy = `events${this.#count}.db`
      this.#process.kill(copy)
      this.#file = copy
    }
    this.#process = this.world.start({ file: this.#file, aheadMs, ...options })
    await this.world.until(this.tracker.start())
  }

  async end(): Promise<void> {
    await this.#process.stop()
    this.world[Symbol.dispose]()
  }
}

test(
  `five days without network, six restarts and a clock that jumps by a day lose none of ${events} events`,
  { timeout: 3_600_000 },
  async () => {
    const outage = new Outage()
    const { world } = outage
    outage.network = 'refused'
    for (let at = 0; at < hours; at++) {
      outage.network = down[at % down.length] as Reply
      const next = restarts.find(({ atHour }) => atHour === at)
      if (next !== undefined) await outage.restart(next)
      const began = world.api.arrivals.length
      await outage.track(eventsPerHour)
      await world.pass(hour)
      expect(world.api.arrivals.length - began).toBeLessThan(600)
      expect(outage.tracker.stats()).toMatchObject({ pending: outage.count, dead: 0, rejected: 0, dropped: 0 })
    }
    expect(outage.count).toBeGreaterThanOrEqual(events)
    outage.network = 200
    for (let at = 0; at < 600 && outage.tracker.stats().pending > 0; at++) await world.pass(second)
    expect(outage.tracker.stats()).toMatchObject({ pending: 0, dead: 0 })
    expect(world.api.delivered).toEqual(outage.tracked)
    expect(world.api.repeats).toBe(0)
    expect(world.books.wrong).toEqual([])
    await outage.end()
  },
)
