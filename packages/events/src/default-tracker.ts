import type { AnyObject, Operation, Traits } from './event/event.ts'
import { timeOf } from './platform/clock.ts'
import type { CallOptions, TrackOptions } from './call/call-options.ts'
import { Delivery, settle } from './delivery/delivery.ts'
import { ConfigurationError } from './errors/errors.ts'
import { Hooks } from './delivery/hooks.ts'
import { isWorker, soon } from './platform/platform.ts'
import { EventTracker } from './tracker.ts'

let tracker: EventTracker | undefined
/** Warns of a missing configuration that nobody awaits, while there is no tracker that could. */
const unheard = new Hooks({}, timeOf(undefined))

/**
 * The tracker behind {@link identifyCustomer} and {@link trackEvent}, made from the environment at the first call.
 *
 * @throws ConfigurationError while the environment has no token; it is not remembered, so set it and call again
 * @example
 * await getDefaultTracker().shutdown({ timeoutMs: 5_000 })
 */
export function getDefaultTracker(): EventTracker {
  if (isWorker()) {
    throw new ConfigurationError(
      'On Workers a tracker belongs to one request: make one in your handler with new EventTracker({ token: env.… }) and await its calls.',
    )
  }
  tracker ??= new DefaultTracker()
  return tracker
}

class DefaultTracker extends EventTracker {
  /** After a shutdown the next call makes a new one. */
  override shutdown(...options: Parameters<EventTracker['shutdown']>): ReturnType<EventTracker['shutdown']> {
    if (tracker === this) tracker = undefined
    return super.shutdown(...options)
  }
}

/**
 * Tells the API who a customer is: the function of the provider's guide, with its signature, or with an object.
 *
 * @throws (as the delivery's rejection) ConfigurationError where EVENT_TRACKING_AUTH_TOKEN is not set, and what
 * {@link EventTracker.identifyCustomer} throws
 * @example
 * await identifyCustomer('user123', 'John Doe', 'john@example.com', { plan: 'premium' })
 */
export function identifyCustomer(
  customerId: string,
  name: string,
  email: string,
  properties: AnyObject,
  options?: CallOptions,
): Delivery
export function identifyCustomer(customerId: string, traits: Traits, options?: CallOptions): Delivery
export function identifyCustomer(
  customerId: string,
  nameOrTraits: string | Traits,
  emailOrOptions?: string | CallOptions,
  properties?: AnyObject,
  options?: CallOptions,
): Delivery {
  if (typeof nameOrTraits === 'object') {
    return call('identifyCustomer', customerId, (known) =>
      known.identifyCustomer(customerId, nameOrTraits, emailOrOptions as CallOptions | undefined),
    )
  }
  const traits = { name: nameOrTraits, email: emailOrOptions, properties } as Traits
  return call('identifyCustomer', customerId, (known) => known.identifyCustomer(customerId, traits, options))
}

/**
 * Tracks what a customer did: the function of the provider's guide, with its signature.
 *
 * @throws (as the delivery's rejection) ConfigurationError where EVENT_TRACKING_AUTH_TOKEN is not set, and what
 * {@link EventTracker.trackEvent} throws
 * @example
 * await trackEvent('user123', 'button_click')
 */
export function trackEvent(customerId: string, eventName: string, options?: TrackOptions): Delivery {
  return call('trackEvent', customerId, (known) => known.trackEvent(customerId, eventName, options))
}

function call(operation: Operation, customerId: string, track: (tracker: EventTracker) => Delivery): Delivery {
  try {
    return track(getDefaultTracker())
  } catch (thrown) {
    if (!(thrown instanceof ConfigurationError)) throw thrown
    const delivery = new Delivery()
    settle(delivery, { outcome: 'rejected', error: thrown })
    soon(() => unheard.failed(thrown, { id: delivery.id, operation, customerId, attempts: 0 }, [delivery]))
    return delivery
  }
}
