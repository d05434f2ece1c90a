import type { DispatchOptions } from './dispatcher.ts'
import type { LightRequest } from './light-request.ts'
import { PlainHeaders } from './plain-headers.ts'

/** How long Node's own fetch waits for the head of an answer, and for each next piece of its body. */
const timeoutMs = 300_000

/** As Node's own fetch says it, but for the encodings: an answer is a few words. */
const usual = ['accept', '*/*', 'accept-encoding', 'identity', 'user-agent', 'node']

type Address = Pick<DispatchOptions, 'origin' | 'path'>

/** A client has few addresses, and parsing one costs as much as the rest of this. */
const addresses = new Map<string, Address>()
const mostAddresses = 64

/** The request in the dispatcher's terms, or undefined for one that only a fetch can send. */
export function dispatchOptions({ url, method, headers, body }: LightRequest): DispatchOptions | undefined {
  const address = addresses.get(url) ?? addressOf(url)
  if (address === undefined || (typeof body !== 'string' && body !== undefined)) return undefined
  return {
    ...address,
    method,
    headers: headerList(headers),
    body: body ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    // One protocol on every Node; a second one would bring no speed.
    allowH2: false,
  }
}

function addressOf(url: string): Address | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) return undefined
  if (addresses.size >= mostAddresses) addresses.clear()
  const address = { origin: parsed.origin, path: parsed.pathname + parsed.search }
  addresses.set(url, address)
  return address
}

function headerList(headers: LightRequest['headers']): string[] {
  const list = headers instanceof PlainHeaders ? [...headers.list] : [...headers].flat()
  const own = list.length
  for (let i = 0; i + 1 < usual.length; i += 2) {
    const [name = '', value = ''] = [usual[i], usual[i + 1]]
    if (!isAmong(list, own, name)) list.push(name, value)
  }
  return list
}

/** Whether a header of this name is among the first of the list. */
function isAmong(list: string[], length: number, name: string): boolean {
  for (let i = 0; i < length; i += 2) if (list[i] === name) return true
  return false
}
