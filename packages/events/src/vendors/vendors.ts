import { ConfigurationError } from '../errors/errors.ts'
import { emitWarning } from '../platform/platform.ts'
import { loggerOf } from '../tracing/loggers.ts'
import type { EventName, EventTracker, Schema } from '../tracker.ts'
import { Booking } from './booking.ts'
import { type NodeModules, nodeModules } from './node-modules.ts'
import { checkOptions, checkRules, type VendorOptions } from './read-rules.ts'
import { listenToRequests } from './requests.ts'
import type { VendorRules, VendorStats, VendorTracker } from './rules.ts'

export type { VendorOptions } from './read-rules.ts'
export type { VendorCall, VendorRule, VendorRules, VendorStats, VendorTracker } from './rules.ts'

/** Ends the booking. Calls that are on their way then are booked no more. */
export interface VendorBooking {
  (): void
  stats(): VendorStats
}

const key = Symbol.for('@obsidianlaunch/events:vendors')
const globals = globalThis as { [key]?: WeakSet<object> }

/**
 * Makes an event of each call that this process makes to a vendor, for the customer in context (`withCustomer` of
 * `@obsidianlaunch/events/context`), once the head of its answer is there. It sees what fetch, undici, node:http and
 * node:https send, and touches none of it; node:http2, WebSockets and other threads it does not see.
 *
 * @returns a function that ends it, with `stats`
 * @throws ConfigurationError for a pattern that no host can match, a rule without an event, unknown options, a second call for one tracker, and outside of Node
 * @example
 * bookVendorCalls(tracker, {
 *   'api.openai.com': { event: 'OpenAI API Call', category: 'AI' },
 *   '*.amazonaws.com': { event: 'AWS Call', property: ({ method, status }) => ({ method, status }) },
 * })
 */
export function bookVendorCalls<S extends Schema = Schema>(
  tracker: EventTracker<S> | VendorTracker,
  rules: VendorRules<EventName<S>>,
  options: VendorOptions = {},
): VendorBooking {
  SERVER: {
    const node = nodeModules()
    if (node !== undefined) return start(node, tracker, rules, options)
  }
  throw new ConfigurationError(needsNode)
}

function start(node: NodeModules, tracker: VendorTracker, rules: VendorRules, options: VendorOptions): VendorBooking {
  if (typeof (tracker as Partial<VendorTracker> | null)?.trackEvent !== 'function')
    throw new ConfigurationError('bookVendorCalls: the first argument must be a tracker')
  checkRules(rules)
  checkOptions(options)
  // A program may load this module several times.
  const trackers = (globals[key] ??= new WeakSet())
  if (trackers.has(tracker)) throw new ConfigurationError(hasRules)
  const { logger } = options
  const warn = (message: string) => {
    const voice = logger ?? loggerOf(tracker)
    return voice === undefined ? emitWarning(message) : voice.warn(message)
  }
  const booking = new Booking(node, tracker, rules, options.otherwise, warn)
  const ends = [booking.knowOwnRequests(), listenToRequests(node, booking)]
  trackers.add(tracker)
  let isStopped = false
  const stop = () => {
    if (isStopped) return
    isStopped = true
    trackers.delete(tracker)
    for (const end of ends) end()
    booking.tellMissed()
  }
  return Object.assign(stop, { stats: () => booking.stats() })
}

const needsNode =
  'bookVendorCalls needs Node: no other run time tells of the requests that it makes. There, track an event beside each call. In a bundle for Node, let the bundler resolve packages by the condition "node"'
const hasRules =
  'bookVendorCalls: this tracker has rules already. Give all rules in one call, or first call the function that it returned'
