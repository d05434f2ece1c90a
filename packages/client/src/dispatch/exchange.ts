import { type BodySource, ResponseBody } from './bodies.ts'
import { hasExpired, withExpiry } from './certificate.ts'
import { decodedBody } from './content-encoding.ts'
import {
  type DispatchController,
  type Dispatcher,
  type DispatchHandler,
  type DispatchOptions,
  type Flow,
  isController,
  isOnNewConnection,
  type RawHeaders,
} from './dispatcher.ts'
import { isClosing, isForHttp2, isRefusal, mayBeForHttp2 } from './errors.ts'
import type { Outgoing, RequestSignal } from './request.ts'
import { DispatchResponse, ResponseHeaders } from './response.ts'
import { transport } from './transport.ts'

/** The function of the platform, whatever a test puts in its place meanwhile. */
const { setImmediate } = globalThis

/**
 * Sends a request by the dispatcher, and gives the response while its body may still be on its way. It fails as the
 * platform's fetch does.
 *
 * @param instead sends a request that the dispatcher does not take, or of which it does not speak as expected: nothing of
 * it was sent
 */
export function exchange<R extends Outgoing>(
  dispatcher: Dispatcher,
  options: DispatchOptions,
  request: R,
  instead: (request: R) => Promise<Response>,
): Promise<Response> {
  if (transport.leavesToFetch(options.origin)) return transport.watch(options.origin, instead(request))
  return new Promise((resolve, reject) => {
    new Exchange(dispatcher, options, request, instead, resolve, reject).send()
  })
}

/**
 * One request and its answer, in either handler protocol of undici.
 *
 * | from              | by                                                   | to       |
 * |-------------------|------------------------------------------------------|----------|
 * | waiting           | its connection is there, and the request leaves      | sent     |
 * | sent              | its kept connection was closing, for the first time  | waiting  |
 * | sent              | the head of an answer that is not an interim one     | answered |
 * | waiting           | dispatcher or server refuse it: a fetch sends it     | over     |
 * | any but over      | the end of the answer, an error, its signal          | over     |
 */
class Exchange<R extends Outgoing> implements DispatchHandler, BodySource {
  #phase: 'waiting' | 'sent' | 'answered' | 'over' = 'waiting'
  readonly #dispatcher: Dispatcher
  readonly #options: DispatchOptions
  readonly #request: R
  readonly #instead: (request: R) => Promise<Response>
  readonly #resolve: (response: Response | Promise<Response>) => void
  readonly #reject: (reason: unknown) => void
  /** There from sent to over. */
  #flow: Flow | undefined
  /** There from answered on. */
  #body: ResponseBody | undefined
  /** The listener of the signal. It is no object: Node keeps those until its next full garbage collection. */
  #aborted: (() => void) | undefined
  /** True from the time that it is sent on a kept connection until that says anything. */
  #isOnSilentConnection = false
  #hasRepeated = false
  /** True from the time that its error is being looked into. */
  #isExplained = false

