import { createSender, type Sender, type SenderCall } from '@obsidianlaunch/events-client/core'
import { readBody, untilAborted } from './body.ts'
import type { Entry } from './event.ts'
import { harmlessly } from './notices.ts'
import { isSuccess } from './retry.ts'
import type { Settings } from './settings.ts'
import type { TokenKeeper } from './token.ts'

/** An answer of the API, with the token taken out of whatever it echoes. */
export interface Answer {
  kind: 'answered'
  status: number
  /** Names in lower case; of a success only those that somebody asks for. */
  headers: Readonly<Record<string, string>>
  text: string
  /** Whether the token was refused while a newer one is to be had. */
  tokenChanged: boolean
}

/** What an attempt does before it is dispatched failed: asking for the token. */
export class TokenFailure extends Error {}

/** Sends events as they were serialised, one request each, by the way to the wire that the client package has. */
export class Wire {
  readonly #send: Sender
  readonly #tokens: TokenKeeper
  /** Undefined where a function has to be asked. */
  readonly #fixedToken: string | null | undefined

  constructor({ baseUrl, token, transport, seams: { fetch, logger } }: Settings, tokens: TokenKeeper) {
    this.#tokens = tokens
    this.#fixedToken = typeof token === 'function' ? undefined : token
    this.#send = createSender({
      baseUrl,
      transport,
      ...(fetch && { fetch }),
      // A logger may throw or reject: that is nobody's concern here.
      ...(logger && { logger: { warn: (message: string) => harmlessly(() => logger.warn(message)) } }),
    })
  }

  /**
   * @param dispatched called when the token is there and the request leaves
   * @throws TokenFailure, or an Error that says why there was no answer; neither shows the token
   */
  async post(entry: Entry, signal: AbortSignal, dispatched: () => void): Promise<Answer> {
    // Awaited in any case: a fetch of the caller's may use the tracker, which is in the midst of sending.
    const token = await (this.#fixedToken === undefined ? this.#ask() : this.#fixedToken)
    // Nobody waits for it any more, and what is sent now would arrive beside its own retry.
    signal.throwIfAborted()
    dispatched()
    try {
      const response = await this.#send(callOf(entry, token, signal))
      const { status } = response
      const body = readBody(response, signal)
      const text = this.#tokens.redactBody(typeof body === 'string' ? body : await body, token)
      const tokenChanged = status === 401 && this.#tokens.rotates && (await this.#changed(token, signal))
      return { kind: 'answered', status, headers: this.#headersOf(response, token), text, tokenChanged }
    } catch (thrown) {
      throw this.#tokens.redactError(thrown, token)
    }
  }

  #headersOf({ status, headers }: Response, token: string | null): Readonly<Record<string, string>> {
    if (isSuccess(status)) {
      const requestId = headers.get('x-request-id')
      return requestId === null ? noHeaders : { 'x-request-id': this.#tokens.redact(requestId, token) }
    }
    return Object.fromEntries([...headers].map(([name, value]) => [name, this.#tokens.redact(value, token)]))
  }

  async #ask(): Promise<string | null> {
    try {
      return await this.#tokens.ask()
    } catch (thrown) {
      throw new TokenFailure('The token function failed', { cause: this.#tokens.redactError(thrown) })
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

function callOf({ operation, environment, id, body }: Entry, token: string | null, signal: AbortSignal): SenderCall {
  const name = environment === 'production' ? (`${operation}InProduction` as const) : operation
  return { operation: name, token, idempotencyKey: id, body, signal }
}
