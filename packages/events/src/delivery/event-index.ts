import type { Environment } from '../event/event.ts'
import type { PendingEvent } from './pending-event.ts'

/** The events of each customer, by their ids where there are several: most customers have one, and are to cost no more. */
type Customers = Map<string, PendingEvent | Map<string, PendingEvent>>
type Index = Record<Environment, Customers>

/** Finds the event that is pending for a customer under an id, in an environment. */
export class EventIndex {
  readonly #pending: Iterable<PendingEvent>
  /** Made when an id is first looked for: who never gives one never pays for it. */
  #index: Index | undefined

  /** @param pending all that is pending */
  constructor(pending: Iterable<PendingEvent>) {
    this.#pending = pending
  }

  add(event: PendingEvent): void {
    if (this.#index !== undefined) put(this.#index, event)
  }

  find(customerId: unknown, id: string | undefined, environment?: Environment): PendingEvent | undefined {
    if (id === undefined || typeof customerId !== 'string') return undefined
    this.#index ??= indexOf(this.#pending)
    const known = customersIn(this.#index, environment).get(customerId)
    if (known instanceof Map) return known.get(id)
    return known?.id === id ? known : undefined
  }

  /** Not what has taken its place: a hook that was told of the end may have tracked the id anew. */
  delete(event: PendingEvent): void {
    if (this.#index === undefined) return
    const customers = customersIn(this.#index, event.environment)
    const known = customers.get(event.customerId)
    if (known === event) customers.delete(event.customerId)
    if (!(known instanceof Map) || known.get(event.id) !== event) return
    known.delete(event.id)
    if (known.size === 0) customers.delete(event.customerId)
  }
}

function indexOf(pending: Iterable<PendingEvent>): Index {
  const index: Index = { test: new Map(), production: new Map() }
  for (const event of pending) put(index, event)
  return index
}

/** What is not for production goes to the test environment, whatever somebody's outbox says of an entry. */
function customersIn(index: Index, environment: Environment | undefined): Customers {
  return environment === 'production' ? index.production : index.test
}

function put(index: Index, event: PendingEvent): void {
  const customers = customersIn(index, event.environment)
  const known = customers.get(event.customerId)
  if (known === undefined || known === event) customers.set(event.customerId, event)
  else if (known instanceof Map) known.set(event.id, event)
  else customers.set(event.customerId, new Map([known, event].map((one) => [one.id, one])))
}
