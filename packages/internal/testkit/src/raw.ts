import { createServer, type Socket } from 'node:net'
import { listen, type Local } from './listen.ts'

export interface RawServer extends Local {
  /** The requests that came, byte by byte, in the order of their arrival. */
  readonly requests: string[]
}

/** Answers a request, byte by byte. `nth` is its place among the requests, from 0. */
export type Script = (socket: Socket, nth: number) => void

/** A server that knows no HTTP beyond where a request ends, so that it can break every rule. */
export async function rawServer(script: Script): Promise<RawServer> {
  const requests: string[] = []
  const server = createServer({ noDelay: true }, (socket) =>
    onRequests(socket, (request) => script(socket, requests.push(request.toString('latin1')) - 1)),
  )
  return Object.assign(await listen(server), { requests })
}

/** Calls back for each request that has come whole. */
export function onRequests(socket: Socket, come: (request: Buffer) => void): void {
  let received: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (let end = endOf(received); end !== undefined && end <= received.length; end = endOf(received)) {
      const request = received.subarray(0, end)
      received = received.subarray(end)
      come(request)
    }
  })
}

/** The end of the first request, or undefined while it is not known yet. */
function endOf(bytes: Buffer): number | undefined {
  const head = bytes.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const text = bytes.toString('latin1', 0, head)
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1]
  if (length !== undefined) return head + 4 + Number(length)
  if (!/\r\ntransfer-encoding: *chunked/i.test(text)) return head + 4
  const last = bytes.indexOf('\r\n0\r\n\r\n', head)
  return last === -1 ? undefined : last + 7
}

export function answer(body: string, { status = '200 OK', headers = [] as string[] } = {}): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
