import type { Entry } from '../../event/event.ts'
import { Heap } from './heap.ts'
import { Lane, type Wait } from './lane.ts'
import type { Claim, DeadLetter, Fate, First, Outbox, Verdict } from '../outbox.ts'
import { Queue } from './fifo.ts'

interface LentEntry extends Claim {
  readonly lane: Lane
  readonly number: number
  /** When it was lent, in running time. */
  readonly at: number
}

/** One event a call is the rule: its answers are the same for all. */
const stored: readonly Fate[] = ['stored']
const recorded: readonly boolean[] = [true]
const unrecorded: readonly boolean[] = [false]

/** Keeps what is owed in memory: it dies with its process. It answers at once, with the very entries it was given. */
export class MemoryOutbox implements Outbox {
  readonly durable = false
  readonly #elapsed: () => number
  readonly #running: () => number
  readonly #lanes = new Map<string, Lane>()
  readonly #ready = new Queue<Lane>()
  readonly #waits = new Heap<Wait>((wait) => wait.due)
  #pending = 0
  #claims = 0

  /** @param running elapsed time without that in which the process stood still, by which lanes fail */
  constructor(elapsed: () => number, running = elapsed) {
    this.#elapsed = elapsed
    this.#running = running
  }

  append(entries: readonly Entry[]): readonly Fate[] {
    for (const entry of entries) this.#append(entry)
    return entries.length === 1 ? stored : entries.map(() => 'stored')
  }

  claim(max: number, _leaseMs: number, first: First): Claim[] {
    const now = this.#running()
    this.#wake(this.#elapsed())
    if (first === 'fewest-attempts')
      this.#ready.bringForward((lane) => (lane.head === undefined ? Infinity : lane.attempts))
    const claims: LentEntry[] = []
    while (claims.length < max) {
      const lane = this.#ready.shift()
      if (lane === undefined) break
      const entry = lane.head
      // Emptied by remove() while it stood in the queue.
      if (entry === undefined) this.#lanes.delete(lane.customerId)
      else {
        lane.claim = ++this.#claims
        const failingForMs = lane.failing === undefined ? 0 : now - lane.failing.since
        claims.push({ entry, attempts: lane.attempts, failingForMs, lane, number: lane.claim, at: now })
      }
    }
    return claims
  }

  settle(verdicts: readonly (readonly [Claim, Verdict])[]): readonly boolean[] {
    const [only] = verdicts
    if (only === undefined || verdicts.length > 1) return verdicts.map((each) => this.#settle(each[0], each[1]))
    return this.#settle(only[0], only[1]) ? recorded : unrecorded
  }

  remove({ customerId, id }: Pick<Entry, 'customerId' | 'id'>): boolean {
    const lane = this.#lanes.get(customerId)
    if (lane === undefined || (lane.claim > 0 && lane.head?.id === id)) return false
    const { wait } = lane
    if (!lane.remove(id)) return false
    this.#pending--
    // Its head was the one that waited. The next one need not.
    if (wait !== undefined && lane.wait === undefined) this.#ready.push(lane)
    return true
  }

  dueInMs(): number {
    this.#forgetEmptied()
    if (this.#ready.length > 0) return 0
    const next = this.#waits.least
    return next === undefined ? Infinity : Math.max(0, next.due - this.#elapsed())
  }

  dead(): DeadLetter[] {
    return []
  }

  replay(): number {
    return 0
  }

  forget(customerId: string): { pending: number; dead: number } {
    const lane = this.#lanes.get(customerId)
    if (lane === undefined) return { pending: 0, dead: 0 }
    // One that stands in the queue goes when its turn comes.
    if (lane.claim > 0 || lane.wait !== undefined) this.#lanes.delete(customerId)
    lane.claim = 0
    let forgotten = 0
    for (; lane.head !== undefined; forgotten++) lane.shift()
    this.#pending -= forgotten
    return { pending: forgotten, dead: 0 }
  }

  counts(): { pending: number; dead: number } {
    return { pending: this.#pending, dead: 0 }
  }

  close(): void {}

  #append(entry: Entry): void {
    let lane = this.#lanes.get(entry.customerId)
    if (lane === undefined) {
      lane = new Lane(entry.customerId)
      this.#lanes.set(entry.customerId, lane)
      this.#ready.push(lane)
    }
    lane.push(entry)
    this.#pending++
  }

  #settle(claim: Claim, verdict: Verdict): boolean {
    const { lane, number, at } = claim as LentEntry
    if (lane.claim !== number) return false
    lane.claim = 0
    if (verdict.kind === 'delivered') lane.failing = undefined
    else if (verdict.kind !== 'release') lane.failing ??= { attempts: 0, since: at }
    if (verdict.kind === 'retry') {
      if (lane.failing !== undefined) lane.failing.attempts++
      lane.wait = { lane, due: this.#elapsed() + verdict.afterMs }
      this.#waits.push(lane.wait)
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

  #wake(now: number): void {
    for (let wait = this.#waits.least; wait !== undefined && wait.due <= now; wait = this.#waits.least) {
      this.#waits.pop()
      // Unless it was cut short, because the entry was removed.
      if (wait.lane.wait !== wait) continue
      wait.lane.wait = undefined
      this.#ready.push(wait.lane)
    }
  }
}
