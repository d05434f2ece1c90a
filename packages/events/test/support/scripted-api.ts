import type { FakeClock } from './fake-clock.ts'
import type { Answer, Program } from './program.ts'

/** Whom the API tells. */
export interface ApiListener {
  /** @returns what to call when the answer that follows has been a success */
  arrived(customer: string, label: string, id: string | null): () => void
  expect(holds: boolean, otherwise: string): void
}

interface Body {
  customer_id: string
  event?: string
  name: string
}

/** A fetch with an API behind it that answers as the program says. */
export class ScriptedApi {
  /** Rises with whatever happens here. */
  stirs = 0
  readonly #program: Program
  readonly #clock: FakeClock
  readonly #listener: ApiListener
  /** Held as a network would: nobody else need hold a request, and the signal of one that is forgotten never aborts. */
  readonly #open = new Set<Request>()
  #requests = 0
  #tokensGiven = 0
  /** No request may leave before this moment: an answer asked for it. */
  #quietUntil = 0

  constructor(program: Program, clock: FakeClock, listener: ApiListener) {
    this.#program = program
    this.#clock = clock
    this.#listener = listener
  }

  async token(): Promise<string> {
    this.stirs++
    const { tokens } = this.#program
    const way = tokens[this.#tokensGiven++ % tokens.length]
    if (way === 'throws') throw new Error('no token')
    if (way === 'slow') await new Promise<void>((given) => this.#clock.later(given, 700))
    this.stirs++
    return way === 'new' ? `token-${this.#tokensGiven}` : 'token'
  }

  async fetch(request: Request): Promise<Response> {
    const { signal } = request
    this.stirs++
    // As the platform's own does: nothing leaves.
    signal.throwIfAborted()
    this.#expectLeave()
    this.#open.add(request)
    const close = () => this.#open.delete(request)
    signal.addEventListener('abort', close)
    const { customer_id: customer, event, name } = (await request.clone().json()) as Body
    this.stirs++
    const succeeded = this.#listener.arrived(customer, event ?? name, request.headers.get('idempotency-key'))
    const answer = this.#program.script[this.#requests++] ?? this.#program.rest
    return new Promise((resolve, reject) => {
      if (this.#program.heedsSignal) signal.addEventListener('abort', () => reject(signal.reason))
      const end = () => {
        if (signal.aborted) return
        if (answer.kind !== 'answer') return reject(new TypeError('no route', { cause: close() }))
        resolve(this.#respond(answer, close))
        if (answer.status < 300) succeeded()
      }
      if (answer.kind === 'silence') return
      if (answer.afterMs === 0) end()
      else this.#clock.later(end, answer.afterMs)
    })
  }

  #expectLeave(): void {
    // A token that is slow to come may leave the request behind an answer that came meanwhile.
    const mayBeLate = this.#program.tokens.length > 0
    this.#listener.expect(mayBeLate || this.#clock.now() >= this.#quietUntil, 'sent while the API had asked to wait')
    this.#listener.expect(this.#open.size < this.#program.settings.concurrency, 'more requests open than allowed')
  }

  #respond({ status, retryAfter, body }: Extract<Answer, { kind: 'answer' }>, close: () => unknown): Response {
    this.stirs++
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    if (body !== 'endless' || status === 204) close()
    const asks = status === 429 || status === 503
    // What left in the same turn could not know.
    if (asks && retryAfter !== undefined && (body === 'json' || body === 'junk' || body === 'empty')) {
      const until = this.#clock.now() + Math.max(1, retryAfter) * 1_000
      setImmediate(() => (this.#quietUntil = Math.max(this.#quietUntil, until)))
    }
    return new Response(status === 204 ? null : bodyOf(body), { status, headers })
  }
}

function bodyOf(body: Extract<Answer, { kind: 'answer' }>['body']): string | ReadableStream<Uint8Array> | null {
  if (body === 'json') return '{"success":true}'
  if (body === 'junk') return '{"success":'
  if (body === 'empty') return null
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('half of '))
      if (body === 'cut') controller.error(new TypeError('terminated'))
    },
  })
}
