import type { Arrival } from './api.ts'
import type { Contents } from './contents.ts'
import { laneFaults } from './lanes.ts'
import type { Step } from './record.ts'

/** Holds what has arrived at the API, and what is in the store, against what was acknowledged. */
export class TrackerLedger {
  readonly #concurrency: number
  readonly #acknowledged = new Set<number>()
  /** The last arrival of each event, and of each customer. */
  readonly #last = new Map<number, Arrival>()
  readonly #lastOf = new Map<string, number>()
  readonly #numbers = new Map<string, number>()
  readonly #delivered = new Set<number>()
  readonly #refused = new Set<number>()
  /** Events of each life that were answered for good and came again in a later one. */
  readonly #resent = new Map<number, number>()
  readonly broken: string[] = []
  arrivals = 0
  /** Came again after an answer that was no success, or after none. */
  retries = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  get delivered(): number {
    return this.#delivered.size
  }

  /** Came again though they had been answered for good: their process died before it could take note. */
  get resent(): number {
    return [...this.#resent.values()].reduce((sum, count) => sum + count, 0)
  }

  acknowledge(steps: readonly Step[]): void {
    for (const { number } of steps) this.#acknowledged.add(number)
  }

  arrive(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) this.#arrive(arrival)
  }

  /** Compares with what is in the store now: everything that is still pending, or nothing any more. */
  compare({ pending, dead }: Contents): void {
    this.broken.push(...laneFaults(pending, this.#lastOf))
    const owed = new Set([...pending.values()].flat())
    for (const number of this.#acknowledged) {
      const isKnown = owed.has(number) || dead.has(number) || this.#delivered.has(number)
      this.#expect(isKnown, `${number} was acknowledged and is lost`)
    }
    for (const number of dead) {
      this.#expect(this.#refused.has(number), `${number} is a dead letter and was never refused`)
      this.#expect(!owed.has(number), `${number} is a dead letter and pending`)
    }
  }

  #arrive(arrival: Arrival): void {
    const { customer, number, id, status } = arrival
    this.arrivals++
    this.#expect(number >= (this.#lastOf.get(customer) ?? 0), `${number} of ${customer} came after a later one`)
    const before = this.#last.get(number)
    if (before !== undefined) this.#repeat(before, arrival)
    const namesake = this.#numbers.get(id)
    this.#expect(namesake === undefined || namesake === number, `${number} came under the id of ${namesake}`)
    this.#numbers.set(id, number)
    this.#lastOf.set(customer, number)
    this.#last.set(number, arrival)
    if (status === 200) this.#delivered.add(number)
    if (status === 400) this.#refused.add(number)
  }

  #repeat(before: Arrival, { life, number, id }: Arrival): void {
    this.#expect(id === before.id, `${number} came under another id`)
    if (before.status !== 200 && before.status !== 400) {
      this.retries++
      return
    }
    this.#expect(life > before.life, `${number} came again, and its process knew that it had ended`)
    const resent = (this.#resent.get(before.life) ?? 0) + 1
    this.#resent.set(before.life, resent)
    const why = `${resent} events came again because of kill ${before.life}, more than were in flight`
    this.#expect(resent <= this.#concurrency, why)
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise)
  }
}
