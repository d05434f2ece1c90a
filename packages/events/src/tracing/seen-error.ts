import { type Issue, ValidationError } from '../errors/errors.ts'
import type { TrackingError } from '../errors/tracking-error.ts'

/**
 * Copies an error for those who watch: of the same class, with its message and fields, but without the answer's text and
 * what foreign code has thrown. Either may repeat what was sent.
 */
export function seenError(error: TrackingError): TrackingError {
  if (error.code === 'validation') return copy(new ValidationError(error.issues.map(seenIssue)))
  if (error.code !== 'api') return copy(error)
  return copy(error, `${error.text.split(/ - |\.$/, 1)[0]}. See ${error.help}`, { body: undefined, headers: {} })
}

/** The field and the rule, without names and texts of the caller's own: below a field, and behind the colon of a reason. */
function seenIssue({ path, reason }: Issue): Issue {
  return { path: path.split(/[.[]/, 1)[0] ?? '', reason: reason.split(':', 1)[0] ?? '' }
}

function copy<E extends Error>(error: E, message = error.message, fields: object = {}): E {
  const cause = error.cause instanceof Error ? { cause: seenCause(error.cause) } : undefined
  const made = Object.setPrototypeOf(new Error(message, cause), Object.getPrototypeOf(error)) as E
  Object.defineProperty(made, 'stack', { value: `${error.name}: ${message}` })
  return Object.assign(made, error, fields)
}

function seenCause(cause: Error): Error {
  // The error of a delivery may have that of its last attempt as its cause.
  if ('retryable' in cause) return seenError(cause as TrackingError)
  const { name, message } = cause
  const code = codeOf(cause)
  return Object.assign(new Error(message), { name }, code !== undefined && { code })
}

const deepest = 5

/** The code that is nearest to the network: the error of a request has it in its own cause. */
function codeOf(thrown: unknown, depth = 0): string | undefined {
  if (!(thrown instanceof Error) || depth > deepest) return undefined
  const { code, cause } = thrown as { code?: unknown; cause?: unknown }
  return codeOf(cause, depth + 1) ?? (typeof code === 'string' ? code : undefined)
}
