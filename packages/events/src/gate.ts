import type { Outcome } from './attempt.ts'
import type { Backoff } from './options.ts'
import { isRefusal, isSuccess } from './retry.ts'
import { backoffMs, retryAfterMs } from './wait.ts'

/** This many attempts in a row without any answer mean that the server is out of reach for everybody. */
const silenceLimit = 8

/** A server that does not answer is not asked more often than this, whatever the backoff. */
const shortestMs = 100

/**
 * Stands before all lanes. A server that says "too many" or "not now", or that has stopped answering, closes it; then a
 * single probe goes through, and an answer to that opens it again.
 */
export class Gate {
  readonly #backoff: Backoff
  #closed = false
  #opensAt = 0
  #probing = false
  #silences = 0
  /** When silence closed it, in elapsed milliseconds. */
  #silentSince: number | undefined
  #closings = 0
  #held = false

  constructor(backoff: Backoff) {
    this.#backoff = backoff
  }

  /** When the next probe may go, or undefined while the gate is open or a probe is on its way. */
  get opensAt(): number | undefined {
    return this.#closed && !this.#probing ? this.#opensAt : undefined
  }

  get closed(): boolean {
    return this.#closed
  }

  /** How many of `wanted` attempts may start now. */
  admits(wanted: number, now: number): number {
    if (!this.#closed) return wanted
    return this.#probing || now < this.#opensAt ? 0 : Math.min(1, wanted)
  }

  /** An attempt starts. @returns whether it is the probe */
  enter(): boolean {
    if (this.#closed) this.#probing = true
    return this.#closed
  }

  /** An attempt has ended. `now` is elapsed time, `nowMs` the time of day. @returns whether the gate closed by it */
  leave(outcome: Outcome, isProbe: boolean, now: number, nowMs: number): boolean {
    if (isProbe) this.#probing = false
    if (outcome.kind === 'tokenFailed') return false
    if (outcome.kind !== 'answered') return this.#silence(isProbe, now)
    this.#silences = 0
    this.#silentSince = undefined
    if (!isRefusal(outcome)) this.#held = false
    const askedMs = isSuccess(outcome.status) ? undefined : retryAfterMs(outcome.headers, nowMs)
    if (outcome.status === 429 || (outcome.status === 503 && askedMs !== undefined)) {
      return this.#close(askedMs, isProbe, now)
    }
    // Unless an answer that was still on its way has asked for a longer wait meanwhile.
    if (isProbe && this.#opensAt <= now) {
      this.#closed = false
      this.#closings = 0
    }
    return false
  }

  /** Whether an outage is so young that a probe without an answer must not cost its event a retry. */
  spares(now: number): boolean {
    return this.#silentSince !== undefined && now - this.#silentSince < 2 * this.#backoff.capMs
  }

  /** The token was refused: nothing goes but a probe every `capMs`. @returns whether that is news */
  hold(now: number): boolean {
    const news = !this.#held
    this.#held = true
    this.#opensAt = Math.max(this.#closed ? this.#opensAt : now, now + this.#backoff.capMs)
    this.#closed = true
    return news
  }

  #silence(isProbe: boolean, now: number): boolean {
    this.#silences++
    // What was still on its way when the gate closed tells nothing new.
    if (this.#closed && !isProbe) return false
    if (!isProbe && this.#silences < silenceLimit) return false
    this.#silentSince ??= now
    return this.#close(undefined, isProbe, now)
  }

  #close(askedMs: number | undefined, isProbe: boolean, now: number): boolean {
    const news = !this.#closed || isProbe
    // Up to a tenth longer, so that many processes do not come back in the same moment.
    const waitMs =
      askedMs === undefined
        ? Math.max(shortestMs, backoffMs(this.#backoff, this.#closings))
        : askedMs * (1 + Math.random() / 10)
    if (news) this.#closings++
    this.#opensAt = this.#closed ? Math.max(this.#opensAt, now + waitMs) : now + waitMs
    this.#closed = true
    return news
  }
}
