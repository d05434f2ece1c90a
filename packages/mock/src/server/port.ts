import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FaultScripts } from '../faults/fault-scripts.ts'

/** Port of the mock: opened, shut for a while when a fault refuses connections, and closed for good. */
export class ServerPort {
  readonly #server: Server
  readonly #faults: FaultScripts
  #isOpening = false
  #closed: Promise<void> | undefined

  constructor(server: Server, faults: FaultScripts) {
    this.#server = server
    this.#faults = faults
  }

  /** @throws Error of one line that says why the port cannot be had */
  async open(port: number, host: string): Promise<AddressInfo> {
    this.#server.listen(port, host)
    try {
      await once(this.#server, 'listening')
    } catch (cause) {
      throw new Error(whyNot((cause as NodeJS.ErrnoException).code, port, host), { cause })
    }
    const address = this.#server.address() as AddressInfo
    this.#follow(address.port, host)
    return address
  }

  /** Ends every connection; resolves when the port is free. */
  close(): Promise<void> {
    return (this.#closed ??= this.#end())
  }

  /** Shuts the port while the faults refuse connections, and opens it again. */
  #follow(port: number, host: string): void {
    const openOrShut = () => {
      const { listening } = this.#server
      if (listening && (this.#faults.isRefusing || this.#closed)) this.#server.close()
      if (listening || this.#isOpening || this.#faults.isRefusing || this.#closed) return
      this.#isOpening = true
      this.#server.listen(port, host)
    }
    this.#faults.subscribe(openOrShut)
    this.#server.on('listening', () => {
      this.#isOpening = false
      openOrShut()
    })
    // Somebody else may have the port by then.
    this.#server.on('error', () => {
      this.#isOpening = false
      setTimeout(openOrShut, 50)
    })
  }

  async #end(): Promise<void> {
    const ended = this.#server.listening ? once(this.#server, 'close') : undefined
    this.#server.close()
    this.#server.closeAllConnections()
    await ended
  }
}

function whyNot(code: string | undefined, port: number, host: string): string {
  if (code === 'EADDRINUSE') return `Port ${port} is taken on ${host}: stop what listens there, or choose another`
  if (code === 'EACCES') return `Port ${port} is not open to this user: choose one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `This machine has no address ${host}: use one of its own`
  return `Cannot listen on ${host}, port ${port}: ${code}`
}

export function urlOf({ address, family, port }: AddressInfo): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${reachable}]` : reachable}:${port}`
}
