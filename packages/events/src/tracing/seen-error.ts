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

function seenCause(cause: Error & { code?: unknown }): Error {
  // The error of a delivery may have that of its last attempt as its cause.
  if ('retryable' in cause) return seenError(cause as TrackingError)
  const { name, message, code } = cause
  return Object.assign(new Error(message), { name }, typeof code === 'string' && { code })
}
