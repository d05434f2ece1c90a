/** A request that has arrived and waits for its answer. */
export interface Call {
  readonly customer: string
  readonly event: string
  readonly id: string | null
  readonly signal: AbortSignal | null
  answer(status: number, headers?: Record<string, string>): void
}

/** A way to treat a request; without an answer it hangs. */
export type Way = (call: Call) => void

export const ok: Way = (call) => call.answer(200)
export const hang: Way = () => undefined
/** It asks to wait for half a minute. */
export const busy: Way = (call) => call.answer(429, { 'retry-after': '30' })
export const refuse: Way = (call) => call.answer(401)

/**
 * An API behind the tracker's option `fetch`: no network, so whatever can happen has happened when the event loop is at
 * rest. It hears no signal, as the worst of fetches does not.
 */
export class Api {
  way: Way = ok
  /** Events that arrived, in order: `alice:signup`. */
  readonly log: string[] = []
  readonly calls: Call[] = []
  /** Called when a request has arrived. */
  onArrival: () => void = () => undefined

  readonly fetch = async (input: Request | string, init?: RequestInit): Promise<Response> => {
    const request = typeof input === 'string' ? new Request(input, init) : input
    const signal = init?.signal ?? request.signal
    const body = (await request.json()) as { customer_id: string; event?: string }
    const [customer, event] = [body.customer_id, body.event ?? 'identify']
    return new Promise((resolve) => {
      const answer = (status: number, headers: Record<string, string> = {}) => {
        const text = status < 300 ? '{"success":true}' : 'no'
        resolve(new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } }))
      }
      const call = { customer, event, id: request.headers.get('idempotency-key'), signal, answer }
      this.log.push(`${customer}:${event}`)
      this.calls.push(call)
      this.onArrival()
      this.way(call)
    })
  }

  /** The last request for an event. */
  last(event: string): Call {
    const call = this.calls.findLast((each) => each.event === event)
    if (call === undefined) throw new Error(`${event} has not arrived`)
    return call
  }
}
