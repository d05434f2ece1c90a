import type { Claim } from '../outbox/outbox.ts'
import type { Time } from '../platform/clock.ts'
import { type MaybePromise, whenThere } from '../platform/platform.ts'
import { Erasures } from './erasures.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { PendingEvent } from './pending-event.ts'
import { type Decision, verdictOf } from './retry.ts'

/** A decision that a durable outbox has not answered yet. */
interface Recording {
  readonly askedAt: number
  /** The entry was lent again meanwhile: the outbox is told once more, by this claim. */
  newer?: Claim
}

/** Tells the outbox what becomes of the events that it lent. */
export class Records {
  readonly erasures = new Erasures()
  readonly #outbox: OutboxClient
  readonly #time: Time
  readonly #recordings = new Map<PendingEvent, Recording>()

  constructor(outbox: OutboxClient, time: Time) {
    this.#outbox = outbox
    this.#time = time
  }

  /** @returns whether the outbox took note, or undefined where it failed */
  record(claim: Claim, event: PendingEvent, decision: Decision): MaybePromise<boolean | undefined> {
    if (!this.#outbox.durable) return this.#outbox.settle(claim, verdictOf(decision, event, false))
    this.#recordings.set(event, { askedAt: this.#time.elapsed() })
    const erased = this.erasures.endOf(event.customerId)
    if (erased !== undefined) return erased.then(() => this.record(claim, event, decision))
    const end = this.erasures.record(event.customerId)
    const answer = this.#outbox.settle(claim, verdictOf(decision, event, true))
    return whenThere(answer, (isRecorded) => {
      end()
      const newer = this.#recordings.get(event)?.newer
      this.#recordings.delete(event)
      if (newer !== undefined) return this.record(newer, event, decision)
      // It is there still, and is not to be sent again.
      if (!isRecorded && decision.kind === 'delivered' && !event.hasEnded) this.#outbox.remember(claim)
      return isRecorded
    })
  }

  /** Takes the newer claim of an entry that was lent again while its record was on its way. @returns whether that is so */
  renew(event: PendingEvent, claim: Claim): boolean {
    const recording = this.#recordings.get(event)
    if (recording !== undefined) recording.newer = claim
    return recording !== undefined
  }

  /** Events whose decision is being recorded. */
  events(): Iterable<PendingEvent> {
    return this.#recordings.keys()
  }

  /** Events for whose record the outbox was asked before that moment. */
  *askedBefore(moment: number): Generator<PendingEvent, void, undefined> {
    for (const [event, { askedAt }] of this.#recordings) if (askedAt <= moment) yield event
  }
}
