/** The second argument of a `fetch`: plain values, which every implementation takes and which can be spread into a copy. */
export interface FetchInit {
  method: string
  /** Names in lower case. */
  headers: Record<string, string>
  body?: string
  signal: AbortSignal
  redirect: 'error' | 'follow' | 'manual'
  /** True where the request is to survive the page that makes it. */
  keepalive?: boolean
}

/** As much of a response as is read. That of every implementation has it. */
export interface FetchResult {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}

/**
 * A function that sends a request: the platform's `fetch`, that of a package, or one of your own.
 *
 * @example
 * const throughProxy: Fetch = (url, init) => undici.fetch(url, { ...init, dispatcher: new undici.ProxyAgent(proxy) })
 */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResult>
