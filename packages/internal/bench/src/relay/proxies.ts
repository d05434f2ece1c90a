import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { token } from '../contenders/contender.ts'
import type { Between } from './kind.ts'

/** Their own install, with versions pinned there; their types are not ours to check. */
const peer = createRequire(new URL('../../peers/package.json', import.meta.url))

const authorization = `Bearer ${token}`
const pending = () => 0

/** As its README has it, with connections that are kept. */
export async function httpProxy(port: number, target: string): Promise<Between> {
  const proxy = peer('http-proxy').createProxyServer({
    target,
    agent: new Agent({ keepAlive: true }),
    headers: { authorization },
  })
  proxy.on('error', (_error: unknown, _request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(502).end()
  })
  const server = createServer((request, response) => proxy.web(request, response))
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return { port: (server.address() as AddressInfo).port, pending }
}

/** As Hono's documentation has it. */
export async function honoProxy(port: number, target: string): Promise<Between> {
  const { Hono } = peer('hono')
  const { proxy } = peer('hono/proxy')
  const { serve } = peer('@hono/node-server')
  const app = new Hono()
  app.post('/events/test', (context: HonoContext) =>
    proxy(`${target}${context.req.path}`, {
      ...context.req,
      headers: { ...context.req.header(), authorization },
    }),
  )
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) =>
      resolve({ port: info.port, pending }),
    )
  })
}

interface HonoContext {
  req: { path: string; header(): Record<string, string> }
}
