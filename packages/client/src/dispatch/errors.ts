/** The connection was closed or reset by the other side. */
const closings = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

export function isClosing(error: unknown): boolean {
  return closings.has(codeOf(error))
}

/** Undici did not like what it was given. */
export function isRefusal(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_INVALID_ARG'
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
