import type { Entry, Environment } from './event.ts'
import type { OwedEvent } from './owed-event.ts'

/** What an event is known by. */
export type Key = Pick<Entry, 'customerId' | 'id' | 'environment'>

/** Finds the event that is owed for a customer under an id, in an environment. */
export class OwedIds {
  readonly #owed: Iterable<OwedEvent>
  /** Made when an id is first looked for: who never gives one never pays for it. */
  #index: Map<string, OwedEvent> | undefined

  /** @param owed all that is owed */
  constructor(owed: Iterable<OwedEvent>) {
    this.#owed = owed
  }

  add(event: OwedEvent): void {
    this.#index?.set(keyOf(event), event)
  }

  find(customerId: unknown, id: string | undefined, environment: Environment = 'test'): OwedEvent | undefined {
    if (id === undefined || typeof customerId !== 'string') return undefined
    this.#index ??= new Map(Array.from(this.#owed, (event) => [keyOf(event), event]))
    return this.#index.get(keyOf({ customerId, id, environment }))
  }

  delete(event: OwedEvent): void {
    if (this.#index === undefined) return
    const key = keyOf(event)
    // The key may be another's by now: a hook that was told of the end may have tracked the id anew.
    if (this.#index.get(key) === event) this.#index.delete(key)
  }
}

/** Neither an environment nor an id has a line break, so no two give the same key. */
export function keyOf({ customerId, id, environment = 'test' }: Key): string {
  return `${environment}\n${id}\n${customerId}`
}
