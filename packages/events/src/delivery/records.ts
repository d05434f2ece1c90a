import { keyOf } from '../event/event.ts'
import type { Claim, AppendResult } from '../outbox/outbox.ts'
import type { Time } from '../platform/clock.ts'
import type { OutboxClient } from './outbox-client.ts'
import type { PendingEvent } from './pending-event.ts'
import { type Decision, verdictOf } from './retry.ts'

/** Deliveries that could not be recorded and are remembered. */
const mostUnrecorded = 10_000

/** A decision that a durable outbox has not answered yet. */
interface Recording {
  readonly askedAt: number
  /** Tells the outbox once more, by a newer claim. */
  readonly again: (newer: Claim) => void
  /** The entry was lent again meanwhile. */
  newer: Claim | undefined
}

/** Tells the outbox what becomes of the events that it lent. */
export class Records {
  readonly erasures = new Erasures()
  readonly #outbox: OutboxClient
  readonly #time: Time
  readonly #recordings = new Map<PendingEvent, Recording>()
  /** Customers of deliveries that the outbox could not take note of: their entries are still there, and are not sent again. */
  readonly #unrecorded = new Map<string, string>()

  constructor(outbox: OutboxClient, time: Time) {
    this.#outbox = outbox
    this.#time = time
  }

  /** Records what became of an event. `goOn` is given whether the outbox took note, or undefined where it failed. */
  record(claim: Claim, event: PendingEvent, decision: Decision, goOn: (isRecorded: boolean | undefined) => void): void {
    const again = (newer: Claim) => this.record(newer, event, decision, goOn)
    const recording: Recording = { askedAt: this.#time.elapsed(), again, newer: undefined }
    const tell = (): void => {
      if (this.#recordings.get(event) !== recording) return
      const erased = this.erasures.endOf(event.customerId)
      if (erased !== undefined) return void erased.then(tell)
      const end = this.erasures.record(event.customerId)
      this.#outbox.settle(claim, verdictOf(decision, event, true), (isRecorded) => {
        end()
        if (this.#recordings.get(event) !== recording) return
        this.#recordings.delete(event)
        const { newer } = recording
        if (newer !== undefined) {
          if (!isRecorded) return again(newer)
          // It was lent anew after that, and this answer is the later one: its turn comes again.
          this.#outbox.settle(newer, { kind: 'release' }, () => undefined)
        }
        // It is there still, and is not to be sent again.
        if (!isRecorded && decision.kind === 'delivered' && !event.hasEnded) this.#remember(claim)
        goOn(isRecorded)
      })
    }
    this.#recordings.set(event, recording)
    tell()
  }

  /**
   * Gives back what was lent of customers who are being erased, and records deliveries again that could not be recorded.
   *
   * @param goOn is called when something was given back
   * @returns the other claims
   */
  sift(claims: readonly Claim[], goOn: () => void): readonly Claim[] {
    return claims.filter((claim) => {
      if (!this.erasures.hasErased(claim.entry.customerId)) return !this.#recordAgain(claim)
      this.giveBack([claim], goOn)
      return false
    })
  }

  /** Gives back what was lent and is not sent. While its customer is erased it would be lent again at once, so that ends first. */
  giveBack(claims: readonly Claim[], goOn: () => void): void {
    for (const claim of claims) {
      const release = (): void => this.#outbox.settle(claim, { kind: 'release' }, goOn)
      const erased = this.erasures.endOf(claim.entry.customerId)
      if (erased) void erased.then(release)
      else release()
    }
  }

  /** Records a delivery again that could not be recorded: it is not sent again. @returns whether that is so */
  #recordAgain(claim: Claim): boolean {
    if (this.#unrecorded.size === 0) return false
    const key = keyOf(claim.entry)
    if (!this.#unrecorded.has(key)) return false
    this.#outbox.settle(claim, { kind: 'delivered' }, (isRecorded) => {
      // Where it was lent once more meanwhile it is there still.
      if (isRecorded) this.#unrecorded.delete(key)
    })
    return true
  }

  #remember({ entry }: Claim): void {
    this.#unrecorded.set(keyOf(entry), entry.customerId)
    const [oldest] = this.#unrecorded.keys()
    if (this.#unrecorded.size > mostUnrecorded && oldest !== undefined) this.#unrecorded.delete(oldest)
  }

