import type { GivenEvent } from '@obsidianlaunch/events'
import { type Fault, Refusal } from '../edge/refusal.ts'
import { mostFaults, sentenceOf } from '../edge/event.ts'
import { pointerOf } from '../edge/pointer.ts'

/** The traits that a client may set: `name`, `plan`, `properties` as a whole, or one of them, `properties.theme`. */
export class AllowedTraits {
  readonly #names: ReadonlySet<string> | undefined

  /** @param names all of them where it is left out */
  constructor(names: readonly string[] | undefined) {
    this.#names = names && new Set(names)
  }

  /** Refuses an event with a trait that is not in the list: to leave it out in silence would lose it. */
  problemWith(event: GivenEvent): Refusal | undefined {
    if (this.#names === undefined || event.operation === 'trackEvent') return undefined
    const faults = Object.entries(event.traits).flatMap(([name, value]) => this.#faultsAt(name, value))
    return faults.length === 0 ? undefined : new Refusal('not-allowed', sentenceOf(faults), { faults })
  }

  #faultsAt(name: string, value: unknown): Fault[] {
    if (this.#names?.has(name)) return []
    const detail = 'is set by the server alone'
    if (name !== 'properties' || typeof value !== 'object' || value === null) {
      return [{ pointer: pointerOf([name]), detail }]
    }
    const refused = Object.keys(value).filter((property) => !this.#names?.has(`properties.${property}`))
    return refused.slice(0, mostFaults).map((property) => ({ pointer: pointerOf([name, property]), detail }))
  }
}
