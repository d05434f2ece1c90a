import type { Environment } from '../event/event.ts'
import type { PendingEvent } from './pending-event.ts'

/** The events of each customer, by their ids where there are several: most customers have one, and are to cost no more. */
type Customers = Map<string, PendingEvent | Map<string, PendingEvent>>
type Index = Record<Environment, Customers>

/** Finds the event that is pending for a customer under an id, in an environment. */
export class EventIndex {
  readonly #index: Index = { test: new Map(), production: new Map() }

  /** @param pending all that is pending */
  constructor(pending: Iterable<PendingEvent>) {
    for (const event of pending) this.add(event)
  }

  add(event: PendingEvent): void {
    const customers = customersIn(this.#index, event.environment)
    const known = customers.get(event.customerId)
    if (known === undefined || known === event) customers.set(event.customerId, event)
    else if (known instanceof Map) known.set(event.id, event)
    else customers.set(event.customerId, new Map([known, event].map((one) => [one.id, one])))
  }

  find(customerId: unknown, id: string, environment?: Environment): PendingEvent | undefined {
    if (typeof customerId !== 'string') return undefined
    const known = customersIn(this.#index, environment).get(customerId)
    if (known instanceof Map) return known.get(id)
    return known?.id === id ? known : undefined
  }

  /** Not what has taken its place: a hook that was told of the end may have tracked the id anew. */
  delete(event: PendingEvent): void {
    const customers = customersIn(this.#index, event.environment)
    const known = customers.get(event.customerId)
    if (known === event) customers.delete(event.customerId)
    if (!(known instanceof Map) || known.get(event.id) !== event) return
    known.delete(event.id)
    if (known.size === 0) customers.delete(event.customerId)
  }
}

/** The customers of an environment. What is not for production goes to the test environment, whatever somebody's outbox says of an entry. */
function customersIn(index: Index, environment: Environment | undefined): Customers {
  return environment === 'production' ? index.production : index.test
}
