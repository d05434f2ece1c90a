import { connect } from 'node:net'
import { event, failed, type Open, token } from './contender.ts'

function bodyOf(customer: string): string {
  return JSON.stringify({ customer_id: customer, event })
}

interface Handler {
  [method: string]: (...values: never[]) => unknown
}

/** The dispatcher below Node's fetch, used as barely as it can be. */
export const dispatch: Open = (url, delivered) => {
  void globalThis.Headers
  const [newer, older] = [2, 1].map((n) => Reflect.get(globalThis, Symbol.for(`undici.globalDispatcher.${n}`)))
  const dispatcher = (newer ?? older) as { dispatch(options: object, handler: Handler): void }
  const both: Handler = {
    onConnect: () => undefined,
    onHeaders: () => true,
    onData: () => true,
    onComplete: delivered,
    onError: failed,
    onRequestStart: () => undefined,
    onResponseStart: () => undefined,
    onResponseData: () => undefined,
    onResponseEnd: delivered,
    onResponseError: (_: never, error: never) => failed(error),
  }
  const { origin } = new URL(url)
  return {
    track(customer) {
      const headers = [
        'content-type',
        'application/json',
        'authorization',
        `Bearer ${token}`,
        'idempotency-key',
        customer,
      ]
      const options = { origin, path: '/events/test', method: 'POST', headers, body: bodyOf(customer) }
      dispatcher.dispatch({ ...options, headersTimeout: 300_000, bodyTimeout: 300_000 }, both)
    },
  }
}

const connections = 32

/** Bytes on sockets: what the machine can do. */
export const sockets: Open = async (url, delivered) => {
  const { hostname, port } = new URL(url)
  const free = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true })
      socket.on('error', failed)
      socket.on('data', () => {
        free.push(socket)
        delivered()
      })
      await new Promise((connected) => socket.once('connect', connected))
      return socket
    }),
  )
  const head = `POST /events/test HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`
  return {
    track(customer) {
      const body = bodyOf(customer)
      const socket = free.pop() ?? failed('more requests than sockets')
      socket.write(`${head}idempotency-key: ${customer}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    },
  }
}
