/**
 * Identify customers and track events with Obsidian Launch.
 *
 * Not exported: the queue, its lanes and the loop behind them, which a tracker owns.
 */
export { EventTracker } from './tracker.ts'
export type { EventName, Schema, TrackArguments } from './tracker.ts'
export { getDefaultTracker, identifyCustomer, trackEvent } from './default-tracker.ts'
export type {
  AnyObject,
  Environment,
  EventDetails,
  EventInfo,
  Given,
  GivenEvent,
  Operation,
  Traits,
} from './event/event.ts'
export { readEvent } from './read-event.ts'
export type { StorableEvent } from './read-event.ts'
export type { CallOptions, TrackOptions } from './call/call-options.ts'
export type { Delivery, Settlement } from './delivery/delivery.ts'
export type { Receipt } from './event/receipt.ts'
export type { TrackerStatus, WaitOptions } from './delivery/lifecycle.ts'
export type { TrackerStats } from './event/report.ts'
export { installShutdownHandlers } from './shutdown-handlers.ts'
export type { ShutdownOptions } from './shutdown-handlers.ts'

export type { Backoff, Logger, QueueLimits, TrackerOptions } from './options/options.ts'
export type { BeforeSend } from './call/before-send.ts'
export type { EventNames } from './call/event-names.ts'
export type { Clock } from './platform/clock.ts'
export type { Authorization } from './token/token-keeper.ts'
export type { Fetch, FetchInit, FetchResult, Token } from '@obsidianlaunch/events-client/core'
export type { DeadLetter, Outbox, WaitingCustomer } from './outbox/outbox.ts'
export { memoryOutbox } from './outbox/memory/memory-outbox.ts'
export type { OutboxTrouble } from './outbox/trouble.ts'
export type { GateStatus } from './delivery/gate.ts'
export type { AttemptMessage, EventMessage } from './tracing/messages.ts'
export type { WaitingLane } from './delivery/dead-letters.ts'

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
} from './errors/errors.ts'
export { ApiError, AuthenticationError, PermissionError, RateLimitError, ServerError } from './errors/api-error.ts'
export type { ErrorCode, Issue, OutboxProblem } from './errors/errors.ts'
export type { TrackingError } from './errors/tracking-error.ts'
