import {
  type DeadLetter,
  type EventTracker,
  EventTrackingError,
  type TrackerStats,
  type TrackerStatus,
} from '@obsidianlaunch/events'
import type { Outbox } from '@obsidianlaunch/events/outbox-kit'
import type { RequestRecord } from '../edge/record.ts'
import { inTime } from './in-time.ts'
import { Recent } from './recent.ts'
import {
  type Lanes,
  type Letter,
  type LetterPage,
  type Sample,
  type State,
  type Totals,
  keptSeconds,
  laneSteps,
  pageOfLetters,
} from './wire.ts'

const sampleMs = 1_000
/** Answers of the outbox that cost little are kept so long. */
const lookMs = 400
const countMs = 1_000
/** So long an outbox may take for an answer, which may never come. */
const patienceMs = 30_000

/** Watches a tracker: what it shows of itself, what the relay answers, and how much came and went in each second. */
export class Monitor {
  readonly #tracker: EventTracker
  readonly #samples: Sample[] = []
  readonly #refused: Record<string, number> = {}
  /** Events that the tracker counts, and whose requests were refused: nobody was told that they are kept. */
  readonly #refusedEvents = { rejected: 0, dropped: 0 }
  /** The moment when a shared outbox has answered last. */
  #answeredAt = -Infinity
  readonly #timer: ReturnType<typeof setInterval>
  /** The customers who wait, by the number of lanes that are asked for: the same for all pages that are open. */
  readonly #lanes: ReadonlyMap<number, Recent<Lanes>>
  readonly #totals: Recent<Totals | undefined> | undefined
  #taken = 0
  #before: { readonly accepted: number; readonly delivered: number }

  /** @param shared the outbox of the tracker, where others share it */
  constructor(tracker: EventTracker, shared?: Outbox) {
    this.#tracker = tracker
    this.#lanes = new Map(
      [1, ...laneSteps].map((limit) => [limit, new Recent(() => this.#readLanes(limit), lookMs, isKnown)]),
    )
    this.#totals =
      shared &&
      new Recent(
        () => this.#count(shared),
        countMs,
        (totals) => totals !== undefined,
      )
    this.#before = tracker.stats()
    this.#timer = setInterval(() => this.#sample(), sampleMs)
    // Where timers are numbers they hold nothing.
    ;(this.#timer as { unref?: () => void }).unref?.()
  }

  get tracker(): EventTracker {
    return this.#tracker
  }

  close(): void {
    clearInterval(this.#timer)
  }

  note({ problem, operation, ended }: RequestRecord): void {
    if (ended !== undefined) this.#refusedEvents[ended]++
    if (problem !== undefined) this.#refused[problem] = (this.#refused[problem] ?? 0) + 1
    else if (operation !== undefined) this.#taken++
  }

  /** @param since moment after which samples are of interest */
  state(since: number): State {
    return {
      at: Date.now(),
      stats: this.#stats(),
      status: this.status(),
      requests: { taken: this.#taken, refused: { ...this.#refused } },
      samples: this.#samples.filter(({ at }) => at > since),
    }
  }

  /** The tracker's counts without the events that were refused with their requests, which are counted as those. */
  #stats(): TrackerStats {
    const stats = this.#tracker.stats()
    const { rejected, dropped } = this.#refusedEvents
    return {
      ...stats,
      accepted: stats.accepted - rejected - dropped,
      rejected: stats.rejected - rejected,
      dropped: stats.dropped - dropped,
    }
  }

  /** The tracker's state. That a database could not be reached is over once it has answered, though no event has come to show it. */
  status(): TrackerStatus {
    const status = this.#tracker.status()
    const { trouble } = status.outbox
    const mayPass = trouble?.problem === 'io' || trouble?.problem === 'busy'
    if (!this.isShared || !mayPass || trouble.at >= this.#answeredAt) return status
    return { ...status, outbox: { ...status.outbox, trouble: undefined } }
  }

  /** Lists who waits: as many lanes as one of the steps has, or one. */
  async lanes(limit: number): Promise<Lanes> {
    const recent = this.#lanes.get(limit)
    if (recent === undefined) throw new RangeError(`There is no step of ${limit} lanes`)
    return recent.get()
  }

  /** Counts what a shared outbox has in all; undefined for one that is this tracker's own, and where it cannot tell. */
  totals(): Promise<Totals | undefined> {
    return this.#totals?.get() ?? Promise.resolve(undefined)
  }

  get isShared(): boolean {
    return this.#totals !== undefined
  }

  /** Hears that somebody has changed what is pending. */
  changed(): void {
    for (const recent of [...this.#lanes.values(), this.#totals]) recent?.drop()
  }

  /** Opens no outbox: to look must not change what a relay does. */
  async #readLanes(limit: number): Promise<Lanes> {
    if (this.#tracker.status().outbox.state !== 'open')
      return { lanes: [], areCut: false, problem: 'The outbox is not open.' }
    try {
      const waiting = inTime(this.#tracker.waiting({ limit: limit + 1 }), patienceMs)
      const [lanes, totals] = await Promise.all([waiting, this.totals()])
      return { lanes: lanes.slice(0, limit), areCut: lanes.length > limit, totals }
    } catch (thrown) {
      return { lanes: [], areCut: false, problem: messageOf(thrown) }
    }
  }

  async #count(outbox: Outbox): Promise<Totals | undefined> {
    const { outbox: opened, state } = this.#tracker.status()
    if (opened.state !== 'open' || state === 'closed') return undefined
    try {
      const totals = await inTime(outbox.counts(), patienceMs)
      this.#answeredAt = Date.now()
      return totals
    } catch {
      // The tracker tells why.
      return undefined
    }
  }

  async letters(afterId: string | undefined): Promise<LetterPage> {
    const { outbox, state } = this.#tracker.status()
    if (outbox.state !== 'open' || state === 'closed') return { letters: [] }
    const found = await this.#tracker.deadLetters({ limit: pageOfLetters, afterId })
    const letters = found.map((letter) => letterOf(letter))
    const last = letters.at(-1)
    return { letters, ...(last !== undefined && letters.length === pageOfLetters && { next: last.id }) }
  }

  #sample(): void {
    const { accepted, delivered } = this.#tracker.stats()
    const { accepted: acceptedBefore, delivered: deliveredBefore } = this.#before
    this.#before = { accepted, delivered }
    this.#samples.push({
      at: Date.now(),
      accepted: Math.max(0, accepted - acceptedBefore),
      delivered: Math.max(0, delivered - deliveredBefore),
    })
    if (this.#samples.length > keptSeconds) this.#samples.shift()
  }
}

/** A dead letter without the body of its event. */
function letterOf({ id, entry, reason, attempts, status, detail, diedAt }: DeadLetter): Letter {
  const { id: eventId, operation, environment = 'test', customerId, acceptedAt } = entry
  const times = { acceptedAt: Math.round(acceptedAt), diedAt: Math.round(diedAt) }
  return { id, eventId, operation, environment, customerId, ...times, reason, attempts, status, detail }
}

function isKnown({ problem }: Lanes): boolean {
  return problem === undefined
}

/** The words of what was thrown, for the page and the answers of an operator. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof EventTrackingError) return thrown.text
  return thrown instanceof Error ? thrown.message : String(thrown)
}
