import type { Entry } from '../event/event.ts'
import { harmlessly } from '../platform/platform.ts'
import { createSender, type Sender, type SenderCall } from '@obsidianlaunch/events-client/core'
import { readBody, untilAborted } from './response-body.ts'
import { serverName } from '../platform/platform.ts'
import type { Settings } from '../options/settings.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import { version } from '../platform/version.ts'

/** An answer of the API, with the token taken out of whatever it echoes. */
export interface Answer {
  kind: 'answered'
  status: number
  /** Names in lower case; of a success only those that somebody asks for. */
  headers: Readonly<Record<string, string>>
  text: string
  /** Whether the token was refused while a newer one is to be had. */
  tokenChanged: boolean
  /** The fault of an answer that has no status; its `status` is 0 then. */
  problem?: string
}

/** An event that is being sent. */
export interface Sending {
  /** Called when the token is there and the request leaves. */
  dispatched(): void
  /** Tells whether it may be sent once more, because its kept connection was closing. It is counted as an attempt. */
  mayRepeat(): boolean
}

/** What an attempt does before it is dispatched failed: asking for the token. */
export class TokenFailure extends Error {}

/** Sends events as they were serialised, one request each, by the way to the wire that the client package has. */
export class Wire {
  readonly #send: Sender
  readonly #tokens: TokenKeeper
  /** Undefined where a function has to be asked. */
  readonly #fixedToken: string | null | undefined
  /** The tracker's, where an event has none of its own. */
  readonly maxRetries: number
  /** Tells whether somebody wants to know what time the server thinks it is: what an outbox holds may be too old. */
  readonly #wantsDate: boolean

  constructor(settings: Settings, tokens: TokenKeeper) {
    const { baseUrl, token, transport, maxRetries, seams } = settings
    const { fetch, logger } = seams
    const server = serverName()
    this.maxRetries = maxRetries
    this.#wantsDate = seams.outbox?.durable ?? false
    this.#tokens = tokens
    this.#fixedToken = typeof token === 'function' ? undefined : token
    this.#send = createSender({
      baseUrl,
      transport,
      ...(fetch && { fetch }),
      ...(server !== undefined && { userAgent: `obsidianlaunch-events/${version} (${server})` }),
      // A logger may throw or reject: that is nobody's concern here.
      ...(logger && { logger: { warn: (message: string) => harmlessly(() => logger.warn(message)) } }),
    })
  }

  /** @throws TokenFailure, or an Error that says why there was no answer; neither shows the token */
  async post(entry: Entry, signal: AbortSignal, sending: Sending): Promise<Answer> {
    // Awaited in any case: a fetch of the caller's may use the tracker, which is in the midst of sending.
    const token = await (this.#fixedToken === undefined ? this.#ask() : this.#fixedToken)
    // Nobody waits for it any more, and what is sent now would arrive beside its own retry.
    signal.throwIfAborted()
    sending.dispatched()
    try {
      const response = await this.#send(callOf(entry, token, signal, sending))
      const problem = problemOf(response)
      if (problem !== undefined) return { ...noAnswer, problem }
      const { status } = response
      const body = readBody(response, signal)
      const text = this.#tokens.redactBody(typeof body === 'string' ? body : await body, token)
      const tokenChanged = status === 401 && this.#tokens.rotates && (await this.#changed(token, signal))
      return { kind: 'answered', status, headers: this.#headersOf(response, token), text, tokenChanged }
    } catch (thrown) {
      throw this.#tokens.redactError(thrown, token)
    }
  }

  #headersOf(response: Response, token: string | null): Readonly<Record<string, string>> {
    if (isSuccess(response.status)) {
      const requestId = headerOf(response, 'x-request-id')
      const date = this.#wantsDate ? headerOf(response, 'date') : null
      if (requestId === null && date === null) return noHeaders
      return {
        ...(requestId !== null && { 'x-request-id': this.#tokens.redact(requestId, token) }),
        ...(date !== null && { date }),
      }
    }
    return Object.fromEntries(headersOf(response).map(([name, value]) => [name, this.#tokens.redact(value, token)]))
  }

  async #ask(): Promise<string | null> {
    try {
      return await this.#tokens.ask()
    } catch (thrown) {
      throw new TokenFailure('The token function failed', { cause: thrown })
    }
  }

  async #changed(refused: string | null, signal: AbortSignal): Promise<boolean> {
    const asked = this.#tokens.ask().then(
      (token) => token !== refused,
      () => false,
    )
    return (await untilAborted(asked, signal)) ?? false
  }
}

const noHeaders: Readonly<Record<string, string>> = {}
const noAnswer: Answer = { kind: 'answered', status: 0, headers: noHeaders, text: '', tokenChanged: false }

/** Names the fault of an answer by a fetch that somebody else has written. */
function problemOf(response: Response | undefined): string | undefined {
  const { status, type } = response ?? {}
  // A browser hides a redirect that is not followed.
  if (Number.isInteger(status) && (Number(status) >= 100 || type === 'opaqueredirect')) return undefined
  const what =
    typeof response === 'object' && response !== null
      ? `one with a status that is ${inWords(status)}`
      : inWords(response)
  return `fetch must resolve to a Response, whose status is a number from 100, and not to ${what}`
}

/** Without what a text says, which may be anything. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return 'text'
  return value === null || typeof value === 'number' ? String(value) : typeof value
}

/** Of a response that may have no headers, or some of another kind. */
function headerOf(response: Response, wanted: string): string | null {
  try {
    const { headers } = response
    if (typeof headers?.get === 'function') return headers.get(wanted)
  } catch {
    return null
  }
  return headersOf(response).find(([name]) => name === wanted)?.[1] ?? null
}

/** Names, in lower case, and values: of `Headers`, a Map, a list of pairs or a plain object, and of none. */
function headersOf(response: { readonly headers?: unknown }): [string, string][] {
  try {
    const { headers } = response
    if (typeof headers !== 'object' || headers === null) return []
    const pairs: unknown[] = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers)
    return pairs.flatMap((pair) => (Array.isArray(pair) ? [[String(pair[0]).toLowerCase(), String(pair[1])]] : []))
  } catch {
    return []
  }
}

function callOf(entry: Entry, token: string | null, signal: AbortSignal, sending: Sending): SenderCall {
  const { operation, environment, id, body } = entry
  const name = environment === 'production' ? (`${operation}InProduction` as const) : operation
  return { operation: name, token, idempotencyKey: id, body, signal, mayRepeat: () => sending.mayRepeat() }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
