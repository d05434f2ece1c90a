import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { request as requestByHttp } from 'node:http'
import { request as requestByHttps } from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { connectionProblem } from '@obsidianlaunch/events-client/core'
import { plain } from '../terminal/text.ts'
import type { Route } from './check-proxy.ts'
import { type Finding, failure, ok } from './checklist.ts'

/** Host and port to connect to: the proxy's, if there is one. */
function dialled({ url, proxy }: Route): { host: string; port: number } {
  const { hostname, port, protocol } = proxy ?? url
  return { host: hostname.replace(/^\[(.+)\]$/, '$1'), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

export async function checkName(route: Route, signal: AbortSignal): Promise<Finding<Route>> {
  const { host } = dialled(route)
  if (isIP(host) !== 0) return ok(`${host} is an address, not a name.`, { yields: route })
  try {
    const found = await unlessAborted(lookup(host, { all: true }), signal)
    const addresses = found.map(({ address }) => address)
    return ok(`${plain(host)} is ${addresses.join(', ')}.`, { facts: { addresses }, yields: route })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTFOUND') return failure(`No such name: ${plain(host)}.`, whereToLook(route))
    return failure(
      `${plain(host)} cannot be looked up: ${reasonOf(error)}.`,
      'Check the network connection and the DNS server.',
    )
  }
}

/** Opens a connection to the server, through the proxy if there is one. */
export async function checkConnection(route: Route, signal: AbortSignal): Promise<Finding<Socket>> {
  const { host, port } = dialled(route)
  const startedAt = performance.now()
  try {
    const isTunnelled = route.proxy !== undefined && route.url.protocol === 'https:'
    const socket = await (isTunnelled ? tunnel(route, signal) : open(host, port, signal))
    const ms = Math.round(performance.now() - startedAt)
    const whose = route.proxy ? ', by the proxy' : ''
    return ok(`Open after ${ms} ms${whose}.`, { facts: { ms }, yields: socket })
  } catch (error) {
    if (error instanceof RefusedByProxy) {
      const advice =
        error.status === 407
          ? 'Put its user and password into the variable: http://user:password@host:port'
          : 'Ask the administrator of the proxy to let this server pass.'
      return failure(`The proxy refuses: ${error.status}.`, advice)
    }
    return failure(
      `${plain(host)}, port ${port}: ${reasonOf(error)}.`,
      `${whereToLook(route)} A firewall may be in the way.`,
    )
  }
}

async function open(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

class RefusedByProxy extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The proxy answered ${status}`)
    this.status = status
  }
}

/** Opens a connection to the server through its proxy (RFC 9110, section 9.3.6). */
async function tunnel(route: Route, signal: AbortSignal): Promise<Socket> {
  const { url, proxy = url } = route
  const target = `${url.hostname}:${url.port || 443}`
  const { username, password } = proxy
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const request = (proxy.protocol === 'https:' ? requestByHttps : requestByHttp)({
    ...dialled(route),
    method: 'CONNECT',
    path: target,
    agent: false,
    signal,
    headers: {
      Host: target,
      ...(username && { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
  })
  request.end()
  const [{ statusCode }, socket] = (await once(request, 'connect')) as [{ statusCode: number }, Socket]
  if (statusCode === 200) return socket
  socket.destroy()
  throw new RefusedByProxy(statusCode)
}

function whereToLook({ proxy }: Route): string {
  return proxy ? 'Check the address of the proxy.' : 'Check the base URL, and the network connection.'
}

/** Rejects when the signal is aborted, for a promise of a function that takes no signal. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new AbortController()
  try {
    const aborted = once(signal, 'abort', { signal: over.signal }).then(() => Promise.reject(signal.reason as Error))
    return await Promise.race([promise, aborted])
  } finally {
    over.abort()
  }
}

/** Reason why there was no connection or no answer, in words if the code is known. */
export function reasonOf(error: unknown): string {
  const { name, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError' || code === 'ABORT_ERR') return 'no answer in time (--timeout)'
  return plain(connectionProblem(error, '').reason)
}
