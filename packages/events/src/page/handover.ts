import type { RequestSignal } from '@obsidianlaunch/events-client/core'
import type { OutboxEntry } from '../event/event.ts'
import { type Answer, isSuccess } from '../http/answer.ts'
import type { ApiClient } from '../http/send.ts'
import type { SurvivingRequests } from '../http/surviving-requests.ts'
import { ask, isPromise } from '../platform/platform.ts'

/** After so many events for which the browser has no space it has none for the others either. */
const mostRefused = 8

/** An event as far as its way from the page goes. */
export interface LeavingEvent extends OutboxEntry {
  readonly hasEnded: boolean
  /** It survives the page by itself. */
  readonly isStored: boolean
}

/** A request that was made as the page went. An attempt takes it over, if the page stays after all. */
class Handed {
  readonly #controller = new AbortController()
  readonly #answer: Promise<Answer>

  constructor(api: ApiClient, entry: OutboxEntry, token: string | null) {
    const { signal } = this.#controller
    this.#answer = (async () => api.read(await api.post(entry, token, signal, () => false), entry, token, signal))()
  }

  /** The answer. Who takes it over may end the request. */
  async answer(signal?: RequestSignal): Promise<Answer> {
    signal?.addEventListener('abort', () => this.#controller.abort())
    return this.#answer
  }
}

/**
 * Hands over what is queued as the page goes: to requests that survive it, and where the browser has no space left for
 * those, to beacons. A request's answer is heard if the page stays. A beacon has none, so its event stays pending, and is sent
 * again if the page stays.
 *
 * The events of one customer are handed over in their order, without waiting for each other's answers. In which order they
 * arrive nobody can promise: they may go by several connections.
 */
export class Handover {
  readonly #api: ApiClient
  readonly #surviving: SurvivingRequests
  readonly #handed = new WeakMap<OutboxEntry, Handed>()
  /** Events that were handed over since the page was last looked at: each goes once, whatever comes of it. */
  #gone = new WeakSet<OutboxEntry>()
  #refused = 0

  constructor(api: ApiClient, surviving: SurvivingRequests) {
    this.#api = api
    this.#surviving = surviving
  }

  /** Hands over the pending events that no request carries which survives the page, and that no stored one comes before. */
  handOver(entries: Iterable<LeavingEvent>): void {
    this.#refused = 0
    const lanes = new Map<string, LeavingEvent[]>()
    const stored = new Set<string>()
    for (const entry of entries) {
      if (entry.isStored) stored.add(entry.customerId)
      if (!this.#wouldBeLost(entry) || this.#gone.has(entry) || stored.has(entry.customerId)) continue
      this.#gone.add(entry)
      const lane = lanes.get(entry.customerId)
      if (lane === undefined) lanes.set(entry.customerId, [entry])
      else lane.push(entry)
    }
    for (const lane of lanes.values()) this.#handOverLane(lane).catch(() => undefined)
  }

  /** The page is looked at again: what is pending then is handed over once more if it goes again. */
  returns(): void {
    this.#gone = new WeakSet()
  }

  /** The request for that event that was made as the page went, and has not failed. */
  take(entry: OutboxEntry): Handed | undefined {
    const handed = this.#handed.get(entry)
    this.#handed.delete(entry)
    return handed
  }

  /** Tells whether an event would be lost with the page. */
  #wouldBeLost(event: LeavingEvent): boolean {
    return !event.hasEnded && !event.isStored && !this.#surviving.has(event) && !this.#handed.has(event)
  }

  /** Ends at the first event that cannot be handed over: what comes behind it must not pass it. */
  async #handOverLane(lane: readonly LeavingEvent[]): Promise<void> {
    for (const [at, entry] of lane.entries()) {
      const asked = this.#api.token(entry)
      const token = isPromise(asked) ? await asked : asked
      // All this may have come about while an identity was asked for. What comes behind a stored one must not pass it.
      if (entry.isStored) return
      if (!this.#wouldBeLost(entry)) continue
      if (this.#refused < mostRefused && (this.#request(entry, token) || this.#beacon(entry, token))) continue
      this.#refused++
      for (const left of lane.slice(at)) this.#gone.delete(left)
      return
    }
  }

  /** @returns false where it would not survive the page */
  #request(entry: OutboxEntry, token: string | null): boolean {
    if (!this.#surviving.fits(entry)) return false
    const handed = new Handed(this.#api, entry, token)
    this.#handed.set(entry, handed)
    const failed = (): void => {
      if (this.#handed.get(entry) === handed) this.#handed.delete(entry)
    }
    handed.answer().then(({ status }) => (isSuccess(status) ? undefined : failed()), failed)
    return true
  }

  #beacon(entry: OutboxEntry, token: string | null): boolean {
    const query = new URLSearchParams({ id: entry.id })
    if (token !== null) query.set(token.startsWith('pk_') ? 'key' : 'identity', token)
    const address = `${this.#api.addressOf(entry)}?${query.toString()}`
    return ask(() => navigator.sendBeacon(address, entry.body)) === true
  }
}

declare const navigator: { sendBeacon(url: string, body: string): boolean }
