import type { Backoff } from '../../src/options/options.ts'

/** A request, as the API sees it. */
export interface Exchange {
  /** Its place among all requests and closings of the gate. */
  readonly place: number
  readonly openedAt: number
}

/** How an attempt ended. */
export interface Ending {
  /** Undefined where nobody can tell: no token came for it. */
  readonly customer: string | undefined
  /** Whether the API has settled its event. */
  readonly settles: 'yes' | 'maybe' | 'no'
  /** Whether everybody is asked to wait. */
  readonly closes: boolean
  /** For how long, as far as that is heeded. */
  readonly askedMs: number | undefined
}

/** This many attempts in a row that settle nothing may close the gate, of at least so many customers. */
const failureLimit = 8
const customerLimit = 3
/** A server that fails is not asked more often than this. */
const shortestMs = 100

/**
 * What the answers so far allow the tracker and oblige it to do. The waits have a random part, so there are moments when
 * it may send and need not.
 */
export class GateWatch {
  /** No request may leave before this moment: an answer asked for it. */
  opensFrom = 0
  /** While it may be closed: when the next probe has to leave. */
  opensBy = 0
  /** May be closed: no probe has surely opened it. */
  mayBeClosed = false
  /** Is closed: an answer asked for it, and no later one may have opened it. */
  isClosed = false
  readonly #backoff: Backoff
  readonly #maxRetryAfterMs: number
  #places = 0
  /** When it last closed: what left before the first place went through an open gate, what leaves after the last is a probe. */
  #closing = { first: 0, last: 0 }
  /** The customers of the failures since an answer has surely settled an event. */
  #failures: (string | undefined)[] = []
  /** Of this very moment. What comes first in it, a failure or another answer, cannot be told from outside. */
  #failuresNow: (string | undefined)[] = []
  #hasSettled = false
  #now = 0

  constructor(backoff: Backoff, maxRetryAfterMs: number) {
    this.#backoff = backoff
    this.#maxRetryAfterMs = maxRetryAfterMs
  }

  /** A request arrives. */
  open(now: number): Exchange {
    return { place: ++this.#places, openedAt: now }
  }

  /** While the gate is closed, only probes leave. */
  hasProbe(open: Iterable<Exchange>): boolean {
    for (const { place } of open) if (place > this.#closing.last) return true
    return false
  }

  mayHaveProbe(open: Iterable<Exchange>): boolean {
    for (const { place } of open) if (place > this.#closing.first) return true
    return false
  }

  /** A request ends, in this turn, or no token comes for one. @returns what tells the gate of it when the turn is over */
  ends(exchange: Exchange | undefined, ending: Ending, now: number): () => void {
    const first = ++this.#places
    const place = exchange?.place ?? first
    // At once: what has been called for before this turn ends may leave in it.
    if (ending.settles !== 'no' && place > this.#closing.first) this.isClosed = false
    return () => {
      this.#advance(now)
      if (ending.closes) this.#close(ending.askedMs, now, first)
      else if (ending.settles === 'yes') this.#settled(place, now)
      else this.#failed(place, ending.customer, now, first)
    }
  }

  #advance(now: number): void {
    if (now === this.#now) return
    if (this.#hasSettled) this.#failures = this.#failuresNow
    this.#failuresNow = []
    this.#hasSettled = false
    this.#now = now
  }

  #failed(place: number, customer: string | undefined, now: number, first: number): void {
    this.#failures.push(customer)
    this.#failuresNow.push(customer)
    const mayBeProbe = this.mayBeClosed && place > this.#closing.first
    if (mayBeProbe || this.#mayBeLong) this.#close(undefined, now, first)
  }

  get #mayBeLong(): boolean {
    const known = this.#failures.filter((customer) => customer !== undefined)
    const customers = new Set(known).size + this.#failures.length - known.length
    return this.#failures.length >= failureLimit && customers >= customerLimit
  }

  #settled(place: number, now: number): void {
    this.#hasSettled = true
    if (place > this.#closing.last && now >= this.opensBy) this.mayBeClosed = false
  }

  #close(askedMs: number | undefined, now: number, first: number): void {
    const { baseMs, capMs } = this.#backoff
    const backoffMs = Math.max(shortestMs, Math.min(baseMs * 2 ** 40, capMs))
    const isHeeded = askedMs !== undefined && askedMs < this.#maxRetryAfterMs
    const mostMs = isHeeded ? askedMs * 1.1 : Math.max((askedMs ?? 0) * 1.1, backoffMs)
    this.opensBy = Math.max(this.mayBeClosed ? this.opensBy : 0, now + mostMs)
    // Closed again, it keeps the probe that is on its way.
    this.#closing = { first: this.mayBeClosed ? this.#closing.first : first, last: ++this.#places }
    this.mayBeClosed = true
    if (askedMs === undefined) return
    this.opensFrom = Math.max(this.opensFrom, now + askedMs)
    this.isClosed = true
  }
}
