import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Violation } from './exchange.ts'
import type { Headers } from './headers.ts'

/** What is sent back. */
export interface Reply {
  status: number
  headers: Headers
  body: unknown
}

/** An answer that the document has no example for, in the form of its errors. */
export function plainReply(status: number, message: string, headers: Headers = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: { error: STATUS_CODES[status] ?? `Status ${status}`, message },
  }
}

export function send(response: ServerResponse, { status, headers, body }: Reply): void {
  const empty = status === 204 || status === 205 || status === 304 || body === undefined
  const payload = empty ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  const { 'content-type': type, ...others } = headers
  response.writeHead(status, {
    ...others,
    ...(payload !== '' && type !== undefined && { 'content-type': type }),
    ...(status !== 204 && status !== 304 && { 'content-length': Buffer.byteLength(payload) }),
  })
  response.end(payload)
}

// Clients refuse answers whose headers are too long, usually beyond 8 or 16 KiB.
const maxHeader = 4096

/** Tells whoever reads the answer why, under the name that Prism's own server uses. */
export function violationHeader(violations: readonly Violation[]): Headers {
  for (let count = Math.min(violations.length, 20); count > 0; count -= 1) {
    const value = asciiJson(violations.slice(0, count))
    if (value.length <= maxHeader) return { 'sl-violations': value }
  }
  return {}
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
