import type { WorldClock } from '../machine/clock.ts'
import type { LightRequest } from '../machine/light-request.ts'
import type { Reply } from '../script/script.ts'
import { identityOf } from './identity.ts'

/** A request that has arrived, and what comes of it. */
export interface Exchange {
  readonly request: LightRequest
  readonly customer: string
  /** Names the event: each has a name of its own. */
  readonly label: string
  readonly poison: number | undefined
  readonly openedAt: number
  /** Neither answered nor given up. */
  isOpen: boolean
  reply: Reply
}

/** Is told what the API sees. */
export interface ApiListener {
  arrived(exchange: Exchange): void
  /** The head of an answer, or a failure, reaches the process. */
  answered(exchange: Exchange): void
  givenUp(exchange: Exchange): void
}

const fine: Reply = { status: 200, afterMs: 5 }

/** The API as one world has it: it answers each request as the weather says, and some customers and events never well. */
export class WorldApi {
  weather: readonly Reply[] = [fine]
  /** Replies to the next requests, before the weather. */
  readonly next: Reply[] = []
  /** Statuses by customer, which a firewall answers for ever. */
  readonly waf = new Map<string, number>()
  /** Tells whether events that were made to be refused are. */
  refusesPoison = true
  /** The tokens that it takes; what was rotated away is refused. */
  token: string | undefined
  /** It takes the identities of customers that were made with that token, each for its own customer. */
  hasIdentities = false
  /** Happens when the next request arrives. */
  atNext: (() => void) | undefined
  readonly #clock: WorldClock
  #requests = 0

  constructor(clock: WorldClock) {
    this.#clock = clock
  }

  /** Answers everybody well, from now on. */
  heal(): void {
    this.weather = [fine]
    this.next.length = 0
    this.waf.clear()
    this.atNext = undefined
    this.refusesPoison = false
  }

  fetch(request: LightRequest, listener: ApiListener): Promise<Response> {
    const { signal } = request
    if (signal.aborted) return Promise.reject(signal.reason as Error)
    const exchange = this.#exchangeOf(request)
    listener.arrived(exchange)
    return new Promise((answer, fail) => {
      const { reply } = exchange
      const end = (run: () => void): void => {
        if (!exchange.isOpen) return
        exchange.isOpen = false
        listener.answered(exchange)
        run()
      }
      signal.addEventListener('abort', () => {
        if (!exchange.isOpen) return
        listener.givenUp(exchange)
        exchange.isOpen = false
        if (!reply.isDeaf) fail(signal.reason as Error)
      })
      const { status } = reply
      if (status === 'silent') return
      const arrives = typeof status === 'number' ? () => answer(this.#answerTo(exchange, status)) : () => fail(broken())
      this.#clock.later(() => end(arrives), reply.afterMs)
    })
  }

  #exchangeOf(request: LightRequest): Exchange {
    const {
      customer_id: customer,
      event,
      name,
      properties,
    } = JSON.parse(request.content) as {
      customer_id: string
      event?: string
      name?: string
      properties?: { poison?: number }
      property?: { poison?: number }
    }
    const label = String(event ?? name)
    const poison = Number(/ poison (\d+)/.exec(label)?.[1] ?? properties?.poison) || undefined
    const exchange = { request, customer, label, poison, openedAt: this.#clock.now, isOpen: true, reply: fine }
    return { ...exchange, reply: this.#replyTo(exchange) }
  }

  #replyTo({ request, customer, poison }: Exchange): Reply {
    this.atNext?.()
    this.atNext = undefined
    const given = request.headers.get('authorization')
    if (this.token !== undefined) {
      const right = this.hasIdentities ? identityOf(this.token, customer) : this.token
      if (given !== `Bearer ${right}`) return refusal(401)
    }
    const status = (this.refusesPoison ? poison : undefined) ?? this.waf.get(customer)
    if (status !== undefined) return refusal(status)
    return this.next.shift() ?? (this.weather[this.#requests++ % this.weather.length] as Reply)
  }

  #answerTo({ request, reply }: Exchange, status: number): Response {
    const headers = new Headers({ 'x-request-id': `request-${this.#requests}` })
    if (!reply.hasNoDate) headers.set('date', this.#dateIn(0))
    const { retryAfter } = reply
    const distance = /^\[(-?\d+)\]$/.exec(retryAfter ?? '')?.[1]
    if (retryAfter !== undefined) {
      headers.set('retry-after', distance === undefined ? retryAfter : this.#dateIn(Number(distance)))
    }
    if (reply.body === 'echo') headers.set('x-echo', request.headers.get('authorization') ?? '')
    return { status, headers, ...this.#bodyOf(request, reply) } as unknown as Response
  }

  #bodyOf(request: LightRequest, { body }: Reply): { text?: () => Promise<string>; body?: object } {
    switch (body) {
      case 'junk':
        return text('<html>\u001b[31m\nno JSON{')
      case 'empty':
        return text('')
      case 'echo':
        return text(JSON.stringify({ error: `you sent ${request.headers.get('authorization') ?? ''}` }))
      case 'cut':
        return { text: () => Promise.reject(broken()) }
      case 'endless':
        return { body: { getReader: () => this.#endless() } }
      default:
        return text('{"success":true}')
    }
  }

  #endless(): object {
    const value = new Uint8Array(20_000)
    const read = () => new Promise((chunk) => this.#clock.later(() => chunk({ done: false, value }), 40))
    return { read, cancel: () => Promise.resolve() }
  }

  #dateIn(ms: number): string {
    return new Date(Math.floor((this.#clock.trueTime + ms) / 1_000) * 1_000).toUTCString()
  }
}

function refusal(status: number): Reply {
  return { status, afterMs: 5 }
}

function text(content: string): { text: () => Promise<string> } {
  return { text: () => Promise.resolve(content) }
}

/** As the platform's fetch fails. */
function broken(): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('ECONNRESET'), { code: 'ECONNRESET' }) })
}

/** Tells whether the API has taken the event. */
export function hasTaken({ reply: { status } }: Exchange): boolean {
  return status === 'lost' || (typeof status === 'number' && status >= 200 && status < 300)
}
