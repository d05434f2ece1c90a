/**
 * Identify customers and track events with Obsidian Launch.
 *
 * Not exported: the queue, its lanes and the loop behind them, which a tracker owns.
 */
export { EventTracker } from './tracker.ts'
export type { Schema } from './tracker.ts'
export { getDefaultTracker, identifyCustomer, trackEvent } from './default-tracker.ts'
export type { About, Backoff, Logger, QueueLimits, TrackerOptions } from './options.ts'
export type { WaitOptions } from './wait-options.ts'
export type { CallOptions, Operation, Traits } from './event.ts'
export type { Delivery, Receipt, Settlement } from './delivery.ts'
export type { Report } from './books.ts'
export type { Clock } from './clock.ts'
export {
  ClosedError,
  ConfigurationError,
  ConnectionError,
  EventTrackingError,
  QueueFullError,
  TimeoutError,
  ValidationError,
} from './errors.ts'
export type { ErrorCode, Issue } from './errors.ts'
export { ApiError, AuthenticationError, PermissionError, RateLimitError, ServerError } from './api-error.ts'
export type { Token } from '@obsidianlaunch/events-client'
