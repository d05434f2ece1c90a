import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Local } from '@obsidianlaunch/testkit/listen'
import type { Script, Step } from './script.ts'

export { closedPort } from '@obsidianlaunch/testkit/listen'

/** A request that came whole. */
export interface Received {
  customer: string
  /** `identify` for that call. */
  event: string
  id: string
  /** Number of requests with this id that have come, this one among them. */
  attempt: number
  /** Number of the connection by which it came, from 1. */
  connection: number
  /** Milliseconds, for differences. */
  at: number
  path: string
  headers: Readonly<Record<string, string>>
  /** The body, as it came. */
  text: string
}

/** A real server on loopback that misbehaves as it is told. Each script is used once; the last one stays. */
export async function scripted(scripts: [Script, ...Script[]], port = 0): Promise<RawServer> {
  const server = new RawServer(scripts)
  await server.listen(port)
  return server
}

export class RawServer extends Local {
  readonly received: Received[] = []
  /** Requests that were open at once, at most. */
  mostOpen = 0
  #open = 0
  #taken = 0
  readonly #attempts = new Map<string, number>()
  readonly #scripts: [Script, ...Script[]]

  constructor(scripts: [Script, ...Script[]]) {
    super(createServer({ noDelay: true }))
    this.#scripts = scripts
    this.server.on('connection', (socket: Socket) => {
      // Whoever hangs up in the middle ends the conversation.
      this.#converse(socket, this.connections).catch(() => socket.destroy())
    })
  }

  get connections(): number {
    return this.sockets.length
  }

  /** Events of customers, as they arrived: `user1:signup`. */
  get log(): string[] {
    return this.received.map(({ customer, event }) => `${customer}:${event}`)
  }

  get #next(): Script {
    return this.#scripts[Math.min(this.#taken, this.#scripts.length - 1)] ?? this.#scripts[0]
  }

  #take(): Script {
    const script = this.#next
    this.#taken++
    return script
  }

  async #converse(socket: Socket, connection: number): Promise<void> {
    if (this.#next.after === 'connection') await play(socket, this.#take().steps)
    const input = new Input(socket)
    while (!socket.destroyed) {
      const requestHead = await input.until('\r\n\r\n')
      const { after, steps } = this.#take()
      const body = () => input.take(Number(/^content-length: (\d+)/im.exec(requestHead)?.[1]))
      this.mostOpen = Math.max(this.mostOpen, ++this.#open)
      try {
        if (after !== 'head') this.#note(requestHead, await body(), connection)
        await play(socket, steps)
      } finally {
        this.#open--
      }
      if (after === 'head' && !socket.destroyed) this.#note(requestHead, await body(), connection)
    }
  }

  #note(requestHead: string, text: string, connection: number): void {
    const [requestLine = '', ...lines] = requestHead.trim().split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const id = headers['idempotency-key'] ?? ''
    const { customer_id: customer, event = 'identify' } = JSON.parse(text) as { customer_id: string; event?: string }
    const attempt = (this.#attempts.get(id) ?? 0) + 1
    this.#attempts.set(id, attempt)
    const path = requestLine.split(' ')[1] ?? ''
    this.received.push({ customer, event, id, attempt, connection, at: performance.now(), path, headers, text })
  }
}

/** Bytes that come in, read only when they are asked for: until then the other side has to wait. */
class Input {
  readonly #chunks: AsyncIterator<Buffer>
  #rest = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#chunks = socket.iterator({ destroyOnReturn: false })
  }

  async until(end: string): Promise<string> {
    while (!this.#rest.includes(end)) await this.#more()
    return this.take(this.#rest.indexOf(end) + end.length)
  }

  async take(bytes: number): Promise<string> {
    while (this.#rest.length < bytes) await this.#more()
    const taken = this.#rest.subarray(0, bytes).toString()
    this.#rest = this.#rest.subarray(bytes)
    return taken
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next()
    if (done) throw new Error('the other side has hung up')
    this.#rest = Buffer.concat([this.#rest, value])
  }
}

async function play(socket: Socket, steps: Step[]): Promise<void> {
  for (const step of steps) {
    if ('waitMs' in step) await sleep(step.waitMs)
    else if ('send' in step) await send(socket, step.send)
    else if ('trickle' in step)
      for (const part of step.trickle) await send(socket, part).then(() => sleep(step.everyMs))
    else if ('flood' in step) for (;;) await send(socket, step.flood).then(() => sleep(step.everyMs ?? 0))
    else if (step.finish === 'close') socket.destroySoon()
    else if (step.finish === 'reset') socket.resetAndDestroy()
    else await once(socket, 'close')
  }
}

function send(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve())))
}
