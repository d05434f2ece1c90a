import { connect, createServer, type Socket } from 'node:net'
import { Local } from './listen.ts'

/** A connection from one side to the other. */
export interface Link {
  readonly client: Socket
  readonly server: Socket
  /** All that the client has sent, as text. */
  sent: string
}

/** Says what becomes of a connection whose client sends a text. */
export type Fate = 'passes' | 'cut' | 'unanswered'

/** A network between a program and a server on loopback, which fails as it is told. */
export class Proxy extends Local {
  /** The port of the server. It may change: connections that are there stay where they are. */
  target: number
  /** The way to the server and the way back each take so long. */
  delayMs = 0
  /**
   * Decides about what a client sends: it is `cut` in the middle, and the connection with it; or it arrives and is carried out,
   * and the connection ends in place of the answer.
   */
  decide: (text: string) => Fate = () => 'passes'
  readonly links = new Set<Link>()
  readonly #stopped = new Set<Link>()
  #isStopped = false

  private constructor(target: number) {
    super(createServer({ noDelay: true, pauseOnConnect: true }))
    this.target = target
    this.server.on('connection', (client: Socket) => this.#link(client))
  }

  static async start(target: number): Promise<Proxy> {
    const proxy = new Proxy(target)
    await proxy.listen()
    return proxy
  }

  /** The address of a server, by way of this one. */
  through(url: string): string {
    return Object.assign(new URL(url), { port: String(this.port) }).href
  }

  /** Connections stay open and new ones are taken, but nothing passes: of one link, or of all. */
  stop(only?: Link): void {
    this.#isStopped ||= only === undefined
    for (const link of only === undefined ? this.links : [only]) {
      this.#stopped.add(link)
      link.client.pause()
      link.server.pause()
    }
  }

  /** Everything passes again, also what was sent meanwhile. */
  go(): void {
    this.#isStopped = false
    for (const { client, server } of this.#stopped) {
      client.resume()
      server.resume()
    }
    this.#stopped.clear()
  }

  #link(client: Socket): void {
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true })
    const link: Link = { client, server, sent: '' }
    this.links.add(link)
    let isUnanswered = false
    const end = (): void => {
      this.links.delete(link)
      client.destroy()
      server.destroy()
    }
    client.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1')
      link.sent += text
      const fate = this.decide(text)
      if (fate === 'cut') server.write(chunk.subarray(0, chunk.length >> 1), end)
      else this.#pass(() => server.write(chunk))
      isUnanswered ||= fate === 'unanswered'
    })
    server.on('data', (chunk: Buffer) => (isUnanswered ? end() : this.#pass(() => client.write(chunk))))
    for (const socket of [client, server]) {
      socket.on('error', () => undefined)
      socket.on('close', end)
    }
    if (this.#isStopped) this.stop(link)
    else client.resume()
  }

  #pass(write: () => void): void {
    if (this.delayMs === 0) write()
    else setTimeout(write, this.delayMs)
  }
}
