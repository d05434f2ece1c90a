import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { listen as onLoopback, type Local } from '@obsidianlaunch/testkit/listen'

/** Refuses as an API does that looks at the token first. */
export const api: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(request.headers.authorization === undefined ? 401 : 400).end()
}

export function answer(status: number, headers: Record<string, string> = {}, body = ''): RequestListener {
  return (request, response) => {
    request.resume()
    response.writeHead(status, headers).end(body)
  }
}

export function listen(listener: RequestListener): Promise<Local<Server>> {
  return onLoopback(createServer(listener))
}

export function listenSecurely(pair: { key: string; cert: string }) {
  return onLoopback(createSecureServer(pair, api))
}

/** A proxy that lets everything pass, or answers with a status; and what it was asked for. */
export async function listenAsProxy(refusal?: (authorization: string | undefined) => number | undefined) {
  const asked: string[] = []
  const proxy = await listen((_request, response) => response.writeHead(400).end())
  proxy.server.on('connect', (request, socket: Socket) => {
    asked.push(request.url ?? '')
    const status = refusal?.(request.headers['proxy-authorization'])
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const { hostname, port } = new URL(`http://${request.url}`)
    const target = connect(Number(port), hostname, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    socket.pipe(target).pipe(socket)
    for (const end of [socket, target]) end.on('error', () => [socket, target].forEach((each) => each.destroy()))
    return undefined
  })
  return Object.assign(proxy, { asked })
}
