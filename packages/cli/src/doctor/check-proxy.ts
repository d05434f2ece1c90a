import type { Shell } from '../terminal/shell.ts'
import { plain } from '../terminal/text.ts'
import { type Finding, ok, warning } from './checklist.ts'

/** Route to the server: direct, or through a proxy. */
export interface Route {
  url: URL
  proxy?: URL
}

/** Checks what the running Node does with the variables for proxies, and the SDK with it. */
export function checkProxy({ env, fromDotenv }: Shell, url: URL): Finding<Route> {
  const name = (url.protocol === 'https:' && variableOf('https', env)) || variableOf('http', env)
  const address = name && env[name]
  if (!name || !address) return ok('None is set.', { yields: { url } })
  const noProxy = env['no_proxy'] ?? env['NO_PROXY'] ?? ''
  if (isExempt(url, noProxy)) return ok(`${name} is set, and NO_PROXY exempts this server.`, { yields: { url } })
  if (!usesProxies()) {
    const why = fromDotenv.has(name) ? ' It has to be set before Node starts, which --dotenv does not do.' : ''
    const advice = `If the proxy is needed, set NODE_USE_ENV_PROXY=1 (Node 24, or 22 from 22.21).${why}`
    return warning(`${name} is set, but this Node does not use it.`, advice, { yields: { url } })
  }
  const proxy = new URL(address)
  return ok(`${plain(`${proxy.protocol}//${proxy.host}`)}, by ${name}.`, { yields: { url, proxy } })
}

/** Name of the variable that Node reads: lower case first, even if it is empty. */
function variableOf(scheme: 'http' | 'https', env: NodeJS.ProcessEnv): string | undefined {
  const [lower, upper] = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`]
  const name = env[lower] === undefined ? upper : lower
  return env[name] ? name : undefined
}

/** Tells a Node that has put its agent for proxies in place, which it does when it starts. */
function usesProxies(): boolean {
  const dispatchers = globalThis as { [name: symbol]: object | undefined }
  return [1, 2].some((protocol) => {
    const dispatcher = dispatchers[Symbol.for(`undici.globalDispatcher.${protocol}`)]
    return dispatcher?.constructor.name === 'EnvHttpProxyAgent'
  })
}

/** Tells a server that NO_PROXY exempts, by the rules of Node's own agent. @see https://undici.nodejs.org/#/docs/api/EnvHttpProxyAgent */
function isExempt({ hostname, port, protocol }: URL, noProxy: string): boolean {
  if (noProxy === '*') return true
  const host = bare(hostname)
  const ownPort = port || (protocol === 'https:' ? '443' : '80')
  return noProxy
    .toLowerCase()
    .split(/[,\s]/)
    .some((entry) => {
      const [, name, onlyPort = ownPort] = /^(?:\*?\.)?(\[.+\]|[^:]+|.*:.*:.*)(?::(\d+))?$/.exec(entry) ?? []
      if (name === undefined || onlyPort !== ownPort) return false
      return host === bare(name) || host.endsWith(`.${bare(name)}`)
    })
}

/** Host without the brackets of an address and the dot at the end of a name. */
function bare(host: string): string {
  return host.replace(/^\[(.+)\]$/, '$1').replace(/(.)\.$/, '$1')
}
