import type { OutboxEntry } from '../../event/event.ts'
import type { Claim, DeadLetter, AppendResult, LaneOrder, Outbox, Verdict, WaitingCustomer } from '../outbox.ts'
import { Heap } from './heap.ts'
import { Fifo, Lane } from './lane.ts'

interface LentEntry extends Claim {
  readonly lane: Lane
  /** The moment when it was lent, in running time. */
  readonly at: number
}

/** To look through the queue for fewer emptied customers than this is not worth it. */
const leastEmptied = 64

/**
 * Makes an outbox in memory, as a tracker has by default: for one of your own that stands before it, such as one that lends
 * less.
 *
 * @param elapsed milliseconds since some moment, never going back
 * @param running the same without the time in which the process stood still
 */
export function memoryOutbox(elapsed: () => number, running?: () => number): Outbox {
  return new MemoryOutbox(elapsed, running)
}

/**
 * Keeps what is pending in memory: it dies with its process. It answers at once, with the very entries it was given.
 *
 * | an entry is | becomes | when                                                                                     |
 * |-------------|---------|------------------------------------------------------------------------------------------|
 * | –           | queued  | it is appended: alone, as the entry itself, or at the end of a lane                      |
 * | queued      | lent    | a claim finds its customer in front and it at the head                                   |
 * | lent        | waiting | it is to be tried again                                                                  |
 * | lent        | queued  | it is released: its customer goes to the back                                            |
 * | waiting     | queued  | its wait is over                                                                         |
 * | lent        | –       | it is delivered or given up                                                              |
 * | queued, waiting | –   | it is removed; whatever it is, when its customer is forgotten                            |
 *
 * A customer whose lane is neither lent nor waiting stands in the queue once, by a lane or by the entry that was there
 * first. One of whom nothing is left stays there until its turn, or until such are most of the queue.
 */
export class MemoryOutbox implements Outbox {
  readonly durable = false
  readonly #elapsed: () => number
  readonly #running: () => number
  /** Most customers have one event at a time, which needs no lane before it is lent. */
  readonly #lanes = new Map<string, Lane | OutboxEntry>()
  readonly #ready = new Fifo<Lane | OutboxEntry>()
  /** Made when the first lane waits. */
  #waiting: Heap<Lane> | undefined
  #pending = 0
  /** Customers in the queue of whom nothing is left. */
  #emptied = 0

  /** @param running elapsed time without that in which the process stood still, by which lanes fail */
  constructor(elapsed: () => number, running = elapsed) {
    this.#elapsed = elapsed
    this.#running = running
  }

  append(entries: readonly OutboxEntry[]): readonly AppendResult[] {
    for (const entry of entries) this.appendOne(entry)
    return entries.map(() => 'stored')
  }

  appendOne(entry: OutboxEntry): void {
    const { customerId } = entry
    const lane = this.#laneOf(customerId)
    if (lane === undefined) {
      this.#lanes.set(customerId, entry)
      this.#ready.push(entry)
    } else {
      if (lane.head === undefined) this.#emptied--
      lane.push(entry)
    }
    this.#pending++
  }

  claim(max: number, _leaseMs: number, first: LaneOrder): Claim[] {
    const now = this.#running()
    this.#wake(this.#elapsed())
    if (first === 'fewest-attempts') this.#ready.bringForward((each) => this.#attemptsOf(each))
    const claims: LentEntry[] = []
    while (claims.length < max) {
      const next = this.#ready.shift()
      if (next === undefined) break
      const lane = next instanceof Lane ? next : this.#laneOf(next.customerId)
      const entry = lane?.head
      if (lane === undefined || entry === undefined) this.#drop(next)
      else {
        const failingForMs = lane.failingSince === undefined ? 0 : now - lane.failingSince
        const claim = { entry, attempts: lane.attempts, failingForMs, lane, at: now }
        lane.lent = claim
        claims.push(claim)
      }
    }
    return claims
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): readonly boolean[] {
    return verdicts.map(([claim, verdict]) => this.settleOne(claim, verdict))
  }

  settleOne(claim: Claim, verdict: Verdict): boolean {
    const { lane, at } = claim as LentEntry
    if (lane.lent !== claim) return false
    lane.lent = undefined
    if (verdict.kind === 'delivered') lane.failingSince = undefined
    else if (verdict.kind !== 'release') lane.failingSince ??= at
    if (verdict.kind === 'retry') {
      lane.attempts++
      lane.due = this.#elapsed() + verdict.afterMs
      this.#waiting ??= new Heap(({ due = 0 }) => due)
      this.#waiting.push(lane)
      return true
    }
    if (verdict.kind !== 'release') {
      lane.shift()
      this.#pending--
    }
    // To the back: a customer with a million events lets the others pass.
    if (lane.head === undefined) this.#lanes.delete(lane.customerId)
    else this.#ready.push(lane)
    return true
  }

