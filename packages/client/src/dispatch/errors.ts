/** Codes of a connection that the other side has closed or reset. */
const closings = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** Tells whether the other side has closed or reset the connection. */
export function isClosing(error: unknown): boolean {
  return closings.has(codeOf(error))
}

/** Tells whether undici does not take what it was given. */
export function isRefusal(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_INVALID_ARG'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
