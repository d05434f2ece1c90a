import { ClosedError, ConfigurationError, OutboxError, type OutboxProblem } from '../../errors/errors.ts'
import { isTrackingError } from '../../errors/tracking-error.ts'

/** An error as it travels: its class does not, nor would its own fields. */
export interface ErrorData {
  readonly code: string
  readonly message: string
  readonly stack: string | undefined
  readonly problem?: OutboxProblem
  readonly cause?: ErrorData
  /** Fields of an error that is not ours, such as SQLite's own codes. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export function dataOf(thrown: unknown): ErrorData {
  if (!(thrown instanceof Error)) return { code: '', message: String(thrown), stack: undefined }
  const { message, stack } = thrown
  const cause = thrown.cause === undefined ? {} : { cause: dataOf(thrown.cause) }
  if (isTrackingError(thrown)) {
    // The one that is made of it puts the address behind the text again.
    const { code, text } = thrown
    return { code, message: text, stack, ...(code === 'outbox' && { problem: thrown.problem }), ...cause }
  }
  const fields = Object.entries(thrown).filter(([, value]) => typeof value === 'string' || typeof value === 'number')
  return { code: '', message, stack, fields: Object.fromEntries(fields), ...cause }
}

/** Makes the error that an error in the thread was, of the same class, with the same words and the same cause. */
export function errorOf(data: ErrorData): Error {
  const error = remade(data)
  if (data.stack !== undefined) error.stack = data.stack
  return error
}

function remade({ code, message, problem, cause: inner, fields }: ErrorData): Error {
  const cause = inner && errorOf(inner)
  if (problem) return new OutboxError(problem, message, cause)
  if (code === 'configuration') return new ConfigurationError(message, cause)
  if (code === 'closed') return new ClosedError(message)
  return Object.assign(new Error(message, cause && { cause }), fields)
}