  remove({ customerId, id }: Pick<OutboxEntry, 'customerId' | 'id'>): boolean {
    const lane = this.#laneOf(customerId)
    if (lane === undefined || !this.#removeFrom(lane, id)) return false
    this.#pending--
    return true
  }

  dueInMs(): number {
    this.#dropEmptied()
    if (this.#ready.length > 0) return 0
    const next = this.#waiting?.least
    return next === undefined ? Infinity : Math.max(0, (next.due ?? 0) - this.#elapsed())
  }

  /** Ends the pauses of those lanes whose first entry is one of these. */
  hurry(isOne: (entry: OutboxEntry) => boolean): void {
    const waiting: Lane[] = []
    for (let lane = this.#waiting?.pop(); lane !== undefined; lane = this.#waiting?.pop()) waiting.push(lane)
    for (const lane of waiting) {
      if (lane.head !== undefined && isOne(lane.head)) lane.due = this.#elapsed()
      this.#waiting?.push(lane)
    }
  }

  dead(): DeadLetter[] {
    return []
  }

  replay(): number {
    return 0
  }

  forget(customerId: string): { pending: number; dead: number } {
    const lane = this.#laneOf(customerId)
    if (lane === undefined) return { pending: 0, dead: 0 }
    const isQueued = lane.lent === undefined && lane.due === undefined
    if (!isQueued) this.#lanes.delete(customerId)
    lane.lent = undefined
    const pending = lane.clear()
    this.#pending -= pending
    if (isQueued && pending > 0) this.#hasEmptied()
    return { pending, dead: 0 }
  }

  waiting(limit: number): WaitingCustomer[] {
    const now = this.#elapsed()
    return [...this.#lanes.values()]
      .map((each) => (each instanceof Lane ? each : new Lane(each.customerId, each)))
      .flatMap(({ customerId, head, length, attempts, due = now, lent }) => {
        if (head === undefined) return []
        const { acceptedAt: oldestAt, environment = 'test' } = head
        const isLent = lent !== undefined
        return { customerId, environment, pending: length, oldestAt, attempts, dueInMs: Math.max(0, due - now), isLent }
      })
      .toSorted((one, other) => one.oldestAt - other.oldestAt)
      .slice(0, limit)
  }

  counts(): { pending: number; dead: number } {
    return { pending: this.#pending, dead: 0 }
  }

  close(): void {
    for (const customerId of this.#lanes.keys()) this.forget(customerId)
  }

  #removeFrom(lane: Lane, id: string): boolean {
    if (lane.head?.id !== id) return lane.removeLater(id)
    if (lane.lent !== undefined) return false
    if (lane.due === undefined) {
      lane.shift()
      if (lane.head === undefined) this.#hasEmptied()
      return true
    }
    // The next one need not wait for its retry.
    const next = lane.withoutHead()
    if (next.head === undefined) this.#lanes.delete(next.customerId)
    else {
      this.#lanes.set(next.customerId, next)
      this.#ready.push(next)
    }
    return true
  }

  /** The lane of a customer; an entry that was alone becomes the head of one. */
  #laneOf(customerId: string): Lane | undefined {
    const found = this.#lanes.get(customerId)
    if (found === undefined || found instanceof Lane) return found
    const lane = new Lane(customerId, found)
    this.#lanes.set(customerId, lane)
    return lane
  }

  /** Attempts of the head of a customer that stands in the queue; Infinity where nothing of it is left. */
  #attemptsOf({ customerId }: Lane | OutboxEntry): number {
    const found = this.#lanes.get(customerId)
    if (!(found instanceof Lane)) return found === undefined ? Infinity : 0
    return found.head === undefined ? Infinity : found.attempts
  }

  /** Drops lanes that were emptied, as far as they stand in front. */
  #dropEmptied(): void {
    for (let next = this.#ready.first; next && this.#attemptsOf(next) === Infinity; next = this.#ready.first) {
      this.#ready.shift()
      this.#drop(next)
    }
    while (this.#waiting?.least && this.#waiting.least.head === undefined) this.#waiting.pop()
  }

  /** Nothing is claimed while the API is down, and what overflows or is cancelled then must not pile up. */
  #hasEmptied(): void {
    if (++this.#emptied < leastEmptied || 2 * this.#emptied < this.#ready.length) return
    for (let left = this.#ready.length; left > 0; left--) {
      const next = this.#ready.shift() as Lane | OutboxEntry
      if (this.#attemptsOf(next) === Infinity) this.#drop(next)
      else this.#ready.push(next)
    }
  }

  /** A customer of whom nothing is left has gone from the queue. */
  #drop({ customerId }: Lane | OutboxEntry): void {
    this.#lanes.delete(customerId)
    this.#emptied--
  }

  #wake(now: number): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    for (let lane = waiting.least; lane !== undefined && (lane.due ?? 0) <= now; lane = waiting.least) {
      waiting.pop()
      // Unless it was emptied meanwhile.
      if (lane.head === undefined) continue
      lane.due = undefined
      this.#ready.push(lane)
    }
  }
}
