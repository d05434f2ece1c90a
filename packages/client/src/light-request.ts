import { type LightParts, lightParts } from './light-parts.ts'
import type { PlainHeaders } from './plain-headers.ts'

type Init = RequestInit & { [lightParts]?: LightParts }

/** As much of the platform's `Request` as sending one takes, at a fraction of its cost. */
export class LightRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers | PlainHeaders
  readonly body: unknown
  readonly signal: AbortSignal | undefined

  constructor(url: string, { method = 'GET', headers, body, signal, [lightParts]: parts }: Init = {}) {
    this.url = url
    this.method = method
    // openapi-fetch makes the other one for this request alone.
    this.headers = parts?.headers ?? (headers as Headers)
    this.body = parts === undefined ? body : parts.body
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
