import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A server on this machine, which goes with its connections. */
export class Local<S extends Server = Server> implements AsyncDisposable {
  readonly server: S
  /** The connections that were made, the first one first. */
  readonly sockets: Socket[] = []
  /** It stays known when the server has gone. */
  port = 0

  constructor(server: S) {
    this.server = server
    server.on('connection', (socket: Socket) => {
      this.sockets.push(socket)
      // What the other side does to it is no fault of a test.
      socket.on('error', () => undefined)
    })
  }

  async listen(port = 0): Promise<void> {
    this.server.listen(port, '127.0.0.1')
    await once(this.server, 'listening')
    this.port = (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Cuts what is open; new connections are let in. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined
    this.server.close()
    this.cut()
    await closed
  }
}

/** Lets a server listen on loopback. */
export async function listen<S extends Server>(server: S, port = 0): Promise<Local<S>> {
  const local = new Local(server)
  await local.listen(port)
  return local
}

/** A port of this machine where nobody listens, nor will by chance. */
export function closedPort(): Promise<number> {
  return reservedPort()
}

/** A port for a program that is started a moment later: the system gives it to nobody else by itself, as it does with those from 32768. */
export async function reservedPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    try {
      await using local = await listen(createServer(), port)
      return local.port
    } catch {
      // Somebody has it.
    }
  }
}
