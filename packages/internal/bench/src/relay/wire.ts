import { connect, type Socket } from 'node:net'

/** A connection that has one request under way at a time. */
export interface Connection {
  /** Sends a request, and resolves with the status of its answer once that is whole. */
  send(request: string): Promise<number>
  close(): void
}

/** Opens a connection by bytes on a socket, so that the client costs as little as it can. */
export async function connection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((connected) => socket.once('connect', connected))
  return { send: (request) => exchange(socket, request), close: () => socket.destroy() }
}

function exchange(socket: Socket, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = ''
    const settle = (): void => {
      socket.off('data', take).off('close', fail)
    }
    const take = (bytes: Buffer): void => {
      received += bytes.toString('latin1')
      if (!isWhole(received)) return
      settle()
      resolve(Number(received.slice(9, 12)))
    }
    const fail = (): void => {
      settle()
      reject(new Error('The connection was cut'))
    }
    socket.on('data', take).on('close', fail)
    socket.write(request)
  })
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, head + 2))?.[1]
  if (length !== undefined) return answer.length >= head + 4 + Number(length)
  return answer.endsWith('0\r\n\r\n')
}

let sent = 0

/** An event of one of a thousand customers, as a page sends it. */
export function pageRequest(path = '/events/test'): string {
  const number = sent++
  const body = `{"customer_id":"customer-${number % 1_000}","event":"button_click","property":{"page":"/pricing"}}`
  return [
    `POST ${path} HTTP/1.1`,
    'host: relay.example.com',
    'connection: keep-alive',
    `content-length: ${body.length}`,
    'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `idempotency-key: 00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    'accept: */*',
    `origin: ${origin}`,
    `referer: ${origin}/`,
    'accept-encoding: gzip, deflate, br, zstd',
    'accept-language: en-GB,en-US;q=0.9,en;q=0.8',
    '',
    body,
  ].join('\r\n')
}

export const key = 'pk_live_0123456789abcdefghij'
export const origin = 'https://app.example.com'
