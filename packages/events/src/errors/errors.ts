/** What went wrong, for code that branches: one value for each class of error. */
import { shown } from '../platform/shown.ts'
export type ErrorCode =
  | 'configuration'
  | 'validation'
  | 'api'
  | 'connection'
  | 'timeout'
  | 'queue_full'
  | 'cancelled'
  | 'closed'
  | 'outbox'

interface Details {
  retryable?: boolean
  cause?: unknown
}

/** The class of every error of this package. */
export class EventTrackingError extends Error {
  override readonly name: string = 'EventTrackingError'
  readonly code: ErrorCode
  /** Whether the same call can succeed later. */
  readonly retryable: boolean
  /** Whether the event is still stored and will be sent, so that it must not be sent again. */
  readonly kept: boolean = false

  constructor(code: ErrorCode, message: string, { retryable = false, cause }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
  }
}

/** Says that the event is still stored and will be sent: it is the wait that failed. */
export function asKept<E extends EventTrackingError>(error: E): E {
  ;(error as { kept: boolean }).kept = true
  return error
}

/** An option or an environment variable is missing, unknown or impossible. The message says which and what is allowed. */
export class ConfigurationError extends EventTrackingError {
  override readonly name = 'ConfigurationError'

  constructor(message: string, cause?: unknown) {
    super('configuration', message, { cause })
  }
}

/** One reason why a call was refused before it was sent. */
export interface Issue {
  /** The field, with dots between levels and brackets for lists: `properties.vendors[2]`. */
  path: string
  /** What is wrong with it: `must not be empty`. */
  reason: string
}

/** The call cannot be sent as it is. Nothing was sent. */
export class ValidationError extends EventTrackingError {
  override readonly name = 'ValidationError'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[], cause?: unknown) {
    const reasons = issues.map(({ path, reason }) => `${path || 'the call'} ${reason}`)
    // Names of fields and what was thrown are the caller's, and may be those of its users.
    super('validation', shown(`Not sent: ${reasons.join('; ')}.`), { cause })
    this.issues = issues
  }
}

/** No answer came: the name did not resolve, the connection was refused, reset or cut. `cause` says why. */
export class ConnectionError extends EventTrackingError {
  override readonly name = 'ConnectionError'

  constructor(message: string, cause?: unknown) {
    super('connection', message, { retryable: true, cause })
  }
}

/** No answer came in time. The event may have arrived all the same. */
export class TimeoutError extends EventTrackingError {
  override readonly name = 'TimeoutError'

  constructor(message: string, cause?: unknown) {
    super('timeout', message, { retryable: true, cause })
  }
}

/** The queue has no room for the event: it was refused, or had to leave for a newer one. */
export class QueueFullError extends EventTrackingError {
  override readonly name = 'QueueFullError'

  constructor(message: string, retryable: boolean) {
    super('queue_full', message, { retryable })
  }
}

/** The call's signal was aborted; `cause` is the reason that the signal gave. */
export class CancelledError extends EventTrackingError {
  override readonly name = 'CancelledError'
  /** Whether the event is on its way, or was without an answer: then it may have arrived, or may yet. */
  readonly mayHaveArrived: boolean

  constructor(message: string, mayHaveArrived: boolean, cause: unknown) {
    super('cancelled', message, { cause })
    this.mayHaveArrived = mayHaveArrived
  }
}

/** The tracker was shut down before the event was delivered, or before it was given to it. */
export class ClosedError extends EventTrackingError {
  override readonly name = 'ClosedError'

  constructor(message: string) {
    super('closed', message)
  }
}

/** What keeps an outbox from doing what it was asked. */
export type OutboxProblem =
  | 'busy'
  | 'corrupt'
  | 'entry'
  | 'full'
  | 'io'
  | 'missing'
  | 'moved'
  | 'newer'
  | 'not-an-outbox'
  | 'older'
  | 'read-only'

/** The outbox could not do what it was asked, and has not done it. The message says what to do. */
export class OutboxError extends EventTrackingError {
  override readonly name = 'OutboxError'
  readonly problem: OutboxProblem

  constructor(problem: OutboxProblem, message: string, cause?: unknown) {
    // Room, a lock or a disk may come back by itself.
    super('outbox', message, { retryable: problem === 'full' || problem === 'busy' || problem === 'io', cause })
    this.problem = problem
  }
}

/** Anybody can write an outbox, and throw what they like, even what cannot be looked at. */
export function outboxErrorOf(thrown: unknown): EventTrackingError {
  try {
    if (thrown instanceof EventTrackingError) return thrown
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return new OutboxError('io', `The outbox failed: ${why}`, thrown)
  } catch {
    return new OutboxError('io', 'The outbox failed by something that cannot be read')
  }
}