  constructor(
    dispatcher: Dispatcher,
    options: DispatchOptions,
    request: R,
    instead: (request: R) => Promise<Response>,
    resolve: (response: Response | Promise<Response>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#dispatcher = dispatcher
    this.#options = options
    this.#request = request
    this.#instead = instead
    this.#resolve = resolve
    this.#reject = reject
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
    if (this.#phase === 'over') return
    const flow = this.#flow
    this.#end()
    if (this.#body) this.#body.fail(reason)
    else this.#reject(reason)
    try {
      flow?.abort(reason)
    } catch {
      // It has ended for its caller; what is thrown here would end the process, out of the listener of a signal.
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
    if (this.#phase !== 'answered') return this.#fail(new TypeError('terminated'))
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
    if (this.#phase === 'over') return
    try {
      this.#dispatcher.dispatch(this.#options, this)
    } catch {
      this.#refuse()
    }
  }

  #refuse(): void {
    if (this.#phase === 'over') return
    transport.giveUp('its dispatcher does not take them')
    this.#sendInstead()
  }

  #sendInstead(): void {
    this.#end()
    this.#resolve(this.#instead(this.#request))
  }

  /** Thrown before a byte is written, it keeps the request from being sent. */
  #stop(): never {
    this.#refuse()
    throw new TypeError('Unknown handler protocol')
  }

  #start(flow: Flow): void {
    this.#isOnSilentConnection = !isOnNewConnection()
    // Ended while it waited for the connection.
    if (this.#phase === 'over') return flow.abort(this.#request.signal?.reason)
    this.#phase = 'sent'
    this.#flow = flow
  }

  #head(status: number, rawHeaders: RawHeaders, statusText: string): void {
    this.#isOnSilentConnection = false
    // Interim answers, of which there may be any number.
    if (status < 200 || this.#phase === 'over') return
    transport.reached(this.#options.origin)
    try {
      const headers = new ResponseHeaders(rawHeaders)
      const coding = headers.get('content-encoding')
      const sent = new ResponseBody(this)
      this.#phase = 'answered'
      this.#body = sent
      const body = coding === null ? sent : decodedBody(sent, coding)
      const url = this.#options.origin + this.#options.path
      this.#resolve(new DispatchResponse(url, status, statusText, headers, body) as unknown as Response)
    } catch (thrown) {
      this.#break(thrown)
    }
  }

  #fail(error: unknown): void {
    if (this.#phase === 'over') return
    try {
      if (this.#phase === 'sent' && this.#isStale(error)) return this.#dispatchAgain()
      if (this.#phase === 'waiting' && isRefusal(error)) return this.#refuse()
      const { origin } = this.#options
      if (this.#phase === 'waiting' && isForHttp2(error)) {
        transport.leaveToFetch(origin)
        return this.#sendInstead()
      }
      if (this.#phase !== 'answered' && mayBeForHttp2(error)) transport.suspect(origin)
      if (hasExpired(error) && !this.#isExplained) return void this.#explain(error)
    } catch (thrown) {
      return this.#break(thrown)
    }
    this.#end()
    if (this.#body) this.#body.fail(new TypeError('terminated', { cause: error }))
    else this.#reject(new TypeError('fetch failed', { cause: error }))
  }

  /** Ends it by an error that says more. */
  async #explain(error: unknown): Promise<void> {
    this.#isExplained = true
    this.#fail(await withExpiry(error, this.#options.origin))
  }

  /** Ends it by what was thrown in here: the dispatcher may drop that, and the caller would hear nothing. */
  #break(thrown: unknown): void {
    const failure = new TypeError('fetch failed', { cause: thrown })
    this.#reject(failure)
    this.#body?.fail(failure)
    this.abort(failure)
  }

  /**
   * Tells whether the request met a connection that the server was closing, as it may at any time between two requests.
   * Then it has done nothing there (RFC 9112, section 9.3.1), or it did and the answer was lost: only a request that says
   * which one it is, by its Idempotency-Key, goes out once more, at once and once, unless its sender allows for no more.
   */
  #isStale(error: unknown): boolean {
    if (!this.#isOnSilentConnection || this.#hasRepeated || !isClosing(error)) return false
    return this.#request.mayRepeat?.() ?? true
  }

  /** Repeats it in a turn of its own, in which other connections that were closed at the same time are found to be. */
  #dispatchAgain(): void {
    this.#hasRepeated = true
    this.#phase = 'waiting'
    this.#flow = undefined
    setImmediate(() => this.#dispatch())
  }

  #end(): void {
    this.#phase = 'over'
    // It has the bytes of the answer's head, and leads to the connection: a kept answer must not keep it.
    this.#flow = undefined
    if (this.#aborted) this.#request.signal?.removeEventListener('abort', this.#aborted)
  }
}

/** Made outside of the class: with a closure made in a method V8 was seen to keep the exchange until its next full collection. */
function aborterOf(source: BodySource, signal: RequestSignal): () => void {
  return () => source.abort(signal.reason)
}
