import { fork } from 'node:child_process'
import { createServer, type Socket } from 'node:net'

function answer(body: string): Buffer {
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`
  return Buffer.from(`${head}connection: keep-alive\r\n\r\n${body}`)
}

/** What pleases us and the peers, but for one that wants a 1 from its own path. */
const usual = answer('{"success":true,"code":200,"status":1}')
const one = answer('1')
const onePath = ' /track?'

export interface Sink {
  readonly url: string
  close(): void
}

/**
 * A server that does next to nothing, so that what is measured is the client: it finds the end of each request and answers.
 * It has a process of its own.
 */
export function startSink(delayMs = 0): Promise<Sink> {
  const child = fork(new URL(import.meta.url), [String(delayMs)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (port: number) => {
      resolve({ url: `http://127.0.0.1:${port}`, close: () => child.kill() })
    })
  })
}

function serve(socket: Socket, delayMs: number): void {
  const respond = (bytes: Buffer) =>
    delayMs === 0 ? socket.write(bytes) : setTimeout(() => socket.write(bytes), delayMs)
  let received: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    for (let end = endOf(received); end !== undefined && end <= received.length; end = endOf(received)) {
      respond(received.toString('latin1', 0, 16).includes(onePath) ? one : usual)
      received = received.subarray(end)
    }
  })
}

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

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  const delayMs = Number(process.argv[2])
  const server = createServer((socket) => serve(socket, delayMs))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') process.send?.(address?.port)
  })
  process.on('disconnect', () => process.exit())
}
