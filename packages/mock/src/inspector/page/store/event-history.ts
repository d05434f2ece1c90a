import { pageKeeps } from '../../wire.ts'
import { type Customers, createCustomers } from './customers.ts'
import type { Attempt, TrackedEvent } from './event.ts'
import { type Fields, fieldsOf, kindOf } from '../format/fields.ts'
import { propertyLine } from '../format/property.ts'

/** All that arrived at this page: the attempts of one event folded together, the customers beside them. */
export interface EventHistory {
  /** Events in the order of their first attempts. */
  readonly events: readonly TrackedEvent[]
  readonly customers: Customers
  /** Number of old events that were dropped to keep the page light. */
  readonly forgotten: number
  /** Order of the next event. */
  readonly next: number
  /** Adds an attempt; one that arrives before a person's eyes has a time. */
  add(attempt: Attempt, arrivedAt?: number): void
}

export interface HistoryLimits {
  events: number
  /** Characters in the bodies of requests and answers. */
  text: number
}

const usualLimits: HistoryLimits = { events: pageKeeps, text: 128 * 1024 * 1024 }

/** @param from order of the first event, so that no two events of a page ever share one */
export function createEventHistory(limits: HistoryLimits = usualLimits, from = 0): EventHistory {
  const events: TrackedEvent[] = []
  const customers = createCustomers()
  const byIdentity = new Map<string, TrackedEvent>()
  let text = 0
  let order = from
  let forgotten = 0

  const forgetOldest = () => {
    // A tenth at once, so that a full history does not move its list with every event.
    const wanted = Math.max(1, Math.floor(limits.events / 10))
    for (const event of events.splice(0, Math.min(wanted, events.length - 1))) {
      for (const attempt of event.attempts) text -= sizeOf(attempt)
      customers.forget(event)
      byIdentity.delete(identityOf(event) ?? '')
      forgotten += 1
    }
  }

  return {
    events,
    customers,
    get forgotten() {
      return forgotten
    },
    get next() {
      return order
    },
    add: (attempt, arrivedAt) => {
      const fields = fieldsOf(attempt.text)
      const fresh = eventOf(attempt, fields, order)
      const identity = identityOf(fresh)
      let event = identity === undefined ? undefined : byIdentity.get(identity)
      if (event === undefined) {
        event = fresh
        order += 1
        events.push(event)
        if (identity !== undefined) byIdentity.set(identity, event)
      }
      event.attempts.push(attempt)
      event.arrivedAt = arrivedAt
      event.haystack = haystackOf(event, attempt)
      customers.note(event, fields)
      text += sizeOf(attempt)
      while (events.length > 1 && (events.length > limits.events || text > limits.text)) forgetOldest()
    },
  }
}

function eventOf(attempt: Attempt, fields: Fields, order: number): TrackedEvent {
  const { id, operation } = attempt
  const { customerId, event, category = '', property } = fields
  const kind = kindOf(operation, fields)
  return {
    order,
    idempotencyKey: id || undefined,
    operation,
    kind,
    customerId,
    name: kind === 'track' ? event : undefined,
    title: kind === 'identify' ? whom(fields) : event || `${attempt.method} ${attempt.path}`,
    category: kind === 'track' ? category : undefined,
    property: kind === 'track' && property !== undefined ? propertyLine(property) : undefined,
    attempts: [],
    haystack: '',
    arrivedAt: undefined,
  }
}

function whom({ name, companyName, email, customerId }: Fields): string {
  return name || companyName || email || customerId || 'no customer'
}

/** Identity of an event. The same key on another call or for another customer is a mistake to look at, not an attempt. */
function identityOf({ idempotencyKey, operation, customerId }: TrackedEvent): string | undefined {
  return idempotencyKey === undefined ? undefined : JSON.stringify([idempotencyKey, operation, customerId])
}

function haystackOf(event: TrackedEvent, attempt: Attempt): string {
  const { title, customerId, operation, idempotencyKey } = event
  const parts = [title, customerId, operation, idempotencyKey, attempt.path, attempt.fault, attempt.text]
  return parts.join('\n').slice(0, 10_000).toLowerCase()
}

function sizeOf({ text, answer }: Attempt): number {
  return text.length + answer.text.length
}
