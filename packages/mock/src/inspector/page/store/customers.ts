import { type CategoryCounts, countCategory } from './categories.ts'
import { type TrackedEvent, hasViolations, isAccepted, lastAttempt } from './event.ts'
import { type Fields, traitsIn } from '../format/fields.ts'

/** Customer, as far as the events of this page tell. */
export interface Customer {
  readonly id: string
  /** Traits of the last identify that was accepted, or of the last one while none was. */
  traits: Traits | undefined
  events: number
  /** Number of the customer's tracks by category. */
  readonly categories: CategoryCounts
  violations: number
}

export interface Traits {
  /** The name of the person, else of the company. */
  readonly name?: string
  readonly email?: string
  readonly plan?: string
  /** Every field by name, those in `properties` with the others. */
  readonly all: readonly (readonly [string, unknown])[]
  readonly accepted: boolean
  /** Text that a search looks through, in lower case. */
  readonly haystack: string
}

export interface Customers {
  readonly byId: ReadonlyMap<string, Customer>
  /** Number of all tracks by category, those of nobody with the others. */
  readonly categories: CategoryCounts
  /** Notes a new event, or a new attempt of one, whose body has these fields. */
  note(event: TrackedEvent, fields: Fields): void
  forget(event: TrackedEvent): void
}

export function createCustomers(): Customers {
  const byId = new Map<string, Customer & { readonly categories: Map<string, number> }>()
  const categories = new Map<string, number>()
  const inViolation = new Set<TrackedEvent>()
  return {
    byId,
    categories,
    note: (event, fields) => {
      const isNew = event.attempts.length === 1
      if (isNew) countCategory(categories, event.category, 1)
      if (event.customerId === undefined) return
      const customer = byId.get(event.customerId) ?? {
        id: event.customerId,
        traits: undefined,
        events: 0,
        categories: new Map<string, number>(),
        violations: 0,
      }
      byId.set(event.customerId, customer)
      if (isNew) {
        customer.events += 1
        countCategory(customer.categories, event.category, 1)
      }
      if (!inViolation.has(event) && hasViolations(event)) {
        inViolation.add(event)
        customer.violations += 1
      }
      const traits = traitsOf(event, fields)
      if (traits !== undefined && (traits.accepted || customer.traits?.accepted !== true)) customer.traits = traits
    },
    forget: (event) => {
      countCategory(categories, event.category, -1)
      const customer = byId.get(event.customerId ?? '')
      if (customer === undefined) return
      customer.events -= 1
      countCategory(customer.categories, event.category, -1)
      if (inViolation.delete(event)) customer.violations -= 1
      if (customer.events === 0) byId.delete(customer.id)
    },
  }
}

function traitsOf(event: TrackedEvent, fields: Fields): Traits | undefined {
  if (event.kind !== 'identify') return undefined
  const { email } = fields
  const plan = fields.all?.['plan']
  const name = fields.name || fields.companyName
  const all = traitsIn(fields)
  return {
    ...(name && { name }),
    ...(email && { email }),
    ...(typeof plan === 'string' && plan !== '' && { plan }),
    all,
    accepted: isAccepted(lastAttempt(event)),
    haystack: JSON.stringify(all).slice(0, 10_000).toLowerCase(),
  }
}
