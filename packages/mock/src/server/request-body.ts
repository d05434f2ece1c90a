import type { IncomingMessage } from 'node:http'
import { TextDecoder } from 'node:util'
import { isWithin } from '../prism/engine.ts'
import type { Violation } from '../recording/exchange.ts'
import { type Headers, isJson } from '../recording/headers.ts'

const maxBody = 1024 * 1024

/** Answer to a request that is turned away before its content is looked at. */
export interface Refusal {
  status: number
  violation: Violation
  headers?: Headers
}

/** Body as it arrived: whole, larger than allowed, or cut off because the client went away. */
export type Arrival = { end: 'whole'; bytes: Buffer } | { end: 'too large' } | { end: 'cut' }

export async function readBody(request: IncomingMessage): Promise<Arrival> {
  if (Number(request.headers['content-length'] ?? 0) > maxBody) return { end: 'too large' }
  const chunks: Buffer[] = []
  let size = 0
  try {
    // The socket has to outlive a refusal, else the client never sees the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > maxBody) return { end: 'too large' }
      chunks.push(chunk)
    }
  } catch {
    return { end: 'cut' }
  }
  return { end: 'whole', bytes: Buffer.concat(chunks) }
}

/** Text and JSON of a body, or the reason why it was refused. */
export interface Content {
  text: string
  body?: unknown
  refusal?: Refusal
}

/** Reads a body. An operation without documented media types takes it in any encoding and media type. */
export function contentOf(arrival: Arrival, headers: Headers, mediaTypes?: readonly string[]): Content {
  if (arrival.end === 'too large') return { text: '', refusal: refuseBody(413, `Larger than ${maxBody} bytes`) }
  if (arrival.end === 'cut') return { text: '', refusal: refuseBody(400, 'The client went away before the end') }
  const { bytes } = arrival
  const text = bytes.toString()
  if (bytes.length === 0) return { text }
  const refusal = mediaTypes?.length ? refuseFrame(headers, mediaTypes) : undefined
  if (refusal !== undefined) return { text, refusal }
  if (!isJson(headers)) return { text }
  const parsed = parseJson(bytes)
  return 'reason' in parsed ? { text, refusal: refuseBody(400, parsed.reason) } : { text, body: parsed.body }
}

function refuseBody(status: number, message: string): Refusal {
  return { status, violation: { location: 'body', path: '', message } }
}

/** Refuses a body whose encoding, media type or charset the operation does not take. */
function refuseFrame(headers: Headers, mediaTypes: readonly string[]): Refusal | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding !== undefined && encoding !== 'identity') {
    return refused(415, 'content-encoding', `Send the body as it is, not as ${encoding}`, {
      'accept-encoding': 'identity',
    })
  }
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const accept = { accept: mediaTypes.join(', ') }
  if (!mediaTypes.some((wanted) => isWithin(wanted, type.trim()))) {
    return refused(415, 'content-type', `Send ${mediaTypes.join(' or ')}, not ${type.trim() || 'nothing'}`, accept)
  }
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)/.exec(parameter)?.[1]).find(Boolean)
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    return refused(415, 'content-type', `Send UTF-8, not ${charset}`, accept)
  }
  return undefined
}

function refused(status: number, path: string, message: string, headers: Headers): Refusal {
  return { status, violation: { location: 'header', path, message }, headers }
}

// Node's own: a page that Jest plays with jsdom has none.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Parses JSON, or gives the reason why the bytes are not JSON. */
function parseJson(bytes: Buffer): { body: unknown } | { reason: string } {
  try {
    return { body: JSON.parse(utf8.decode(bytes)) as unknown }
  } catch (error) {
    return { reason: error instanceof SyntaxError ? `Not JSON: ${error.message}` : 'Not UTF-8' }
  }
}
