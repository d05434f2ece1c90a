import type { IncomingHttpHeaders } from 'node:http'

/** Headers with lower-case names. */
export type Headers = Record<string, string>

/** Joins the values of each name into one text. */
export function flat(headers: IncomingHttpHeaders): Headers {
  const plain: Headers = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

export function isJson(headers: Readonly<Headers>): boolean {
  return /[/+]json\b/i.test(headers['content-type'] ?? '')
}

export function isXml(headers: Readonly<Headers>): boolean {
  return /[/+]xml\b/i.test(headers['content-type'] ?? '')
}

/** Spells the scheme as Prism knows it: the names of schemes have no case (RFC 9110, section 11.1). */
export function withPlainScheme(authorization: string): string {
  return authorization.replace(/^bearer(?= )/i, 'Bearer')
}

const credentials = new Set(['authorization', 'proxy-authorization'])

/** Takes credentials out: records end up in snapshots and logs of tests, where a token has no place. */
export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, credentials.has(name) ? redacted(value) : value]),
  )
}

function redacted(value: string): string {
  const [scheme, ...rest] = value.split(' ')
  return rest.length > 0 ? `${scheme} …` : '…'
}
