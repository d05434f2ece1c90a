import type { IncomingMessage, ServerResponse } from 'node:http'

/** Lets pages of every origin read the answers of the API, as Prism does: any token passes, so there is nothing to guard. */
export function allowOrigin({ headers }: IncomingMessage, response: ServerResponse): void {
  const { origin } = headers
  if (origin === undefined) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-credentials', 'true')
  response.setHeader('access-control-expose-headers', '*')
  response.setHeader('vary', 'origin')
}

/** Tells the question that a browser asks before it sends a request to another origin. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

export function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', headers['access-control-request-method'] ?? '')
  response.setHeader('access-control-allow-headers', headers['access-control-request-headers'] ?? '*')
  // Safari wants the length, although a 204 has no body.
  response.writeHead(204, { 'content-length': '0' }).end()
}
