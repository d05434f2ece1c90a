import type { FakeClock } from '../../support/fake-clock.ts'

/** A request as it arrives. */
export interface Arrival {
  readonly customer: string
  readonly event: string
  readonly id: string | null
  /** The world's time of day. */
  readonly at: number
  /** Requests for this event so far, this one included. */
  readonly attempt: number
}

/** The reply to a request: a status, a whole answer, or none. */
export type Reply = number | { status: number; headers?: Record<string, string> } | 'refused' | 'no name' | 'silent'

export type Script = (arrival: Arrival) => Reply

/** Times that answers take, in turn: those of one moment come together, but not all of them. */
const latenciesMs = [20, 21, 22, 23]

/** A fetch with an API behind it that answers as a script says, in simulated time. */
export class Api {
  script: Script
  /** Rises with whatever happens here. */
  stirs = 0
  /** Every request, in the order of their arrival. */
  readonly arrivals: Arrival[] = []
  /** The events of each customer that were answered with a 2xx, in that order, each once. */
  readonly delivered = new Map<string, string[]>()
  /** Times at which each of those was answered, by `customer:event`. */
  readonly deliveredAt = new Map<string, number>()
  /** Events that were answered with a 2xx more than once. */
  repeats = 0
  open = 0
  mostOpen = 0
  readonly #clock: FakeClock
  /** Answers on their way, by the moment in which they come. */
  readonly #coming = new Map<number, (() => void)[]>()
  /** Answers that lie in their sockets, while nobody can read them. */
  #unread: (() => void)[] | undefined
  readonly #attempts = new Map<string, number>()

  constructor(clock: FakeClock, script: Script) {
    this.#clock = clock
    this.script = script
  }

  /** Takes what any `fetch` takes. */
  async fetch(input: Request | string, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const { signal } = request
    signal.throwIfAborted()
    this.stirs++
    this.mostOpen = Math.max(this.mostOpen, ++this.open)
    try {
      const arrival = await this.#arrive(request)
      const reply = this.script(arrival)
      await this.#pass(reply === 'silent' ? undefined : latenciesMs[this.arrivals.length % latenciesMs.length], signal)
      return this.#answer(arrival, reply)
    } finally {
      this.open--
      this.stirs++
    }
  }

  /** The processes stand still: answers that come now are read when that is over. */
  freeze(): void {
    this.#unread ??= []
  }

  thaw(): void {
    const unread = this.#unread ?? []
    this.#unread = undefined
    for (const read of unread) read()
  }

  /** Requests for a customer, or for one of its events. */
  requestsOf(customer: string, event?: string): Arrival[] {
    return this.arrivals.filter((each) => each.customer === customer && (event ?? each.event) === each.event)
  }

  since(moment: number): Arrival[] {
    return this.arrivals.filter(({ at }) => at >= moment)
  }

  async #arrive(request: Request): Promise<Arrival> {
    const { customer_id: customer, event = 'identify' } = (await request.json()) as {
      customer_id: string
      event?: string
    }
    const key = keyOf(customer, event)
    const attempt = (this.#attempts.get(key) ?? 0) + 1
    this.#attempts.set(key, attempt)
    const arrival = { customer, event, id: request.headers.get('idempotency-key'), at: this.#clock.now(), attempt }
    this.arrivals.push(arrival)
    return arrival
  }

  #answer(arrival: Arrival, reply: Reply): Response {
    if (reply === 'refused') throw failed('ECONNREFUSED')
    if (typeof reply === 'string') throw failed('ENOTFOUND')
    const { status, headers = {} } = typeof reply === 'number' ? { status: reply } : reply
    if (status === 200) this.#deliver(arrival)
    const body = status === 304 ? null : status === 200 ? '{"success":true}' : 'no'
    return new Response(body, { status, headers })
  }

  #deliver({ customer, event }: Arrival): void {
    const key = keyOf(customer, event)
    if (this.deliveredAt.has(key)) return void this.repeats++
    this.deliveredAt.set(key, this.#clock.now())
    const lane = this.delivered.get(customer)
    if (lane === undefined) this.delivered.set(customer, [event])
    else lane.push(event)
  }

  #pass(ms: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((passed, cut) => {
      signal.addEventListener('abort', () => cut(signal.reason))
      if (ms !== undefined) this.#comeAt(this.#clock.now() + ms, passed)
    })
  }

  #comeAt(at: number, read: () => void): void {
    const coming = this.#coming.get(at)
    if (coming !== undefined) return void coming.push(read)
    this.#coming.set(at, [read])
    this.#clock.later(() => {
      const reads = this.#coming.get(at) ?? []
      this.#coming.delete(at)
      if (this.#unread === undefined) for (const each of reads) each()
      else this.#unread.push(...reads)
    }, at - this.#clock.now())
  }
}

export function keyOf(customer: string, event: string): string {
  return `${customer}:${event}`
}

/** As the platform's fetch fails. */
function failed(code: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
}
