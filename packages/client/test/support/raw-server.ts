import { createServer, type Socket } from 'node:net'

export interface RawServer extends AsyncDisposable {
  readonly url: string
  /** The requests that came, as text, in the order of their arrival. */
  readonly requests: string[]
  /** The connections that were made, the first one first. */
  readonly sockets: Socket[]
}

/** Answers a request, byte by byte. `nth` is its place among the requests, from 0. */
export type Script = (socket: Socket, nth: number) => void

/** A server that knows no HTTP beyond where a request ends, so that it can break every rule. */
export async function rawServer(script: Script): Promise<RawServer> {
  const requests: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let received = ''
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (let end = endOf(received); end !== undefined && end <= received.length; end = endOf(received)) {
        const nth = requests.push(received.slice(0, end)) - 1
        received = received.slice(end)
        script(socket, nth)
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** The end of the first request in the text, or undefined while its head has not come. */
function endOf(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  return head + 4 + Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? 0)
}

export function answer(body: string, { status = '200 OK', headers = [] as string[] } = {}): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
