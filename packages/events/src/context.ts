import type { CallOptions } from './call/call-options.ts'
import type { Delivery } from './delivery/delivery.ts'
import { ConfigurationError, ValidationError } from './errors/errors.ts'
import { type Customers, customersInContext, nobody, startCustomers } from './platform/customers.ts'
import { builtin } from './platform/platform.ts'
import type { EventName, EventTracker, Schema, TrackArguments } from './tracker.ts'

/**
 * Calls a function for a customer: all that it starts, now or later, finds that customer by {@link currentCustomer}.
 *
 * An id that is no text, or blank, is refused by each tracking call, as if it had been given there: a request of a user does
 * not fail for it.
 *
 * @param customerId null or undefined for nobody, which ends a context within the function
 * @returns what the function returns
 * @throws ConfigurationError where the run time has no such contexts, ValidationError for what is no function
 * @example
 * app.use((request, response, next) => withCustomer(request.user?.id, next))
 */
export function withCustomer<R>(customerId: string | null | undefined, callback: () => R): R {
  if (typeof callback !== 'function') {
    const reason = 'must be a function that runs for the customer, such as () => answer(request)'
    throw new ValidationError([{ path: 'callback', reason }])
  }
  return startCustomers(makeCustomers).run(customerId ?? undefined, callback)
}

/** The customer for whom this code runs; undefined where there is none, or where its context was lost on the way. */
export function currentCustomer(): string | undefined {
  return customersInContext()?.getStore()
}

/** The calls of a tracker without a customer's id: they are made for the customer in context. */
export interface CustomerCalls<S extends Schema = Schema> {
  readonly identifyCustomer: (
    traits: Parameters<EventTracker<S>['identifyCustomer']>[1],
    options?: CallOptions,
  ) => Delivery
  readonly trackEvent: <Name extends EventName<S>>(event: Name, ...options: TrackArguments<S, Name>) => Delivery
}

/**
 * Binds a tracker's calls to the customer in context, whoever that is at each call.
 *
 * The calls throw nothing. With no customer in context their deliveries reject with a ValidationError.
 *
 * @throws ConfigurationError for what is no tracker
 * @example
 * const events = forCurrentCustomer(tracker)
 * withCustomer('user123', () => events.trackEvent('report_opened'))
 */
export function forCurrentCustomer<S extends Schema>(tracker: EventTracker<S>): CustomerCalls<S> {
  if (typeof (tracker as EventTracker | null | undefined)?.trackEvent !== 'function')
    throw new ConfigurationError('forCurrentCustomer: the first argument must be a tracker')
  return {
    identifyCustomer: (traits, options) => tracker.identifyCustomer(currentCustomer() ?? nobody, traits, options),
    trackEvent: (event, ...options) => tracker.trackEvent(currentCustomer() ?? nobody, event, ...options),
  }
}

/** Makes the storage by what the run time has, and not by an import, which bundlers for pages and Workers may refuse. */
function makeCustomers(): Customers {
  const Storage = builtin('async_hooks')?.AsyncLocalStorage ?? (globalThis as Globals).AsyncLocalStorage
  if (Storage !== undefined) return new Storage()
  throw new ConfigurationError(
    'withCustomer needs AsyncLocalStorage, which this run time lacks: a page has no customer in context, and a Cloudflare Worker has with the compatibility flag nodejs_compat',
  )
}

/** The edge runtime of Next.js has no modules of Node, but this one global. */
interface Globals {
  AsyncLocalStorage?: new () => Customers
}
