import {
  createSender,
  operationPaths,
  type RequestSignal,
  type Sender,
  type SenderCall,
} from '@obsidianlaunch/events-client/core'
import type { OutboxEntry } from '../event/event.ts'
import type { Settings } from '../options/settings.ts'
import { harmlessly, isBrowser, isPromise, type MaybePromise, serverName } from '../platform/platform.ts'
import { version } from '../platform/version.ts'
import type { TokenKeeper } from '../token/token-keeper.ts'
import { type Answer, answerWithout, headersOf, type NewToken, problemOf, readBody, untilAborted } from './answer.ts'
import { SurvivingRequests } from './surviving-requests.ts'

/** Asking for the token failed, so that nothing was dispatched. */
export class TokenFailure extends Error {}

/** The API, as one attempt meets it: a token, a request, an answer. It repeats nothing and remembers nothing. */
export class ApiClient {
  readonly #send: Sender
  readonly #tokens: TokenKeeper
  /** Tells whether somebody wants to know what time the server believes it is: what an outbox holds may be too old. */
  readonly #wantsDate: boolean
  readonly #baseUrl: string
  /** Undefined where there is no page. */
  readonly surviving = isBrowser() ? new SurvivingRequests() : undefined

  constructor(settings: Settings, tokens: TokenKeeper) {
    const { baseUrl, transport, seams } = settings
    const { fetch, logger } = seams
    const server = serverName()
    this.#wantsDate = seams.outbox?.durable ?? false
    this.#tokens = tokens
    this.#baseUrl = baseUrl
    this.#send = createSender({
      baseUrl,
      transport,
      ...(fetch && { fetch }),
      ...(server !== undefined && { userAgent: `obsidianlaunch-events/${version} (${server})` }),
      // A logger may throw or reject: that is nobody's concern here.
      ...(logger && { logger: { warn: (message: string) => harmlessly(() => logger.warn(message)) } }),
    })
  }

  /** The token for an attempt at that event. @throws (as the rejection) TokenFailure, whose cause says why there is none */
  token({ customerId }: OutboxEntry): MaybePromise<string | null> {
    if (this.#tokens.fixed !== undefined) return this.#tokens.fixed
    return this.#tokens.ask(customerId).catch((thrown: unknown) => {
      throw new TokenFailure('There is no token', { cause: thrown })
    })
  }

  /**
   * Sends an event as it was serialised, in one request.
   *
   * @param mayRepeat asked whether it may be sent once more, because its kept connection was closing
   */
  post(entry: OutboxEntry, token: string | null, signal: RequestSignal, mayRepeat: () => boolean): Promise<Response> {
    const { id, body } = entry
    const call = { operation: operationOf(entry), token, idempotencyKey: id, body, signal, mayRepeat }
    if (this.surviving === undefined) return this.#send(call)
    return this.surviving.send(entry, signal, (keepalive) => this.#send({ ...call, keepalive }))
  }

  /** The address to which an event is sent. */
  addressOf(entry: OutboxEntry): string {
    return this.#baseUrl + operationPaths[operationOf(entry)]
  }

  /** Reads the response to an event, with the token taken out of it. */
  read(response: Response, entry: OutboxEntry, token: string | null, signal: RequestSignal): MaybePromise<Answer> {
    const problem = problemOf(response)
    if (problem !== undefined) return answerWithout(problem)
    const body = readBody(response, signal)
    if (isPromise(body) || (response.status === 401 && this.#tokens.rotates)) {
      return this.#readSlowly(response, body, entry, token, signal)
    }
    return this.#answer(response, body, token, 'none')
  }

  /** An error of somebody else's, without the token. */
  redactError(thrown: unknown, token: string | null): Error {
    return this.#tokens.redactError(thrown, token)
  }

  async #readSlowly(
    response: Response,
    body: MaybePromise<string>,
    entry: OutboxEntry,
    token: string | null,
    signal: RequestSignal,
  ): Promise<Answer> {
    const text = await body
    this.surviving?.end(response)
    const isRefused = response.status === 401 && this.#tokens.rotates
    return this.#answer(response, text, token, isRefused ? await this.#newToken(entry, token, signal) : 'none')
  }

  #answer(response: Response, body: string, token: string | null, newToken: NewToken): Answer {
    const text = this.#tokens.redactBody(body, token)
    const headers = headersOf(response, this.#wantsDate, (value) => this.#tokens.redact(value, token))
    return { kind: 'answered', status: response.status, headers, text, newToken }
  }

  async #newToken({ customerId }: OutboxEntry, refused: string | null, signal: RequestSignal): Promise<NewToken> {
    const asked = this.#tokens.ask(customerId).then(
      (token) => (token === refused ? 'none' : 'ready'),
      () => 'unknown' as const,
    )
    return (await untilAborted(asked, signal)) ?? 'unknown'
  }
}

/** The name of an event's operation in its environment. */
function operationOf({ operation, environment }: OutboxEntry): SenderCall['operation'] {
  return environment === 'production' ? `${operation}InProduction` : operation
}
