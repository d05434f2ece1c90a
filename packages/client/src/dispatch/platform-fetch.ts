import { type Dispatcher, globalDispatchers, isPlatformDispatcher, isPlatformFetch } from './dispatcher.ts'
import { addressOf } from './request.ts'

/**
 * Sends by the platform's fetch, looked up at every request. Plain http to this machine does not go through a proxy, also
 * where this Node uses the proxies of its environment: they would see the token.
 */
export function platformFetch(url: string, init: RequestInit): Promise<Response> {
  const mayMeetProxy = isPlainLoopback(url) && isPlatformFetch(globalThis.fetch)
  const dispatcher = mayMeetProxy ? dispatcherWithoutProxies() : undefined
  if (dispatcher === undefined) return globalThis.fetch(url, init)
  return globalThis.fetch(url, { ...init, dispatcher } as unknown as RequestInit)
}

/** Tells whether it is this machine: RFC 6761, section 6.3 for the name; RFC 1122 and RFC 4291 for the addresses. */
function isPlainLoopback(url: string): boolean {
  return /^http:\/\/(([^/]*\.)?localhost|127(\.\d+){3}|\[::1\])(:|$)/.test(addressOf(url)?.origin ?? '')
}

/** A dispatcher of Node's own class for the proxies of the environment, which is to be had only from one that is there. */
let made: Dispatcher | undefined

/** A dispatcher that uses none of them; undefined where the platform's fetch uses none either. */
function dispatcherWithoutProxies(): Dispatcher | undefined {
  const { newer, older } = globalDispatchers()
  const dispatcher = newer ?? older
  if (dispatcher === undefined || !isPlatformDispatcher(dispatcher, /^EnvHttpProxyAgent$/)) return undefined
  const ProxyAgent = dispatcher.constructor as new (options: object) => Dispatcher
  return (made ??= new ProxyAgent({ httpProxy: '', httpsProxy: '', noProxy: '*' }))
}
