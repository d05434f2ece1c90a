import { inspect } from 'node:util'

/** Requests that a fault strikes: every field that is given has to match. */
export interface FaultFilter<Id extends string = string> {
  /** The operation id of the OpenAPI document. */
  operation?: Id | undefined
  /** The `customer_id` in the body. */
  customer?: string | undefined
  /** The `event` in the body. */
  event?: string | undefined
  /** The `Idempotency-Key`. */
  id?: string | undefined
}

/** Part of a request that a filter looks at. */
export interface Target {
  operation: string | undefined
  id: string | undefined
  body: unknown
}

/** Checks a filter. @throws TypeError for a field that a fault cannot be limited to */
export function checkFilter(filter: FaultFilter, operations: readonly string[]): FaultFilter {
  const { operation, customer, event, id, ...unknown } = filter
  const [name] = Object.keys(unknown)
  if (name !== undefined) {
    throw new TypeError(`A fault cannot be limited to ${name}: known are operation, customer, event and id`)
  }
  for (const [field, value] of Object.entries({ operation, customer, event, id })) {
    if (value !== undefined && typeof value !== 'string') {
      throw new TypeError(`The ${field} of a fault is a string, not ${inspect(value)}`)
    }
  }
  if (operation !== undefined && !operations.includes(operation)) {
    throw new TypeError(`The OpenAPI document has no operation ${operation}: it has ${operations.join(', ')}`)
  }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

export function isSame(one: FaultFilter, other: FaultFilter): boolean {
  return (
    one.operation === other.operation &&
    one.customer === other.customer &&
    one.event === other.event &&
    one.id === other.id
  )
}

export function fits(filter: FaultFilter, { operation, id, body }: Target): boolean {
  const fields: { customer_id?: unknown; event?: unknown } = typeof body === 'object' && body !== null ? body : {}
  return (
    (filter.operation === undefined || filter.operation === operation) &&
    (filter.id === undefined || filter.id === id) &&
    (filter.customer === undefined || filter.customer === fields.customer_id) &&
    (filter.event === undefined || filter.event === fields.event)
  )
}
