import { roundedInteger } from '@obsidianlaunch/events-client/core'
import { Refusal } from './refusal.ts'

/** Refuses what is not sent as JSON. A beacon cannot say that it is: it is text. */
export function mediaTypeProblem(headers: Headers): Refusal | undefined {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity'
  if (/^(application\/json|text\/plain)$/.test(type.trim()) && isUtf8 && isPlain) return undefined
  return new Refusal(
    'media-type',
    'Send the body as application/json in UTF-8, not compressed; a beacon as text/plain.',
    {
      headers: { accept: 'application/json, text/plain' },
    },
  )
}

/** Reads the body as text, up to a number of bytes and for so long at the most. */
export async function readBody(request: Request, maxBytes: number, timeoutMs: number): Promise<string | Refusal> {
  if (request.bodyUsed) {
    return new Refusal(
      'internal',
      'The body was read before the relay got the request: put the relay before what parses bodies, such as express.json().',
    )
  }
  const tooLarge = new Refusal('too-large', `A body may have ${maxBytes} bytes.`)
  // It may lie, so that the bytes are counted as well.
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return tooLarge
  const chunks: Uint8Array[] = []
  const end = await readInto(chunks, request.body, maxBytes, timeoutMs)
  if (end === 'too-large') return tooLarge
  if (end === 'slow') return new Refusal('slow', `The whole body must be here within ${timeoutMs / 1_000} s.`)
  if (end === 'cut') return new Refusal('cut', 'The connection ended before the body did.')
  return textOf(chunks)
}

type BodyEnd = 'whole' | 'too-large' | 'slow' | 'cut'

async function readInto(
  chunks: Uint8Array[],
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  timeoutMs: number,
): Promise<BodyEnd> {
  if (body === null) return 'whole'
  const reader = body.getReader()
  let end: BodyEnd = 'whole'
  const stop = (as: BodyEnd) => {
    end = as
    // What is still to come is not wanted; it may be refused, too.
    reader.cancel().catch(() => undefined)
  }
  const timer = setTimeout(stop, timeoutMs, 'slow')
  try {
    let bytes = 0
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength
      if (bytes > maxBytes) stop('too-large')
      else chunks.push(chunk.value)
    }
    return end
  } catch {
    return 'cut'
  } finally {
    clearTimeout(timer)
  }
}

function textOf(chunks: readonly Uint8Array[]): string | Refusal {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
  } catch {
    return new Refusal('not-json', 'The body is not UTF-8.')
  }
}

/** Parses a body. An integer that JavaScript would round in silence is refused. */
export function parseBody(text: string): { value: unknown } | Refusal {
  try {
    const value: unknown = JSON.parse(text)
    const rounded = roundedInteger(text)
    if (rounded === undefined) return { value }
    return new Refusal('not-sendable', `${rounded} would be rounded: send it as text, in quotes.`)
  } catch {
    return new Refusal('not-json', text === '' ? 'The body is empty.' : 'The body cannot be parsed as JSON.')
  }
}
