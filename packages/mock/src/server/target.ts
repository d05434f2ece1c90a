import type { IncomingMessage } from 'node:http'

/**
 * Turns the absolute form of a target, which a client sends that has the mock as its proxy, into host and path. The host in
 * it counts for more than the header (RFC 9112, section 3.2.2).
 */
export function readTarget(request: IncomingMessage): void {
  const [, host, path = ''] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(request.url ?? '') ?? []
  if (host === undefined) return
  request.headers.host = host
  request.url = path.startsWith('/') ? path : `/${path}`
}
