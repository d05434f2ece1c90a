import { ConfigurationError } from '../errors/errors.ts'
import { emitWarning, isNode } from '../platform/platform.ts'
import { loggerOf } from '../tracing/loggers.ts'
import { Booking, type VendorStats, type VendorTracker } from './booking.ts'
import { knowOwnRequests } from './own-requests.ts'
import { checkOptions, checkRules, type VendorOptions } from './read-rules.ts'
import { listenToRequests } from './requests.ts'
import type { VendorRules } from './rules.ts'

export type { VendorStats, VendorTracker } from './booking.ts'
export type { VendorOptions } from './read-rules.ts'
export type { VendorCall, VendorRule, VendorRules } from './rules.ts'

/** Ends the booking. Calls that are on their way then are booked no more. */
export interface VendorBooking {
  (): void
  stats(): VendorStats
}

const trackers = /* @__PURE__ */ new WeakSet<VendorTracker>()

/**
 * Books each call that this process makes to a vendor as an event of the customer in context (`withCustomer` of
 * `@obsidianlaunch/events/context`), once the head of its answer is there. It sees what fetch, undici, node:http and
 * node:https send, and touches none of it; HTTP/2 and WebSockets it does not see.
 *
 * @returns a function that ends it, with `stats`
 * @throws ConfigurationError for a pattern that no host can match, a rule without an event, unknown options, a second call for one tracker, and outside of Node
 * @example
 * bookVendorCalls(tracker, {
 *   'api.openai.com': { event: 'OpenAI API Call', category: 'AI' },
 *   '*.amazonaws.com': { event: 'AWS Call', property: ({ method, status }) => ({ method, status }) },
 * })
 */
export function bookVendorCalls(
  tracker: VendorTracker,
  rules: VendorRules,
  options: VendorOptions = {},
): VendorBooking {
  if (!isNode()) throw new ConfigurationError('bookVendorCalls needs Node: no other run time tells of its requests')
  if (typeof (tracker as VendorTracker | null)?.trackEvent !== 'function')
    throw new ConfigurationError('bookVendorCalls: the first argument must be a tracker')
  checkRules(rules)
  checkOptions(options)
  if (trackers.has(tracker))
    throw new ConfigurationError(
      'bookVendorCalls: this tracker has rules already. Give all rules at once, or end those',
    )
  const warn = (message: string) => {
    const logger = options.logger ?? loggerOf(tracker)
    if (logger === undefined) emitWarning(message)
    else logger.warn(message)
  }
  const booking = new Booking(tracker, rules, options.otherwise, warn)
  const ends = [knowOwnRequests(), listenToRequests(booking)]
  trackers.add(tracker)
  const stop = () => {
    if (!trackers.delete(tracker)) return
    for (const end of ends) end()
    booking.tellMissed()
  }
  return Object.assign(stop, { stats: () => booking.stats() })
}
