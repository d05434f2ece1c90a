import { type Batch, type Hello, type WireFault, pageKeeps } from '../../wire.ts'
import type { CategoryCounts } from './categories.ts'
import type { Customer } from './customers.ts'
import { type EventHistory, createEventHistory } from './event-history.ts'
import { type Attempt, type TrackedEvent, linkOf } from './event.ts'
import { type Filter, everything, isEverything, matcher } from './filter.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** State of the page: the events, and what a person asked to see. It knows nothing of the browser. */
export class Store {
  readonly #listeners = new Set<() => void>()
  readonly #now: () => number
  #history = createEventHistory()
  /** Events that were cleared and can be brought back. */
  #cleared: EventHistory | undefined
  #waiting: Attempt[] = []
  #visible: readonly TrackedEvent[] | undefined
  /** Number of the latest exchange that was there when the page connected. */
  #known: Pick<Hello, 'run' | 'latest'> | undefined
  connection: Connection = 'connecting'
  operations: Hello['operations'] = []
  faults: readonly WireFault[] = []
  filter: Filter = everything
  isPaused = false
  /** Number of exchanges that the server had already dropped before this page could have them. */
  missed = 0
  /** Order of the event that is open. */
  chosen: number | undefined
  /** Index of its attempt that is open; the last if undefined. */
  attempt: number | undefined
  /** Link of the event that is to be opened once it arrives. */
  wanted: string | undefined

  constructor(now = Date.now) {
    this.#now = now
  }

  /** Calls the listener after every change. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  get events(): readonly TrackedEvent[] {
    return this.#history.events
  }

  get customers(): ReadonlyMap<string, Customer> {
    return this.#history.customers.byId
  }

  /** Number of tracks by category. */
  get categories(): CategoryCounts {
    return this.#history.customers.categories
  }

  get forgotten(): number {
    return this.#history.forgotten
  }

  /** Number of exchanges that arrived during a pause. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** The events that the filter lets through, oldest first. */
  get visible(): readonly TrackedEvent[] {
    return (this.#visible ??= isEverything(this.filter)
      ? this.events
      : this.events.filter(matcher(this.filter, this.customers)))
  }

  get chosenEvent(): TrackedEvent | undefined {
    return this.chosen === undefined ? undefined : this.events[placeOf(this.events, this.chosen)]
  }

  /** Number of events that a clear took away and that can be brought back. */
  get cleared(): number {
    return this.#cleared?.events.length ?? 0
  }

  connect(connection: Connection): void {
    this.connection = connection
    this.#changed()
  }

  greet(hello: Hello): void {
    this.operations = hello.operations
    this.#known = hello
    this.connect('live')
  }

  receive({ run, exchanges, missed }: Batch): void {
    this.missed += missed
    const attempts = exchanges.map((exchange) => ({ ...exchange, run }))
    if (this.isPaused) this.#waiting = [...this.#waiting, ...attempts].slice(-pageKeeps)
    else this.#add(attempts)
    this.#changed()
  }

  showFaults(faults: readonly WireFault[]): void {
    this.faults = faults
    this.#changed()
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused
    if (!isPaused) this.#add(this.#waiting.splice(0))
    this.#changed()
  }

  /** Takes everything out of sight, until `restore` brings it back. */
  clear(): void {
    for (const attempt of this.#waiting.splice(0)) this.#history.add(attempt)
    this.#cleared = this.#history
    this.#history = createEventHistory(undefined, this.#history.next)
    this.missed = 0
    this.filter = { ...this.filter, customerId: undefined }
    this.choose(undefined)
  }

  /** Brings back what was cleared, with what has arrived since then. */
  restore(): void {
    if (this.#cleared === undefined) return
    const since = arrivals(this.#history)
    this.#history = this.#cleared
    this.#cleared = undefined
    for (const attempt of since) this.#history.add(attempt)
    this.choose(undefined)
  }

  narrow(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
    this.#changed()
  }

  /** Opens an event, or one of its attempts; undefined closes it. */
  choose(order: number | undefined, attempt?: number): void {
    this.chosen = order
    this.attempt = attempt
    this.wanted = undefined
    this.#changed()
  }

  /** Opens the event of a link, now or when it arrives. */
  want(link: string | undefined, attempt?: number): void {
    this.choose(undefined, attempt)
    this.wanted = link
    this.#find()
    this.#changed()
  }

  #add(attempts: readonly Attempt[]): void {
    const { run, latest = Infinity } = this.#known ?? {}
    for (const attempt of attempts) {
      this.#history.add(attempt, attempt.run === run && attempt.seq > latest ? this.#now() : undefined)
    }
    this.#find()
  }

  #find(): void {
    const found = this.wanted === undefined ? undefined : this.events.find((event) => linkOf(event) === this.wanted)
    if (found !== undefined) this.choose(found.order, this.attempt)
  }

  #changed(): void {
    this.#visible = undefined
    for (const listener of this.#listeners) listener()
  }
}

/** All attempts in the order in which they arrived. */
function arrivals({ events }: EventHistory): Attempt[] {
  const attempts = events.flatMap((event) => event.attempts)
  const runs = [...new Set(attempts.map(({ run }) => run))]
  return attempts.toSorted((one, other) => runs.indexOf(one.run) - runs.indexOf(other.run) || one.seq - other.seq)
}

/** Index of the first event that is not older than that order. */
export function placeFrom(events: readonly TrackedEvent[], order: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.order ?? Infinity) < order) low = middle + 1
    else high = middle
  }
  return low
}

/** Index of the event of that order; -1 if it is not there. */
export function placeOf(events: readonly TrackedEvent[], order: number): number {
  const place = placeFrom(events, order)
  return events[place]?.order === order ? place : -1
}
