/** Origins whose pages may send events, and read the answers. */
export class Origins {
  readonly #allowed: ReadonlySet<string>

  constructor(origins: readonly string[]) {
    this.#allowed = new Set(origins)
  }

  /** Tells whether a request may be answered: it comes from no page, or from one of an origin in the list. */
  allow(origin: string | null): boolean {
    return origin === null || this.#allowed.has(origin)
  }

  /** Lets the page read an answer. Exactly one origin is named, and no credentials are ever allowed. */
  expose(origin: string | null, headers: Headers): void {
    headers.append('vary', 'Origin')
    if (origin === null || !this.#allowed.has(origin)) return
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-expose-headers', 'retry-after')
  }
}

/** Answers what a browser asks before it sends a request to another origin. @see https://fetch.spec.whatwg.org/#http-cors-protocol */
export function preflightAnswer(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, idempotency-key',
      // Chromium asks again after two hours whatever is said.
      'access-control-max-age': '7200',
    },
  })
}

export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}
