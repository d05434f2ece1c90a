import { AnswerBody, type BodySource } from './bodies.ts'
import { isOnNewConnection } from './connections.ts'
import { decodedBody } from './content-encoding.ts'
import {
  type DispatchController,
  type Dispatcher,
  type DispatchHandler,
  type DispatchOptions,
  type Flow,
  isController,
  type RawHeaders,
} from './dispatcher.ts'
import { LightHeaders } from './headers.ts'
import { LightResponse } from './response.ts'
import { isClosing, isRefusal } from './errors.ts'
import type { Outgoing } from './outgoing.ts'

/** That of the platform, whatever a test puts in its place meanwhile. */
const { setImmediate } = globalThis

/** Sends a request that the dispatcher does not take, or of which it does not speak as expected: nothing of it was sent. */
type Refused = (request: Outgoing) => Promise<Response>

/** One request and its answer, in either handler protocol of undici. It fails as the platform's fetch does. */
export class Exchange implements DispatchHandler, BodySource {
  readonly #dispatcher: Dispatcher
  readonly #request: Outgoing
  readonly #options: DispatchOptions
  readonly #resolve: (response: Response | Promise<Response>) => void
  readonly #reject: (reason: unknown) => void
  readonly #refused: Refused
  /** From its start to its end. */
  #flow: Flow | undefined
  #body: AnswerBody | undefined
  /** Not a listener that is an object: Node keeps those until its next full garbage collection. */
  #aborted: (() => void) | undefined
  #isOver = false
  #isOnOldConnection = false
  #hasRepeated = false

  /** `resolve` gets the response while its body may still be on its way. */
  constructor(
    dispatcher: Dispatcher,
    request: Outgoing,
    options: DispatchOptions,
    resolve: (response: Response | Promise<Response>) => void,
    reject: (reason: unknown) => void,
    refused: Refused,
  ) {
    this.#dispatcher = dispatcher
    this.#request = request
    this.#options = options
    this.#resolve = resolve
    this.#reject = reject
    this.#refused = refused
  }

  send(): void {
    const { signal } = this.#request
    if (signal?.aborted) return this.#reject(signal.reason)
    if (signal) {
      this.#aborted = aborterOf(this, signal)
      signal.addEventListener('abort', this.#aborted)
    }
    this.#dispatch()
  }

  /** Ends it from this side. One that waits for its connection ends now, and is not sent when that is there. */
  abort(reason: unknown): void {
    if (this.#isOver) return
    const flow = this.#flow
    this.#end()
    if (this.#body) this.#body.fail(reason)
    else this.#reject(reason)
    try {
      flow?.abort(reason)
    } catch {
      // It has ended for whoever waits; what is thrown here would end the process, out of the listener of a signal.
    }
  }

  resume(): void {
    this.#flow?.resume()
  }

  onConnect(abort: (reason: unknown) => void): void {
    if (typeof abort !== 'function') this.#stop()
    this.#start({ abort, resume: () => undefined })
  }

  onHeaders(status: number, rawHeaders: RawHeaders, resume: () => void, statusText: string): boolean {
    if (this.#flow) this.#flow.resume = resume
    this.#head(status, rawHeaders, statusText)
    return true
  }

  onData(chunk: Uint8Array): boolean {
    try {
      return this.#body?.push(chunk) ?? true
    } catch (thrown) {
      this.#break(thrown)
      return true
    }
  }

  onComplete(): void {
    try {
      this.#end()
      this.#body?.end()
    } catch (thrown) {
      this.#break(thrown)
    }
  }

  onError(error: unknown): void {
    this.#fail(error)
  }

  onRequestStart(controller: DispatchController): void {
    if (!isController(controller)) this.#stop()
    this.#start(controller)
  }

  onResponseStart(controller: DispatchController, status: number, _headers: unknown, statusText: string): void {
    this.#head(status, controller.rawHeaders ?? [], statusText)
  }

  onResponseData(controller: DispatchController, chunk: Uint8Array): void {
    if (!this.onData(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.onComplete()
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#fail(error)
  }

  #dispatch(): void {
    if (this.#isOver) return
    try {
      this.#dispatcher.dispatch(this.#options, this)
    } catch {
      this.#refuse()
    }
  }

  #refuse(): void {
    if (this.#isOver) return
    this.#end()
    this.#resolve(this.#refused(this.#request))
  }

  /** Thrown before a byte is written, it keeps the request from being sent. */
  #stop(): never {
    this.#refuse()
    throw new TypeError('Unknown handler protocol')
  }

  #start(flow: Flow): void {
    this.#flow = flow
    this.#isOnOldConnection = !isOnNewConnection()
    // Ended while it waited for the connection.
    if (this.#isOver) flow.abort(this.#request.signal?.reason)
  }

  #head(status: number, rawHeaders: RawHeaders, statusText: string): void {
    // It is alive.
    this.#isOnOldConnection = false
    // Interim answers, of which there may be any number.
    if (status < 200 || this.#isOver) return
    try {
      const headers = new LightHeaders(rawHeaders)
      this.#body = new AnswerBody(this)
      const body = decodedBody(this.#body, headers.get('content-encoding'))
      this.#resolve(new LightResponse(this.#request.url, status, statusText, headers, body) as unknown as Response)
    } catch (thrown) {
      this.#break(thrown)
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    try {
      if (this.#body === undefined && this.#isStale(error)) return this.#repeat()
      if (this.#flow === undefined && isRefusal(error)) return this.#refuse()
    } catch (thrown) {
      return this.#break(thrown)
    }
    this.#end()
    if (this.#body) this.#body.fail(new TypeError('terminated', { cause: error }))
    else this.#reject(new TypeError('fetch failed', { cause: error }))
  }

  /** Ends it by what was thrown in here: the dispatcher may drop that, and whoever waits would hear nothing. */
  #break(thrown: unknown): void {
    const failure = new TypeError('fetch failed', { cause: thrown })
    this.#reject(failure)
    this.#body?.fail(failure)
    this.abort(failure)
  }

  /**
   * Whether the request met a connection that the server was closing, as it may at any time between two requests. Then it
   * has done nothing there (RFC 9112, section 9.3.1), or it did and the answer was lost: only a request that says which one
   * it is, by its Idempotency-Key, goes out once more, at once and once, unless its sender allows for no more requests.
   */
  #isStale(error: unknown): boolean {
    return this.#isOnOldConnection && !this.#hasRepeated && isClosing(error) && this.#request.mayRepeat()
  }

  /** In a turn of its own, in which other connections that were closed at the same time are found to be. */
  #repeat(): void {
    this.#hasRepeated = true
    setImmediate(() => this.#dispatch())
  }

  #end(): void {
    this.#isOver = true
    // It has the bytes of the answer's head, and leads to the connection: not to be kept by who keeps an answer.
    this.#flow = undefined
    if (this.#aborted) this.#request.signal?.removeEventListener('abort', this.#aborted)
  }
}

/** Made outside of the class: with a closure made in a method V8 was seen to keep the exchange until its next full collection. */
function aborterOf(exchange: Exchange, signal: AbortSignal): () => void {
  return () => exchange.abort(signal.reason)
}
