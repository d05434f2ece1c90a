import type { AttemptResult } from '../http/answer.ts'
import { dateMs } from '../http/retry-after.ts'
import type { Claim } from '../outbox/outbox.ts'
import type { TrackerTime } from '../platform/timer.ts'
import type { PendingEvent } from './pending-event.ts'

/** So far the clock of this machine and that of the server may differ. */
const toleranceMs = 3_600_000
/** A time of day before this one is that of a machine whose clock was never set. */
const notSetMs = Date.UTC(2020, 0, 1)

/**
 * Tells whether an event has become too old to be sent. Within a process age is what has elapsed. Of what an earlier
 * process left it is told by the time of day, which is believed only once an answer has confirmed it.
 */
export class Age {
  readonly #maxAgeMs: number
  readonly #time: TrackerTime
  /** The difference of time of day and elapsed time when an answer confirmed it. */
  #confirmedOffset: number | undefined

  constructor(maxAgeMs: number, time: TrackerTime) {
    this.#maxAgeMs = maxAgeMs
    this.#time = time
  }

  get isConfirmed(): boolean {
    return this.#confirmedOffset !== undefined && Math.abs(this.#offset() - this.#confirmedOffset) < toleranceMs
  }

  /** An answer tells what time the server thinks it is. */
  answered(headers: Readonly<Record<string, string>>): void {
    const served = dateMs(headers['date'])
    if (Number.isNaN(served)) return
    this.#confirmedOffset = Math.abs(served - this.#time.now()) < toleranceMs ? this.#offset() : undefined
  }

  /** Tells whether it is too old for one more attempt; `last` is how an attempt ended just now. */
  isOver(event: PendingEvent, claim: Claim, last?: AttemptResult): boolean {
    const elapsedMs = event.isOfThisProcess ? this.#time.running() - event.accepted.elapsed : claim.storedForMs
    if (elapsedMs !== undefined) return elapsedMs >= this.#maxAgeMs
    if (event.acceptedAt < notSetMs || this.#time.now() - event.acceptedAt < this.#maxAgeMs) return false
    if (this.isConfirmed) return true
    // The clocks disagree, or the answer had no date: after one attempt it is enough that the server does not object.
    if (last?.kind !== 'answered') return false
    const served = dateMs(last.headers['date'])
    return Number.isNaN(served) || served - event.acceptedAt >= this.#maxAgeMs
  }

  #offset(): number {
    return this.#time.now() - this.#time.elapsed()
  }
}