  /** Tells what became of an appended event: one that was delivered, which could not be recorded, is done too. */
  fateOf(event: PendingEvent, fate: AppendResult): AppendResult {
    if (this.#unrecorded.size === 0) return fate
    const key = keyOf(event)
    // One that is new is no longer the one that is remembered, unless that was lent before this answer came.
    if (fate === 'stored' && !event.isStored) this.#unrecorded.delete(key)
    return fate === 'pending' && this.#unrecorded.has(key) ? 'done' : fate
  }

  /** Forgets a customer. @returns how many deliveries of that customer could not be recorded */
  forget(customerId: string): number {
    let forgotten = 0
    for (const [key, customer] of this.#unrecorded) {
      if (customer === customerId && this.#unrecorded.delete(key)) forgotten++
    }
    return forgotten
  }

  /** Takes the newer claim of an entry that was lent again while its record was on its way. @returns whether that is so */
  renew(event: PendingEvent, claim: Claim): boolean {
    const recording = this.#recordings.get(event)
    if (recording === undefined) return false
    // Lent a third time it has had a whole lease in vain: the answer is not to be waited for any more.
    if (recording.newer !== undefined) recording.again(claim)
    else recording.newer = claim
    return true
  }

  /** Tells whether what became of an event is being recorded. */
  has(event: PendingEvent): boolean {
    return this.#recordings.size > 0 && this.#recordings.has(event)
  }

  /** Events whose decision is being recorded. */
  events(): Iterable<PendingEvent> {
    return this.#recordings.keys()
  }

  /** The next moment, after `now`, at which the outbox has been asked for `timeoutMs` for the record of an awaited event. */
  nextDeadline(timeoutMs: number, now: number): number {
    let next = Infinity
    for (const [event, { askedAt }] of this.#recordings) {
      const deadline = askedAt + timeoutMs
      if (event.isAwaited && deadline > now) next = Math.min(next, deadline)
    }
    return next
  }

  /** Events for whose record the outbox has been asked for `timeoutMs` by `now`. */
  *late(timeoutMs: number, now: number): Generator<PendingEvent, void, undefined> {
    for (const [event, { askedAt }] of this.#recordings) if (askedAt + timeoutMs <= now) yield event
  }
}

/** Those who wait for an erasure, or for the records of ended attempts, to be over. */
interface Waiting {
  /** The number of those under way. */
  count: number
  readonly free: (() => void)[]
}

/**
 * Keeps the erasure of a customer and the records of that customer's attempts apart, in whatever order an outbox answers:
 * nothing is recorded while the customer is erased, and an erasure begins when nothing is being recorded.
 */
export class Erasures {
  readonly #recording = new Map<string, Waiting>()
  readonly #erasing = new Map<string, Waiting>()
  readonly #sinceClaim = new Set<string>()

  /** The end of the customer's erasure; undefined while there is none. */
  endOf(customerId: string): Promise<void> | undefined {
    return ended(this.#erasing.get(customerId))
  }

  /** The outbox is asked for a claim: what it has erased by now it does not lend. */
  claim(): void {
    this.#sinceClaim.clear()
  }

  /**
   * Tells whether what was lent of a customer may be gone: the customer is being erased, or was since the claim was asked,
   * whose answer may be the later one to arrive.
   */
  hasErased(customerId: string): boolean {
    return this.#erasing.has(customerId) || this.#sinceClaim.has(customerId)
  }

  /** Begins to record the end of an attempt. @returns ends that */
  record(customerId: string): () => void {
    return begin(this.#recording, customerId)
  }

  /** The end of all that is being recorded now. */
  recorded(): Promise<unknown> {
    return Promise.all([...this.#recording.values()].map((waiting) => ended(waiting) ?? Promise.resolve()))
  }

  /** Begins an erasure once nothing is being recorded and no other one is under way. @returns ends it */
  async erase(customerId: string): Promise<() => void> {
    for (;;) {
      const other = ended(this.#recording.get(customerId)) ?? this.endOf(customerId)
      if (other === undefined) break
      await other
    }
    const end = begin(this.#erasing, customerId)
    return () => {
      this.#sinceClaim.add(customerId)
      end()
    }
  }
}

function ended(waiting: Waiting | undefined): Promise<void> | undefined {
  return waiting && new Promise((free) => waiting.free.push(free))
}

function begin(all: Map<string, Waiting>, customerId: string): () => void {
  const waiting = all.get(customerId) ?? { count: 0, free: [] }
  waiting.count++
  all.set(customerId, waiting)
  return () => {
    if (--waiting.count > 0) return
    all.delete(customerId)
    for (const free of waiting.free) free()
  }
}
