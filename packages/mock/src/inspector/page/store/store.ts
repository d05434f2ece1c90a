import { type Batch, type Hello, type WireFault, pageKeeps } from '../../wire.ts'
import type { Customer } from './customers.ts'
import { createEventHistory } from './event-history.ts'
import type { Attempt, TrackedEvent } from './event.ts'
import { type Filter, everything, isEverything, matcher } from './filter.ts'

export type Connection = 'connecting' | 'live' | 'lost'

/** State of the page: the events, and what a person asked to see. It knows nothing of the browser. */
export class Store {
  readonly #listeners = new Set<() => void>()
  #history = createEventHistory()
  #waiting: Attempt[] = []
  #visible: readonly TrackedEvent[] | undefined
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

  connect(connection: Connection): void {
    this.connection = connection
    this.#changed()
  }

  greet({ operations }: Hello): void {
    this.operations = operations
    this.connect('live')
  }

  receive({ run, exchanges, missed }: Batch): void {
    this.missed += missed
    const attempts = exchanges.map((exchange) => ({ ...exchange, run }))
    if (this.isPaused) this.#waiting = [...this.#waiting, ...attempts].slice(-pageKeeps)
    else for (const attempt of attempts) this.#history.add(attempt)
    this.#changed()
  }

  showFaults(faults: readonly WireFault[]): void {
    this.faults = faults
    this.#changed()
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused
    if (!isPaused) for (const attempt of this.#waiting.splice(0)) this.#history.add(attempt)
    this.#changed()
  }

  clear(): void {
    this.#history = createEventHistory()
    this.#waiting = []
    this.missed = 0
    this.chosen = undefined
    this.attempt = undefined
    this.filter = { ...this.filter, customerId: undefined }
    this.#changed()
  }

  narrow(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
    this.#changed()
  }

  choose(order: number | undefined, attempt?: number): void {
    this.chosen = order
    this.attempt = attempt
    this.#changed()
  }

  #changed(): void {
    this.#visible = undefined
    for (const listener of this.#listeners) listener()
  }
}

/** Index of the event of that order; -1 if it is not there. */
export function placeOf(events: readonly TrackedEvent[], order: number): number {
  let low = 0
  let high = events.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = events[middle]?.order ?? Infinity
    if (found === order) return middle
    if (found < order) low = middle + 1
    else high = middle - 1
  }
  return -1
}
