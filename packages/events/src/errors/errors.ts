import { shown } from '../platform/shown.ts'

/** Kind of an error, for code that branches: one value for each class. */
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
  /** The name of the page about it, where several share the code. */
  page?: string
}

const pages = 'https://obsidianlaunch.github.io/events-typescript/errors/'

/** Ends a text that may lack its full stop. */
export function sentence(text: string): string {
  return /[.!?\u2026]$/.test(text) ? text : `${text}.`
}

/** Base class of every error of this package: what is caught may be asked for it. Its message ends with the address in `help`. */
export abstract class EventTrackingError extends Error {
  override readonly name: string = 'EventTrackingError'
  readonly code: ErrorCode
  /** True if the same call can succeed later. */
  readonly retryable: boolean
  /** True if the event is still stored and will be sent, so that it must not be sent again. */
  readonly kept: boolean = false

  constructor(code: ErrorCode, text: string, { retryable = false, cause, page }: Details = {}) {
    super(
      `${sentence(text)} See ${pages}${page ?? code.replace('_', '-')}/`,
      cause === undefined ? undefined : { cause },
    )
    this.code = code
    this.retryable = retryable
  }

  // Not fields of each error: what prints an error with its members would say the message twice.
  /** The message without the address, to be shown to people or put into a text of your own. */
  get text(): string {
    return this.message.replace(/ See \S+$/, '')
  }

  /** The address of the page that says what such an error means, what became of the event, and what to do. */
  get help(): string {
    return this.message.replace(/.* /s, '')
  }
}

/** Marks an error of an event that is still stored and will be sent: it is its delivery alone that failed. */
export function asKept<E extends EventTrackingError>(error: E): E {
  ;(error as { kept: boolean }).kept = true
  return error
}

/** Error for an option or a variable that is missing, unknown or impossible. The message says what is allowed. */
export class ConfigurationError extends EventTrackingError {
  override readonly name = 'ConfigurationError'
  declare readonly code: 'configuration'

  constructor(text: string, cause?: unknown) {
    super('configuration', text, { cause })
  }
}

/** Reason why a call was refused before it was sent. */
export interface Issue {
  /** The field, with dots between levels and brackets for lists: `properties.vendors[2]`. */
  path: string
  /** The fault, in words that follow the field: `must not be empty`. */
  reason: string
}

/** Error for a call that cannot be sent as it is. Nothing was sent. */
export class ValidationError extends EventTrackingError {
  override readonly name = 'ValidationError'
  declare readonly code: 'validation'
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[], cause?: unknown) {
    const reasons = issues.map(({ path, reason }) => `${path || 'the call'} ${reason}`)
    // Names of fields and what was thrown are the caller's, and may be those of its users.
    super('validation', shown(`Not sent: ${reasons.join('; ')}.`), { cause })
    this.issues = issues
  }
}

/** Error for a request without an answer: no such host, a connection refused, reset or cut. `cause` says why. */
export class ConnectionError extends EventTrackingError {
  override readonly name = 'ConnectionError'
  declare readonly code: 'connection'

  constructor(text: string, cause?: unknown) {
    super('connection', text, { retryable: true, cause })
  }
}

/** Error for an answer that did not come in time. The event may have arrived all the same. */
export class TimeoutError extends EventTrackingError {
  override readonly name = 'TimeoutError'
  declare readonly code: 'timeout'

  constructor(text: string, cause?: unknown) {
    super('timeout', text, { retryable: true, cause })
  }
}

/** Error for an event that the queue could not hold: it was refused, or was dropped for a newer one. */
export class QueueFullError extends EventTrackingError {
  override readonly name = 'QueueFullError'
  declare readonly code: 'queue_full'

  constructor(text: string, retryable: boolean) {
    super('queue_full', text, { retryable })
  }
}

/** Error for a call whose signal was aborted; `cause` is the reason that the signal gave. */
export class CancelledError extends EventTrackingError {
  override readonly name = 'CancelledError'
  declare readonly code: 'cancelled'
  /** True if the event is in flight, or was and got no answer: it may have arrived, or may yet. */
  readonly mayHaveArrived: boolean

  constructor(text: string, mayHaveArrived: boolean, cause: unknown) {
    super('cancelled', text, { cause })
    this.mayHaveArrived = mayHaveArrived
  }
}

/** Error for an event that was not delivered before the tracker shut down, or was tracked after that. */
export class ClosedError extends EventTrackingError {
  override readonly name = 'ClosedError'
  declare readonly code: 'closed'

  constructor(text: string) {
    super('closed', text)
  }
}

/** Obstacle that keeps an outbox from doing what it was asked. */
export type OutboxProblem =
  | 'busy'
  | 'corrupt'
  | 'denied'
  | 'entry'
  | 'full'
  | 'io'
  | 'missing'
  | 'moved'
  | 'newer'
  | 'not-an-outbox'
  | 'older'
  | 'read-only'

/** Error for something that an outbox was asked and has not done. The message says what to do. */
export class OutboxError extends EventTrackingError {
  override readonly name = 'OutboxError'
  declare readonly code: 'outbox'
  readonly problem: OutboxProblem

  constructor(problem: OutboxProblem, text: string, cause?: unknown) {
    // A full or failing disk and a lock may pass by themselves.
    super('outbox', text, { retryable: problem === 'full' || problem === 'busy' || problem === 'io', cause })
    this.problem = problem
  }
}
