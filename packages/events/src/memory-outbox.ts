import type { Entry } from './event.ts'
import { Heap } from './heap.ts'
import { Lane, type Wait } from './lane.ts'
import type { Claim, Outbox, Verdict } from './outbox.ts'
import { Queue } from './queue.ts'

interface LentLane extends Claim {
  readonly lane: Lane
}

/** Keeps what is owed in memory: it dies with its process. */
export class MemoryOutbox implements Outbox {
  readonly #elapsed: () => number
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Queue<Lane>()
  readonly #waits = new Heap<Wait>((wait) => wait.due)

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  append(entry: Entry): void {
    let lane = this.#lanes.get(entry.customerId)
    if (lane === undefined) {
      lane = new Lane(entry.customerId)
      this.#lanes.set(entry.customerId, lane)
      this.#ready.push(lane)
    }
    lane.push(entry)
  }

  claim(max: number, first: 'oldest' | 'fewest-attempts'): Claim[] {
    this.#wake()
    if (first === 'fewest-attempts')
      this.#ready.bringForward((lane) => (lane.head === undefined ? Infinity : lane.attempts))
    const claims: LentLane[] = []
    while (claims.length < max) {
      const lane = this.#ready.shift()
      if (lane === undefined) break
      const entry = lane.head
      // Emptied by remove() while it stood in the queue.
      if (entry === undefined) this.#lanes.delete(lane.customerId)
      else {
        lane.lent = true
        claims.push({ entry, attempts: lane.attempts, lane })
      }
    }
    return claims
  }

  settle(claim: Claim, verdict: Verdict): void {
    const { lane } = claim as LentLane
    lane.lent = false
    if (verdict.kind === 'retry') {
      lane.attempts++
      lane.wait = { lane, due: this.#elapsed() + verdict.afterMs }
      this.#waits.push(lane.wait)
      return
    }
    lane.shift()
    // To the back: a customer with a million events lets the others pass.
    if (lane.head === undefined) this.#lanes.delete(lane.customerId)
    else this.#ready.push(lane)
  }

  remove(entry: Entry): boolean {
    const lane = this.#lanes.get(entry.customerId)
    if (lane === undefined || (lane.lent && lane.head === entry)) return false
    const { wait } = lane
    const removed = lane.remove(entry)
    // Its head was the one that waited. The next one need not.
    if (wait !== undefined && lane.wait === undefined) this.#ready.push(lane)
    return removed
  }

  dueInMs(): number {
    this.#forgetEmptied()
    if (this.#ready.length > 0) return 0
    const next = this.#waits.least
    return next === undefined ? Infinity : Math.max(0, next.due - this.#elapsed())
  }

  /** Lanes that remove() has emptied, as far as they stand in front. */
  #forgetEmptied(): void {
    for (let lane = this.#ready.first; lane !== undefined && lane.head === undefined; lane = this.#ready.first) {
      this.#ready.shift()
      this.#lanes.delete(lane.customerId)
    }
    for (let wait = this.#waits.least; wait !== undefined && wait.lane.wait !== wait; wait = this.#waits.least) {
      this.#waits.pop()
    }
  }

  #wake(): void {
    const now = this.#elapsed()
    for (let wait = this.#waits.least; wait !== undefined && wait.due <= now; wait = this.#waits.least) {
      this.#waits.pop()
      // Unless it was cut short, because the entry was removed.
      if (wait.lane.wait !== wait) continue
      wait.lane.wait = undefined
      this.#ready.push(wait.lane)
    }
  }
}
