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

function systemCodeOf(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined
}
