import type { Contents } from './contents.ts'
import { laneFaults } from './lanes.ts'
import type { Step } from './record.ts'

/** Holds what is in the store against what was acknowledged, sent and settled. */
export class StoreLedger {
  readonly #stored = new Map<number, string>()
  readonly #sent = new Set<number>()
  readonly #settled = new Set<number>()
  readonly #dead = new Set<number>()
  readonly #lastSent = new Map<string, number>()
  readonly broken: string[] = []
  /** Sent more than once: by a retry, or because it was in flight when the writer was killed. */
  repeats = 0

  get stored(): number {
    return this.#stored.size
  }

  get settled(): number {
    return this.#settled.size
  }

  add(steps: readonly Step[]): void {
    for (const { what, customer, number } of steps) {
      if (what === 'stored') this.#stored.set(number, customer)
      else if (what === 'settled') this.#settled.add(number)
      else if (what === 'dead') this.#dead.add(number)
      else this.#send(customer, number)
    }
  }

  compare({ pending, dead }: Contents): void {
    const inLanes = new Set([...pending.values()].flat())
    this.broken.push(...laneFaults(pending, this.#lastSent))
    for (const number of this.#stored.keys()) {
      const isKnown = inLanes.has(number) || dead.has(number) || this.#sent.has(number)
      this.#expect(isKnown, `${number} was acknowledged and is lost`)
    }
    for (const number of this.#settled) this.#expect(!inLanes.has(number), `${number} was settled and is pending again`)
    for (const number of this.#dead) this.#expect(dead.has(number), `${number} was a dead letter and is lost`)
  }

  #send(customer: string, number: number): void {
    const isOver = this.#settled.has(number) || this.#dead.has(number)
    this.#expect(!isOver, `${number} was sent again after its end was recorded`)
    this.#expect(number >= (this.#lastSent.get(customer) ?? 0), `${number} of ${customer} was sent after a later one`)
    if (this.#sent.has(number)) this.repeats++
    this.#sent.add(number)
    this.#lastSent.set(customer, number)
  }

  #expect(holds: boolean, otherwise: string): void {
    if (!holds) this.broken.push(otherwise)
  }
}
