/**
 * Identify customers and track events with Obsidian Launch.
 *
 * Not exported: the queue, its lanes and the loop behind them, which a tracker owns.
 */
export { EventTracker } from './tracker.ts'
export type { Schema } from './tracker.ts'
export { installShutdownHandlers } from './shutdown-handlers.ts'
export type { ShutdownOptions } from './shutdown-handlers.ts'
export { getDefaultTracker, identifyCustomer, trackEvent } from './default-tracker.ts'
export type { About, Backoff, Logger, QueueLimits, TrackerOptions } from './options.ts'
export type { WaitOptions } from './wait-options.ts'
export type { CallOptions, TrackOptions } from './call-options.ts'
export type { EventDetails, Environment, GivenEvent, Operation, Traits } from './event.ts'
export type { BeforeSend } from './before-send.ts'
export type { EventNames } from './event-names.ts'
export type { Delivery, Settlement } from './delivery.ts'
export type { Receipt } from './receipt.ts'
export type { Report } from './books.ts'
export type { Clock } from './clock.ts'
export {
  CancelledError,
  ClosedError,
  ConfigurationError,
  ConnectionError,
  EventTrackingError,
  OutboxError,
  QueueFullError,
  TimeoutError,
  ValidationError,
} from './errors.ts'
export type { ErrorCode, Issue, OutboxProblem } from './errors.ts'
export type { DeadLetter, Death, DeathReason, Outbox } from './outbox.ts'
export type { Entry } from './event.ts'
export { ApiError, AuthenticationError, PermissionError, RateLimitError, ServerError } from './api-error.ts'
export type { Token } from '@obsidianlaunch/events-client/core'
