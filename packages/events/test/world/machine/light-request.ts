/** A request as the API sees it: the platform's own class costs a hundred times as much. */
export class LightRequest {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly content: string
  readonly signal: AbortSignal

  constructor(input: string | LightRequest, init: RequestInit = {}) {
    const given: Partial<LightRequest> = typeof input === 'string' ? { url: input } : input
    this.url = given.url ?? ''
    this.method = init.method ?? given.method ?? 'GET'
    this.headers = (init.headers === undefined ? given.headers : undefined) ?? new Headers(init.headers)
    this.content = typeof init.body === 'string' ? init.body : (given.content ?? '')
    this.signal = init.signal ?? given.signal ?? new AbortController().signal
  }
}
