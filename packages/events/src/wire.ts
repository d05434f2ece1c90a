import { createEventsClient, type EventsClient, operationPaths } from '@obsidianlaunch/events-client'
import { readBody, untilAborted } from './body.ts'
import type { Entry } from './event.ts'
import type { Settings } from './options.ts'
import type { TokenKeeper } from './token.ts'

/** An answer of the API, with the token taken out of whatever it echoes. */
export interface Answer {
  status: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  text: string
  /** Whether the token was refused while a newer one is to be had. */
  tokenChanged: boolean
}

/** What an attempt does before it is dispatched failed: asking for the token. */
export class TokenFailure extends Error {}

/** Sends events through the generated client: one call, one request. */
export class Wire {
  readonly #client: EventsClient
  readonly #tokens: TokenKeeper

  constructor({ baseUrl, seams: { fetch } }: Settings, tokens: TokenKeeper) {
    this.#tokens = tokens
    this.#client = createEventsClient({
      baseUrl,
      // Set by post() itself, which has to know which token was refused.
      token: null,
      fetch: async (request) => readBody(await (fetch ?? globalThis.fetch)(request), request.signal),
    })
  }

  /**
   * @param dispatched called when the token is there and the request leaves
   * @throws TokenFailure, or an Error that says why there was no answer; neither shows the token
   */
  async post(entry: Entry, signal: AbortSignal, dispatched: () => void): Promise<Answer> {
    const token = await this.#ask()
    // Nobody waits for it any more, and what is sent now would arrive beside its own retry.
    signal.throwIfAborted()
    dispatched()
    try {
      return await this.#send(entry, token, signal)
    } catch (thrown) {
      throw this.#tokens.redactError(thrown, token)
    }
  }

  async #send({ operation, id, body }: Entry, token: string | null, signal: AbortSignal): Promise<Answer> {
    const { response } = await this.#client.POST(operationPaths[operation], {
      // The body was serialised at the call: what is sent is what was given there.
      body: body as never,
      bodySerializer: (text: unknown) => text as string,
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      params: { header: { 'Idempotency-Key': id } },
      parseAs: 'text',
      signal,
    })
    const { status } = response
    const headers = [...response.headers].map(([name, value]) => [name, this.#tokens.redact(value, token)])
    return {
      status,
      headers: Object.fromEntries(headers) as Record<string, string>,
      // As it came: what openapi-fetch makes of an error is parsed.
      text: this.#tokens.redact(await response.text(), token),
      tokenChanged: status === 401 && this.#tokens.rotates && (await this.#changed(token, signal)),
    }
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
