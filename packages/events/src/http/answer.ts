import type { BoundedBody, RequestSignal } from '@obsidianlaunch/events-client/core'

/**
 * Answers of the token function once its token was refused: the same again (as does whoever has no function), another one,
 * or nothing, since it failed or gave no answer in time.
 */
export type NewToken = 'none' | 'ready' | 'unknown'

/** An answer of the API, with the token taken out of whatever it echoes. */
export interface Answer {
  kind: 'answered'
  status: number
  /** Names in lower case; of a success only those that somebody asks for. */
  headers: Readonly<Record<string, string>>
  text: string
  /** The token to be had in place of one that was refused. */
  newToken: NewToken
  /** The fault of an answer that has no status; its `status` is 0 then. */
  problem?: string
}

/** The result of an attempt. */
export type AttemptResult =
  | Answer
  | { kind: 'unreachable'; cause: unknown }
  | { kind: 'timeout' }
  | { kind: 'tokenFailed'; cause: unknown }

const noHeaders: Readonly<Record<string, string>> = {}
/** An answer is a few words; what comes beyond this is not read. */
const mostBytes = 64 * 1024

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

/** The body of an answer: parsed where it is JSON, else as text, undefined where it is empty. */
export function dataOf(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The answer that stands for one without a status, as only a fetch that somebody else has written can give. */
export function answerWithout(problem: string): Answer {
  return { kind: 'answered', status: 0, headers: noHeaders, text: '', newToken: 'none', problem }
}

/** Names the fault of an answer that has no status. */
export function problemOf(response: Response | undefined): string | undefined {
  const { status, type } = response ?? {}
  // A browser hides a redirect that is not followed.
  if (Number.isInteger(status) && (Number(status) >= 100 || type === 'opaqueredirect')) return undefined
  const what =
    typeof response === 'object' && response !== null
      ? `one with a status that is ${inWords(status)}`
      : inWords(response)
  return `fetch must resolve to a Response, whose status is a number from 100, and not to ${what}`
}

/** Describes a value without what a text says, which may be anything. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return 'text'
  return value === null || typeof value === 'number' ? String(value) : typeof value
}

/**
 * The headers of an answer that are of use: of a success the id of the request, and where an outbox may hold what is too
 * old, the time that the server believes it is.
 */
export function headersOf(
  response: Response,
  wantsDate: boolean,
  redact: (value: string) => string,
): Readonly<Record<string, string>> {
  if (!isSuccess(response.status)) {
    return Object.fromEntries(allHeaders(response).map(([name, value]) => [name, redact(value)]))
  }
  const requestId = headerOf(response, 'x-request-id')
  const date = wantsDate ? headerOf(response, 'date') : null
  if (requestId === null && date === null) return noHeaders
  return {
    ...(requestId !== null && { 'x-request-id': redact(requestId) }),
    ...(date !== null && { date }),
  }
}

/** One header of a response that may have none, or some of another kind. */
function headerOf(response: Response, wanted: string): string | null {
  try {
    const { headers } = response
    if (typeof headers?.get === 'function') return headers.get(wanted)
  } catch {
    return null
  }
  return allHeaders(response).find(([name]) => name === wanted)?.[1] ?? null
}

/** Names, in lower case, and values: of `Headers`, a Map, a list of pairs or a plain object, and of none. */
function allHeaders(response: { readonly headers?: unknown }): [string, string][] {
  try {
    const { headers } = response
    if (typeof headers !== 'object' || headers === null) return []
    const pairs: unknown[] = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers)
    return pairs.flatMap((pair) => (Array.isArray(pair) ? [[String(pair[0]).toLowerCase(), String(pair[1])]] : []))
  } catch {
    return []
  }
}

/**
 * The text of a response as far as it came: a body that is cut, endless or slower than the signal is no reason to forget
 * the status that came before it, nor is a response of the caller's own making that cannot be read.
 */
export function readBody(response: Response & Partial<BoundedBody>, signal: RequestSignal): string | Promise<string> {
  // Where the response can do it itself, it heeds the signal by itself.
  try {
    if (response.textWithin) return response.textWithin(mostBytes)
  } catch {
    return ''
  }
  return textOf(response, signal).catch(() => '')
}

/** The promise's value, or undefined once nobody waits for it any more. */
export function untilAborted<T>(promise: Promise<T>, signal: RequestSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined))
    promise.then(resolve, reject)
  })
}

async function textOf(response: Partial<Response>, signal: RequestSignal): Promise<string> {
  // A stream where there is one: its size is bounded.
  if (typeof response.body?.getReader === 'function') return readStream(response.body, signal)
  if (typeof response.text === 'function') return asText(await untilAborted(response.text(), signal))
  if (typeof response.json !== 'function') return ''
  return JSON.stringify(await untilAborted(response.json(), signal)) ?? ''
}

function asText(given: unknown): string {
  return typeof given === 'string' ? given : ''
}

async function readStream(body: ReadableStream<Uint8Array>, signal: RequestSignal): Promise<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    while (bytes < mostBytes) {
      const chunk = await untilAborted(reader.read(), signal)
      if (chunk === undefined || chunk.done) break
      bytes += chunk.value.byteLength
      text += decoder.decode(chunk.value, { stream: true })
    }
  } catch {
    // Cut: what came before counts.
  }
  // Frees the connection of a body that goes on; nobody waits for it.
  reader.cancel().catch(() => undefined)
  return text + decoder.decode()
}
