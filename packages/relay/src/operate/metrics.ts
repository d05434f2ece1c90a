import type { EventTracker, TrackerStats, TrackerStatus } from '@obsidianlaunch/events'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestRecord } from '../edge/record.ts'
import { inTime } from './in-time.ts'
import type { Monitor } from './monitor.ts'

const gateStates = ['open', 'closed', 'refused', 'probing'] as const satisfies TrackerStatus['gate']['state'][]
/** From a memory's answer to a disk that hangs. */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Prometheus waits for ten seconds, unless it is told otherwise. */
const scrapeMs = 3_000

/** Counts of a tracker that only grow, by the names of their metrics. */
const totals = {
  accepted: 'Events that the tracker has accepted, and once those that its outbox held at the start.',
  delivered: 'Events that the API has taken.',
  rejected: 'Events that were not valid, could not be stored or, without an outbox, were given up.',
  dropped: 'Events that were ended by a decision, such as forget or a full queue.',
} as const satisfies Partial<Record<keyof TrackerStats, string>>

/** The metrics of a relay, in a registry of their own. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Counter<'operation' | 'status' | 'problem'>
  readonly #durations: Histogram<'operation'>

  constructor(monitor: Monitor) {
    const registers = [this.#registry]
    this.#requests = new Counter({
      name: 'obsidian_relay_requests_total',
      help: 'Requests that the relay has answered, by operation, status and the reason of a refusal.',
      labelNames: ['operation', 'status', 'problem'],
      registers,
    })
    this.#durations = new Histogram({
      name: 'obsidian_relay_request_duration_seconds',
      help: 'Time until a request was answered.',
      labelNames: ['operation'],
      buckets,
      registers,
    })
    this.#addTotals(monitor.tracker)
    this.#addGauges(monitor)
  }

  note({ operation, status, problem, durationMs }: RequestRecord): void {
    const of = { operation: operation ?? 'none' }
    this.#requests.inc({ ...of, status, problem: problem ?? '' })
    this.#durations.observe(of, durationMs / 1_000)
  }

  async answer(): Promise<Response> {
    const { contentType } = this.#registry
    return new Response(await this.#registry.metrics(), { headers: { 'content-type': contentType } })
  }

  #addTotals(tracker: EventTracker): void {
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) {
      let before = 0
      const counter: Counter = new Counter({
        name: `obsidian_relay_events_${name}_total`,
        help: totals[name],
        registers: [this.#registry],
        collect: () => {
          const now = tracker.stats()[name]
          counter.inc(Math.max(0, now - before))
          before = Math.max(before, now)
        },
      })
    }
  }

  #addGauges(monitor: Monitor): void {
    const { tracker } = monitor
    const whose = monitor.isShared ? ', of those that this relay has stored itself' : ''
    this.#gauge('events_pending', `Events that are neither delivered nor dead${whose}.`, () => tracker.stats().pending)
    this.#gauge('events_dead', `Dead letters${whose}.`, () => tracker.stats().dead)
    this.#gauge('attempts_in_flight', 'Requests to the API under way.', () => tracker.status().inFlight)
    this.#gauge('outbox_failing', '1 while the outbox fails, else 0.', () =>
      Number(monitor.status().outbox.trouble !== undefined),
    )
    this.#gauge(
      'oldest_event_age_seconds',
      'Age of the oldest pending event in the outbox; 0 where none is, absent while the outbox does not tell.',
      async () => {
        const found = await inScrape(monitor.lanes(1))
        if (found === undefined || found.problem !== undefined) return undefined
        const [oldest] = found.lanes
        return oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.oldestAt) / 1_000
      },
    )
    if (monitor.isShared) this.#addTotalsOfAll(monitor)
    const gate: Gauge<'state'> = new Gauge({
      name: 'obsidian_relay_gate',
      help: '1 for the state that the gate is in: unless it is open, sending pauses for all customers.',
      labelNames: ['state'],
      registers: [this.#registry],
      collect: () => {
        const { state } = tracker.status().gate
        for (const each of gateStates) gate.set({ state: each }, each === state ? 1 : 0)
      },
    })
  }

  /** The same at each of those who share an outbox. */
  #addTotalsOfAll(monitor: Monitor): void {
    for (const [name, what] of [
      ['pending', 'Events that are neither delivered nor dead'],
      ['dead', 'Dead letters'],
    ] as const) {
      const help = `${what} in the outbox, of all that share it. Take the largest of your relays, not the sum.`
      this.#gauge(`outbox_${name}`, help, async () => (await inScrape(monitor.totals()))?.[name])
    }
  }

  /** @param read gives undefined for what is not known, which is absent then: 0 would be false */
  #gauge(name: string, help: string, read: () => number | Promise<number | undefined>): void {
    const gauge: Gauge = new Gauge({
      name: `obsidian_relay_${name}`,
      help,
      registers: [this.#registry],
      collect: async () => {
        const value = await read()
        if (value === undefined) gauge.remove()
        else gauge.set(value)
      },
    })
  }
}

/** Waits for an answer of the outbox as long as a scrape can: the other metrics say that it fails. */
function inScrape<T>(answer: Promise<T>): Promise<T | undefined> {
  return inTime(answer, scrapeMs).catch(() => undefined)
}
