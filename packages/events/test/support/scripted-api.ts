import type { Expect } from './broken.ts'
import type { FakeClock } from './fake-clock.ts'
import { type Ending, type Exchange, GateWatch } from './gate-watch.ts'
import type { Answer, Place, Program } from './program.ts'
import type { Tracked } from './tracked.ts'

/** Whom the API tells. */
export interface ApiListener {
  /** @param since when its attempt began, in running time @returns the event that a request carries */
  arrived(customer: string, label: string, id: string | null, since: number): Tracked
  /** An attempt that began at `since` has ended, and perhaps settled nothing. */
  failed(tracked: Tracked, since: number): void
  /** The tracker has called for a token or a request, and waits. */
  aside(place: Place): void
  readonly expect: Expect
}

interface Body {
  customer_id: string
  event?: string
  name: string
}

type Head = Extract<Answer, { kind: 'answer' }>

interface Open extends Exchange {
  /** Held as a network would: nobody else need hold a request, and the signal of one that is forgotten never aborts. */
  readonly request: Request
  /** When it was opened, in running time. */
  readonly since: number
  tracked?: Tracked
  /** The answer whose body is still on its way. */
  head?: Head
}

/** A fetch with an API behind it that answers as the program says. */
export class ScriptedApi {
  /** Rises with whatever happens here. */
  stirs = 0
  /** How many tokens are asked for and not given yet. */
  tokensAsked = 0
  /** When a token last failed to come. */
  lastTokenFailure = -Infinity
  /** When one was last asked for, in running time. */
  lastTokenAt = 0
  readonly gate: GateWatch
  readonly open = new Set<Open>()
  readonly #untold: (() => void)[] = []
  readonly #program: Program
  readonly #clock: FakeClock
  readonly #listener: ApiListener
  #requests = 0
  #tokensGiven = 0

  constructor(program: Program, clock: FakeClock, listener: ApiListener) {
    this.#program = program
    this.#clock = clock
    this.#listener = listener
    this.gate = new GateWatch(program.settings.backoff, program.settings.maxRetryAfterMs)
  }

