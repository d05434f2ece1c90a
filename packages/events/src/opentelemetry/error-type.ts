import { isTrackingError, type TrackingError } from '../errors/tracking-error.ts'

/**
 * The `error.type` of an error: the status of an answer, the system's code for a connection (`ECONNREFUSED`), otherwise the
 * error's own `code`. For an event whose time was up it is that of the last attempt, if there was one.
 */
export function errorTypeOf(error: TrackingError): string {
  if (error.code === 'api') return String(error.status)
  if (error.code === 'timeout' && isTrackingError(error.cause)) return errorTypeOf(error.cause)
  if (error.code === 'connection') return systemCodeOf(error.cause) ?? error.code
  return error.code
}

const deepest = 5

/** The code that is nearest to the network: an error of fetch has it in its cause. */
function systemCodeOf(cause: unknown, depth = 0): string | undefined {
  if (!(cause instanceof Error) || depth > deepest) return undefined
  const { code } = cause as { code?: unknown }
  const own = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined
  return systemCodeOf(cause.cause, depth + 1) ?? own
}
