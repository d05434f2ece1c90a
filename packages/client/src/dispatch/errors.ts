/** Codes of a connection that the other side has closed or reset. */
const closings = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Tells whether the other side has closed or reset the connection. */
export function isClosing(error: unknown): boolean {
  return closings.has(codeOf(error))
}

/** Tells whether the server lets nobody in who speaks HTTP/1.1, which it says before anything is sent. */
export function isForHttp2(error: unknown): boolean {
  return codeOf(error) === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'
}

/** Tells whether that may be so: it has answered by hanging up, or in what is not HTTP/1.1. */
export function mayBeForHttp2(error: unknown): boolean {
  return isClosing(error) || codeOf(error).startsWith('HPE_')
}

/** Tells whether undici does not take what it was given. */
export function isRefusal(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_INVALID_ARG'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
