import type { ApiError } from './api-error.ts'
import {
  type CancelledError,
  type ClosedError,
  type ConfigurationError,
  type ConnectionError,
  EventTrackingError,
  OutboxError,
  type QueueFullError,
  type TimeoutError,
  type ValidationError,
} from './errors.ts'

/**
 * Error with which an event can end. `code` tells one from another.
 *
 * @example
 * switch (error.code) {
 *   case 'api':
 *     return error.status
 *   case 'validation':
 *     return error.issues
 * }
 */
export type TrackingError =
  | ApiError
  | CancelledError
  | ClosedError
  | ConfigurationError
  | ConnectionError
  | OutboxError
  | QueueFullError
  | TimeoutError
  | ValidationError

export function isTrackingError(thrown: unknown): thrown is TrackingError {
  return thrown instanceof EventTrackingError
}

/** Makes an error of whatever an outbox has thrown: anybody can write one, and throw even what cannot be read. */
export function outboxErrorOf(thrown: unknown): TrackingError {
  try {
    if (isTrackingError(thrown)) return thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return new OutboxError('io', `The outbox failed: ${why}`, thrown)
  } catch {
    return new OutboxError('io', 'The outbox failed by something that cannot be read')
  }
}
