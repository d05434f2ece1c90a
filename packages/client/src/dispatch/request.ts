import type { DispatchOptions } from './dispatcher.ts'

/** How long Node's own fetch waits for the head of an answer, and for each next piece of its body. */
const timeoutMs = 300_000

/** As Node's own fetch says it, but for the encodings: an answer is a few words. Names and values in turn. */
export function usualHeadersOf(userAgent = 'node'): readonly string[] {
  return ['accept', '*/*', 'accept-encoding', 'identity', 'user-agent', userAgent]
}

export type Address = Pick<DispatchOptions, 'origin' | 'path'>

/** A client has few addresses, and parsing one costs as much as the rest of this. */
const addresses = new Map<string, Address>()
const mostAddresses = 64

/** Undefined for one that only a fetch can make something of. */
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

export function dispatchOptions(
  { origin, path }: Address,
  method: string,
  headers: string[],
  body: string | null,
): DispatchOptions {
  // One protocol on every Node; a second one would bring no speed.
  return { origin, path, method, headers, body, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, allowH2: false }
}
