import type { IncomingHttpHeaders } from 'node:http'

/** With lower-case names. */
export type Headers = Record<string, string>

export function plainHeaders(headers: IncomingHttpHeaders): Headers {
  const plain: Headers = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

const credentials = new Set(['authorization', 'proxy-authorization'])

/** Records end up in snapshots and logs of tests, where a token has no place. */
export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, credentials.has(name) ? redacted(value) : value]),
  )
}

function redacted(value: string): string {
  const [scheme, ...rest] = value.split(' ')
  return rest.length > 0 ? `${scheme} …` : '…'
}
