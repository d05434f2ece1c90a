import { PlainHeaders, plainHeaders } from './plain-headers.ts'

type Init = RequestInit & { [plainHeaders]?: PlainHeaders }

/** As much of the platform's `Request` as sending one takes, at a fraction of its cost. */
export class LightRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers | PlainHeaders
  readonly body: unknown
  readonly signal: AbortSignal | undefined

  constructor(url: string, { method = 'GET', headers, body, signal, [plainHeaders]: plain }: Init = {}) {
    this.url = url
    this.method = method
    // openapi-fetch makes one for this request alone.
    const own = headers as Headers
    this.headers = plain ?? own
    // The one header that openapi-fetch adds, and that it always adds to text.
    const type = typeof body === 'string' ? 'application/json' : own.get('content-type')
    if (plain && type !== null) plain.set('content-type', type)
    this.body = body
    this.signal = signal ?? undefined
  }

  /** The same request for a fetch. */
  toStandard(): Request {
    const { method, signal } = this
    const headers = [...this.headers]
    const body = this.body as RequestInit['body']
    return new Request(this.url, { method, headers, body: body ?? null, signal: signal ?? null, redirect: 'manual' })
  }
}
