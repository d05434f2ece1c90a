import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as TlsAgent, request as requestHttps } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { Headers } from '../recording/headers.ts'
import { type Payload, payloadOf, plainReply } from './reply.ts'

/** A request as it goes on to the real server. */
export interface Forwarded {
  method: string
  path: string
  headers: Headers
  bytes: Buffer
}

/** Real server behind the mock. */
export interface Upstream {
  /** Passes on its answer as it is, redirects and errors too; 502 or 504 if there is none. */
  forward(request: Forwarded): Promise<Payload>
  close(): void
}

export function createUpstream(url: string, timeout = 30_000): Upstream {
  const base = new URL(url)
  const isTls = base.protocol === 'https:'
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  const noAnswer = (status: number, reason: string) =>
    payloadOf(plainReply(status, `No answer from the upstream ${base.origin}: ${reason}`))
  const ask = (forwarded: Forwarded) =>
    new Promise<Payload>((resolve, reject) => {
      const { method, path, bytes } = forwarded
      const target = new URL(base.origin)
      const headers = { ...onward(forwarded.headers), host: base.host }
      const options = { method, agent, timeout, headers, path: base.pathname.replace(/\/$/, '') + path }
      const request = isTls ? requestHttps(target, options) : requestHttp(target, options)
      request.once('response', (response) => payloadFrom(response, method).then(resolve, reject))
      request.once('timeout', () => {
        resolve(noAnswer(504, `it did not answer within ${timeout / 1000} s`))
        request.destroy()
      })
      request.once('error', reject)
      request.end(bytes)
    })
  return {
    forward: (forwarded) =>
      ask(forwarded).catch(({ code, message }: NodeJS.ErrnoException) =>
        noAnswer(502, `${code ?? 'error'}, ${message}`),
      ),
    close: () => agent.destroy(),
  }
}

async function payloadFrom(response: IncomingMessage, method: string): Promise<Payload> {
  const { statusCode: status = 502, headers } = response
  const body = await buffer(response)
  const isBodiless = method === 'HEAD' || status === 204 || status === 304
  const length = isBodiless ? {} : { 'content-length': String(body.length) }
  return { status, headers: { ...onward(headers), ...length }, body }
}

// Those between two neighbours only (RFC 9110, section 7.6.1), and the wish for a 100 that has been granted already.
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function onward(headers: Headers | IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set((headers['connection'] ?? '').toLowerCase().split(/\s*,\s*/))
  const kept: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name) && !named.has(name)) kept[name] = value
  }
  return kept
}
