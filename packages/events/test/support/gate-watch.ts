import type { Backoff } from '../../src/options.ts'

/** A request, as the API sees it. */
export interface Exchange {
  /** Its place among all requests and closings of the gate. */
  readonly place: number
  readonly openedAt: number
}

/** This many attempts in a row without an answer may close the gate. */
const silenceLimit = 8
/** A silent server is not asked more often than this. */
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
  /** May be closed: there has been no answer that surely opened it. */
  mayBeClosed = false
  /** Is closed: an answer asked for it, and no later answer may have opened it. */
  isClosed = false
  readonly #backoff: Backoff
  #places = 0
  /** When it last closed: what left before the first place went through an open gate, what leaves after the last is a probe. */
  #closing = { first: 0, last: 0 }
  #silences = 0
  /** Of this very moment. What comes first in it, a silence or an answer, cannot be told from outside. */
  #silencesNow = 0
  #hasAnswer = false
  #now = 0

  constructor(backoff: Backoff) {
    this.#backoff = backoff
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

  /** A request ends, in this turn. @returns what tells the gate of it when the turn is over */
  ends({ place }: Exchange, status: number | undefined, askedMs: number | undefined, now: number): () => void {
    const first = ++this.#places
    // At once: what has been called for before this turn ends may leave in it.
    if (status !== undefined && !closes(status, askedMs) && place > this.#closing.first) this.isClosed = false
    return () => {
      this.#advance(now)
      if (status === undefined) this.#silent(place, now, first)
      else this.#answered(place, status, askedMs, now, first)
    }
  }

  #advance(now: number): void {
    if (now === this.#now) return
    if (this.#hasAnswer) this.#silences = this.#silencesNow
    this.#silencesNow = 0
    this.#hasAnswer = false
    this.#now = now
  }

  #silent(place: number, now: number, first: number): void {
    this.#silences++
    this.#silencesNow++
    const mayBeProbe = this.mayBeClosed && place > this.#closing.first
    if (mayBeProbe || this.#silences >= silenceLimit) this.#close(undefined, now, first)
  }

  #answered(place: number, status: number, askedMs: number | undefined, now: number, first: number): void {
    this.#hasAnswer = true
    if (closes(status, askedMs)) this.#close(askedMs, now, first)
    else if (place > this.#closing.last && now >= this.opensBy) this.mayBeClosed = false
  }

  #close(askedMs: number | undefined, now: number, first: number): void {
    const { baseMs, capMs } = this.#backoff
    const mostMs = askedMs === undefined ? Math.max(shortestMs, Math.min(baseMs * 2 ** 40, capMs)) : askedMs * 1.1
    this.opensBy = Math.max(this.mayBeClosed ? this.opensBy : 0, now + mostMs)
    // Closed again, it keeps the probe that is on its way.
    this.#closing = { first: this.mayBeClosed ? this.#closing.first : first, last: ++this.#places }
    this.mayBeClosed = true
    if (askedMs === undefined) return
    this.opensFrom = Math.max(this.opensFrom, now + askedMs)
    this.isClosed = true
  }
}

function closes(status: number, askedMs: number | undefined): boolean {
  return status === 429 || (status === 503 && askedMs !== undefined)
}
