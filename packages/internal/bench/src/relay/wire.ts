import { connect, type Socket } from 'node:net'

/** A connection that has one request under way at a time. */
export interface Connection {
  /** Sends a request, and resolves with the status of its answer once that is whole. */
  readonly send: (request: string) => Promise<number>
}

/** Opens a connection by bytes on a socket, so that the client costs as little as it can. */
export async function connection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise((connected) => socket.once('connect', connected))
  return { send: (request) => exchange(socket, request) }
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
