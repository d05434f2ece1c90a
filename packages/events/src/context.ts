import { AsyncLocalStorage } from 'node:async_hooks'
import type { CallOptions } from './call/call-options.ts'
import type { Delivery } from './delivery/delivery.ts'
import { ValidationError } from './errors/errors.ts'
import { nobody, startCustomers } from './platform/customers.ts'
import type { EventName, EventTracker, Schema, TrackArguments } from './tracker.ts'

const customers = startCustomers(() => new AsyncLocalStorage())

/**
 * Calls a function for a customer: all that it starts, now or later, finds that customer by {@link currentCustomer}.
 *
 * @param customerId null or undefined for nobody, which ends a context within the function
 * @returns what the function returns
 * @throws ValidationError for an id that is no text, or blank
 * @example
 * app.use((request, response, next) => withCustomer(request.user?.id, next))
 */
export function withCustomer<R>(customerId: string | null | undefined, callback: () => R): R {
  if (customerId === null || customerId === undefined) return customers.run(undefined, callback)
  if (typeof customerId !== 'string' || customerId.trim() === '') {
    const reason = 'must be the id of a customer as text that is not blank, or null for nobody'
    throw new ValidationError([{ path: 'customerId', reason }])
  }
  return customers.run(customerId, callback)
}

/** The customer for whom this code runs; undefined where there is none, or where its context was lost on the way. */
export function currentCustomer(): string | undefined {
  return customers.getStore()
}

/** The calls of a tracker without a customer's id: they are made for the customer in context. */
export interface CustomerCalls<S extends Schema = Schema> {
  identifyCustomer(traits: Parameters<EventTracker<S>['identifyCustomer']>[1], options?: CallOptions): Delivery
  trackEvent<Name extends EventName<S>>(event: Name, ...options: TrackArguments<S, Name>): Delivery
}

/**
 * Binds a tracker's calls to the customer in context, whoever that is at each call.
 *
 * @throws (as the delivery's rejection) ValidationError where no customer is in context, and whatever the tracker's calls do
 * @example
 * const events = forCurrentCustomer(tracker)
 * withCustomer('user123', () => events.trackEvent('report_opened'))
 */
export function forCurrentCustomer<S extends Schema>(tracker: EventTracker<S>): CustomerCalls<S> {
  return {
    identifyCustomer: (traits, options) => tracker.identifyCustomer(currentCustomer() ?? nobody, traits, options),
    trackEvent: (event, ...options) => tracker.trackEvent(currentCustomer() ?? nobody, event, ...options),
  }
}
