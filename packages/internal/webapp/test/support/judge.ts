import type { Mock } from '@obsidianlaunch/events-mock'
import { expect } from 'vitest'

/** One row of a page's list: what the user sees of an event. */
export interface Shown {
  /** The tab, and the load of the page in it. */
  tab: number
  number: number
  id: string
  customer: string
  state: string
  reason: string
}

/** Collects what users were told of their events. */
export class Journal {
  /** The last thing that was told of each event, in the order in which a user made them. */
  readonly events = new Map<string, Shown>()
  /** Those that were ever told to be safe. */
  readonly #promised = new Set<string>()

  record(shown: Shown): void {
    this.events.set(shown.id, shown)
    if (shown.state === 'stored' || shown.state === 'delivered') this.#promised.add(shown.id)
  }

  get promised(): Shown[] {
    return [...this.events.values()].filter(({ id }) => this.#promised.has(id))
  }

  inState(state: string): Shown[] {
    return [...this.events.values()].filter((shown) => shown.state === state)
  }
}

/** A stack, as far as it is judged. */
export interface Judged {
  journal: Journal
  mock: Pick<Mock, 'requests'>
}

type Order = 'of each tab' | 'of all tabs'

interface Arrival {
  id: string
  customer: string
  visit: string
  click: number
  status: number
}

/** The body of a request, as the page makes it. */
interface Sent {
  customer_id: string
  properties?: { visit: string; click: number }
  property?: { visit: string; click: number }
}

/** The events in the log of the mock: each request, however it was answered. */
export function arrivalsOf({ requests }: Pick<Mock, 'requests'>): Arrival[] {
  return requests.map(({ id, body, status }) => {
    const { customer_id: customer, properties, property } = body as Sent
    const { visit, click } = properties ?? property ?? { visit: '', click: 0 }
    return { id: id ?? '', customer, visit, click, status }
  })
}

/**
 * Waits until everything that a user was told is stored has arrived, and judges the log of the mock.
 *
 * @param order whether the tabs of a user are open side by side, so that each has an order of its own
 */
export async function judge({ journal, mock }: Judged, order: Order = 'of each tab'): Promise<void> {
  await expect.poll(() => missing(journal, mock)).toEqual([])
  const arrivals = arrivalsOf(mock)
  expect(repeatsUnderAnotherId(arrivals)).toEqual([])
  // The last clicks of a tab that is left go side by side: there was no time to store them.
  expect(outOfOrder(journal.promised, arrivals, order)).toEqual([])
  expect(sentThoughRefused(journal, arrivals)).toEqual([])
}

function missing(journal: Journal, mock: Pick<Mock, 'requests'>): string[] {
  const taken = new Set(arrivalsOf(mock).flatMap(({ id, status }) => (status === 200 ? [id] : [])))
  return journal.promised.filter(({ id }) => !taken.has(id)).map((shown) => `${shown.customer} ${shown.number}`)
}

/** Events that came under two ids, and ids that came with two events. */
function repeatsUnderAnotherId(arrivals: readonly Arrival[]): string[] {
  const pairs = new Set(arrivals.map(({ id, visit, click }) => `${id} ${visit}-${click}`))
  const ids = new Set(arrivals.map(({ id }) => id))
  const events = new Set(arrivals.map(({ visit, click }) => `${visit}-${click}`))
  return pairs.size === ids.size && pairs.size === events.size ? [] : [...pairs].toSorted()
}

/** Requests of a customer that came after one of a later click. */
function outOfOrder(events: readonly Shown[], arrivals: readonly Arrival[], order: Order): string[] {
  const places = new Map(events.map(({ id, tab }, at) => [id, { at, tab }]))
  const latest = new Map<string, number>()
  const found: string[] = []
  for (const { id, customer, click } of arrivals) {
    const place = places.get(id)
    // A tab that was closed may have had no time to tell the test of its last clicks.
    if (place === undefined) continue
    const lane = order === 'of each tab' ? `${customer} in tab ${place.tab}` : customer
    if (place.at < (latest.get(lane) ?? -1)) found.push(`${lane}: click ${click} came too late`)
    latest.set(lane, Math.max(place.at, latest.get(lane) ?? -1))
  }
  return found
}

function sentThoughRefused(journal: Journal, arrivals: readonly Arrival[]): string[] {
  const sent = new Set(arrivals.map(({ id }) => id))
  return journal
    .inState('refused')
    .filter(({ id }) => sent.has(id))
    .map(({ customer, number }) => `${customer} ${number}`)
}
