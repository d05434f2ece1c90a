import type { DispatchOptions } from './dispatcher.ts'

/** As much of an AbortSignal as a request needs. A real one costs as much as the rest of a request to make and to watch. */
export interface RequestSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A request, whichever front made it, as far as its exchange has to know it. */
export interface Outgoing {
  readonly signal: RequestSignal | null | undefined
  /**
   * Tells whether it may be sent once more: the server knows that it came before, and its sender allows for it.
   *
   * @default it may
   */
  mayRepeat?(): boolean
}

/** The time that Node's own fetch gives the head of an answer, and each next piece of its body. */
const timeoutMs = 300_000

/** Headers as Node's own fetch sends them, but for the encodings: an answer is a few words. Names and values in turn. */
export function defaultHeaders(userAgent = 'node'): readonly string[] {
  return ['accept', '*/*', 'accept-encoding', 'identity', 'user-agent', userAgent]
}

/** Tells whether the platform's `Headers` would take the value of a header as it is. */
export function isPlainValue(value: string): boolean {
  return /^[!-~]([ -~]*[!-~])?$/.test(value)
}

export type Address = Pick<DispatchOptions, 'origin' | 'path'>

/** A client has few addresses, and parsing one costs as much as the rest of its request. */
const addresses = new Map<string, Address>()
const mostAddresses = 64

/** The address that the dispatcher takes; undefined for one that only a fetch can make something of. */
export function addressOf(url: string): Address | undefined {
  const known = addresses.get(url)
  if (known !== undefined) return known
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) return undefined
  if (addresses.size >= mostAddresses) addresses.clear()
  const address = { origin: parsed.origin, path: parsed.pathname + parsed.search }
  addresses.set(url, address)
  return address
}

/** A request in the dispatcher's terms. */
export function dispatchOptions(
  { origin, path }: Address,
  method: string,
  headers: string[],
  body: string | null,
): DispatchOptions {
  // One protocol on every Node; a second one would bring no speed.
  return { origin, path, method, headers, body, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, allowH2: false }
}
