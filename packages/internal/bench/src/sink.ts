import { fork } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { answer, onRequests } from '@obsidianlaunch/testkit/raw'
import { type Figures, inTurns } from './measure.ts'

/** The answer for us and the peers, but for one that wants a 1 from its own path. */
const headers = ['content-type: application/json', 'connection: keep-alive']
const usual = Buffer.from(answer('{"success":true,"code":200,"status":1}', { headers }))
const one = Buffer.from(answer('1', { headers }))
const onePath = ' /track?'

interface Sink {
  readonly url: string
  close(): void
}

/**
 * A server that does next to nothing, so that what is measured is the client: it finds the end of each request and answers.
 * It has a process of its own.
 */
function startSink(delayMs = 0): Promise<Sink> {
  const child = fork(new URL(import.meta.url), [String(delayMs)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (port: number) => {
      resolve({ url: `http://127.0.0.1:${port}`, close: () => child.kill() })
    })
  })
}

/** Measures several things in turns, all against one such server. */
export async function againstSink<K>(
  keys: K[],
  rounds: number,
  once: (key: K, url: string) => Promise<Figures>,
  delayMs = 0,
): Promise<Map<K, Figures[]>> {
  const sink = await startSink(delayMs)
  try {
    return await inTurns(keys, rounds, (key) => once(key, sink.url))
  } finally {
    sink.close()
  }
}

function serve(socket: Socket, delayMs: number): void {
  socket.on('error', () => undefined)
  onRequests(socket, (request) => {
    const bytes = request.toString('latin1', 0, 16).includes(onePath) ? one : usual
    if (delayMs === 0) socket.write(bytes)
    else setTimeout(() => socket.write(bytes), delayMs)
  })
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  const delayMs = Number(process.argv[2])
  const server = createServer({ noDelay: true }, (socket) => serve(socket, delayMs))
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object') process.send?.(address?.port)
  })
  process.on('disconnect', () => process.exit())
}
