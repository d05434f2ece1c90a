import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { WireFault } from '../faults/fault.ts'
import type { Violation } from '../recording/exchange.ts'
import type { Headers } from '../recording/headers.ts'
import { serialise } from './serialise.ts'

/** Answer before it is serialised. */
export interface Reply {
  status: number
  headers: Headers
  body: unknown
}

/** Makes an answer for which the OpenAPI document has no example, in the form of its errors. */
export function plainReply(status: number, message: string, headers: Headers = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: { error: STATUS_CODES[status] ?? `Status ${status}`, message },
  }
}

/** Answer as it goes over the wire. */
export interface Payload {
  status: number
  headers: Record<string, string | string[]>
  /** Text leaves in one write together with the head, bytes in another. */
  body: string | Buffer
}

export function payloadOf({ status, headers, body }: Reply): Payload {
  const isEmpty = status === 204 || status === 205 || status === 304 || body === undefined
  const text = isEmpty ? '' : serialise(body, headers)
  const { 'content-type': type, ...others } = headers
  return {
    status,
    headers: {
      ...others,
      ...(text !== '' && type !== undefined && { 'content-type': type }),
      ...(status !== 204 && status !== 304 && { 'content-length': String(Buffer.byteLength(text)) }),
    },
    body: text,
  }
}

const junk = '<!doctype html><title>It works!</title>'

/** Tells faults after which nothing is answered. */
export function isSilent(fault: WireFault['fault'] | undefined): boolean {
  return fault === 'hang' || fault === 'reset'
}

/** Changes the payload as the fault wants it; undefined if nothing is answered. */
export function spoil(payload: Payload, fault: WireFault['fault'] | undefined): Payload | undefined {
  if (isSilent(fault)) return undefined
  if (fault === 'junk') {
    const headers = { 'content-type': 'application/json', 'content-length': String(junk.length) }
    return { status: 200, headers, body: junk }
  }
  if (fault === 'truncate') {
    const { status, headers, body } = payload
    const bytes = Buffer.from(body)
    const length = String(Math.max(bytes.length, 2))
    return { status, headers: { ...headers, 'content-length': length }, body: bytes.subarray(0, bytes.length / 2) }
  }
  return payload
}

export function send(response: ServerResponse, { status, headers, body }: Payload): void {
  response.writeHead(status, headers)
  response.end(body)
}

/** Sends what is there and cuts the connection. */
export function sendPart(response: ServerResponse, { status, headers, body }: Payload): void {
  response.writeHead(status, headers)
  response.write(body, () => response.destroy())
}

// Clients refuse answers whose headers are too long, usually beyond 8 or 16 KiB.
const maxHeader = 4096

/** Header that lists the violations, under the name that Prism's own server uses. */
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
