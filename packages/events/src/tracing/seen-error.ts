import type { TrackingError } from '../errors/tracking-error.ts'

/**
 * Copies an error for those who watch: of the same class, with its message and fields, but without the answer's text and
 * what foreign code has thrown. Either may repeat what was sent.
 */
export function seenError(error: TrackingError): TrackingError {
  if (error.code !== 'api') return copy(error, error.message, {})
  return copy(error, error.message.split(' - ', 1)[0] ?? '', { body: undefined, headers: {} })
}

function copy<E extends Error>(error: E, message: string, fields: object): E {
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
