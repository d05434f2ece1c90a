import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('server.ts', import.meta.url))

/** The state of a server, as it tells it. */
export interface State {
  cpuMicros: number
  residentMB: number
  pending: number
}

/** A server between pages and the API, in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** @param port 0 lets the system choose one */
  static async start(kind: string, url: string, file: string, port = 0): Promise<ServerProcess> {
    const child = fork(program, [kind, String(port), url, file], { execArgv: ['--expose-gc'] })
    const [listening] = (await once(child, 'message')) as [number]
    return new ServerProcess(child, listening)
  }

  async state(): Promise<State> {
    this.#child.send('state')
    const [state] = (await once(this.#child, 'message')) as [State]
    return state
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}