  async token(): Promise<string> {
    this.stirs++
    this.tokensAsked++
    this.lastTokenAt = Math.max(this.lastTokenAt, this.#clock.running())
    const { tokens } = this.#program
    const way = tokens[this.#tokensGiven++ % tokens.length]
    const mine = this.#tokensGiven
    this.#listener.aside('token')
    if (way === 'slow') await new Promise<void>((given) => this.#clock.later(given, 700))
    this.stirs++
    this.tokensAsked--
    if (way !== 'throws') return way === 'new' ? `token-${mine}` : 'token'
    this.lastTokenFailure = this.#clock.now()
    this.#tellSoon(undefined, { customer: undefined, settles: 'no', closes: false, askedMs: undefined })
    throw new Error('no token')
  }

  async fetch(request: Request): Promise<Response> {
    const { signal } = request
    this.stirs++
    // As the platform's own does: nothing leaves.
    signal.throwIfAborted()
    this.#expectLeave()
    const since = this.#clock.running()
    const open: Open = { ...this.gate.open(this.#clock.now()), request, since }
    this.open.add(open)
    this.#listener.aside('fetch')
    signal.addEventListener('abort', () => this.#cut(open))
    const { customer_id: customer, event, name } = (await request.json()) as Body
    this.stirs++
    open.tracked = this.#listener.arrived(customer, event ?? name, request.headers.get('idempotency-key'), since)
    const answer = this.#program.script[this.#requests++] ?? this.#program.rest
    return new Promise((resolve, reject) => {
      if (this.#program.heedsSignal) signal.addEventListener('abort', () => reject(signal.reason))
      const end = () => {
        this.stirs++
        if (signal.aborted) return
        if (answer.kind === 'answer') resolve(this.#respond(open, answer))
        else reject(new TypeError('no route', { cause: this.#land(open) }))
      }
      if (answer.kind === 'silence') return
      if (answer.afterMs === 0) end()
      else this.#clock.later(end, answer.afterMs)
    })
  }

  #expectLeave(): void {
    const { settings, tokens } = this.#program
    // A token that is slow to come may leave the request behind an answer that came meanwhile.
    const mayBeLate = tokens.includes('slow')
    const mayLeave = this.#clock.now() >= this.gate.opensFrom
    this.#listener.expect(mayBeLate || mayLeave, 'sent while the API had asked to wait')
    const isSecond = this.gate.isClosed && this.gate.hasProbe(this.open)
    this.#listener.expect(mayBeLate || !isSecond, 'sent beside the probe while the API had asked to wait')
    this.#listener.expect(this.open.size < settings.concurrency, 'more requests open than allowed')
  }

  #respond(open: Open, head: Head): Response {
    const { status, retryAfter, body } = head
    if (status < 300 && open.tracked) open.tracked.succeeded = true
    if (body === 'endless' && status !== 204) open.head = head
    else this.#land(open, head)
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    return new Response(status === 204 ? null : bodyOf(body), { status, headers })
  }

  /** The tracker gives up waiting for the answer, or for the rest of it. */
  #cut(open: Open): void {
    this.stirs++
    if (this.open.has(open)) this.#land(open, open.head)
  }

  /** The request has ended, with an answer or without. */
  #land(open: Open, head?: Head): void {
    this.open.delete(open)
    const now = this.#clock.now()
    const { tracked } = open
    if (tracked === undefined) throw new Error('A request ends before it has arrived')
    tracked.isInFlight = false
    const settles = head ? this.#settles(head.status, tracked.requests) : 'no'
    if (settles !== 'yes') this.#listener.failed(tracked, open.since)
    if (head === undefined) tracked.silences++
    const askedMs = this.#askedMs(head)
    const isForNewToken = head?.status === 401
    tracked.retryFrom = isForNewToken ? 0 : now + (askedMs ?? 0)
    tracked.retryBy = isForNewToken ? 0 : now + this.#mostWait(askedMs, tracked.requests)
    const closes = head?.status === 429 || (head?.status === 503 && askedMs !== undefined)
    this.#tellSoon(open, { customer: tracked.made.customer, settles, closes, askedMs: closes ? askedMs : undefined })
  }

  /** What leaves in the same turn cannot know. */
  #tellSoon(open: Open | undefined, ending: Ending): void {
    this.#untold.push(this.gate.ends(open, ending, this.#clock.now()))
    setImmediate(() => this.tellGate())
  }

  /** Whether an answer with this status settles its event. */
  #settles(status: number, requests: number): Ending['settles'] {
    const { tokens } = this.#program
    // The token may have been replaced meanwhile.
    if (status === 401) return tokens.length > 0 ? 'maybe' : 'yes'
    if (status === 409 && requests > 1) return 'no'
    // There may have been attempts for which no token came.
    if (status === 409) return tokens.length > 0 ? 'maybe' : 'yes'
    return [408, 425, 429, 500, 503].includes(status) ? 'no' : 'yes'
  }

  #askedMs(head: Head | undefined): number | undefined {
    if (head?.retryAfter === undefined) return undefined
    return Math.min(Math.max(1, head.retryAfter) * 1_000, this.#program.settings.maxRetryAfterMs)
  }

  /** The turn is over, or time is about to pass: the gate knows of whatever has ended. */
  tellGate(): void {
    for (const tell of this.#untold.splice(0)) tell()
  }

  #mostWait(askedMs: number | undefined, attempts: number): number {
    const isHeeded = askedMs !== undefined && askedMs < this.#program.settings.maxRetryAfterMs
    return isHeeded ? askedMs : Math.max(askedMs ?? 0, this.#mostBackoff(attempts))
  }

  #mostBackoff(attempts: number): number {
    const { settings, tokens } = this.#program
    const { baseMs, capMs } = settings.backoff
    // There may have been attempts for which no token came.
    const doublings = tokens.length > 0 ? 40 : attempts - 1
    return Math.min(capMs, baseMs * 2 ** doublings)
  }
}

function bodyOf(body: Head['body']): string | ReadableStream<Uint8Array> | null {
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
