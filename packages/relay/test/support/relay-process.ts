import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Looks, RelayProgram } from './relay-program.ts'

const program = fileURLToPath(new URL('relay-program.ts', import.meta.url))

/** A relay in a process of its own, which must say nothing and not end before it is told to. */
export class RelayProcess implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown[]>
  #said = ''

  private constructor(child: ChildProcess, exited: Promise<unknown[]>, port: number) {
    this.#child = child
    this.#exited = exited
    this.port = port
    child.stderr?.on('data', (bytes: Buffer) => (this.#said += bytes.toString()))
  }

  static async start(settings: RelayProgram): Promise<RelayProcess> {
    const child = fork(program, [JSON.stringify(settings)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const exited = once(child, 'exit')
    const said = new Promise<string>((resolve) => child.stderr?.once('data', (bytes: Buffer) => resolve(String(bytes))))
    const [port] = await Promise.race([
      once(child, 'message') as Promise<[number]>,
      said.then((words) => Promise.reject(new Error(`The relay did not start: ${words}`))),
    ])
    return new RelayProcess(child, exited, port)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Lets it collect its garbage, and asks how it is. */
  async look(): Promise<Looks> {
    this.#child.send('look')
    const [looks] = await Promise.race([
      once(this.#child, 'message') as Promise<[Looks]>,
      this.#exited.then(([code]) =>
        Promise.reject(new Error(`The relay has ended with ${String(code)}: ${this.#said}`)),
      ),
    ])
    return looks
  }

  /**
   * Kills it.
   *
   * @throws where it had ended by itself, or has warned of something
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const isAlive = this.#child.exitCode === null && this.#child.signalCode === null
    this.#child.kill('SIGKILL')
    await this.#exited
    if (!isAlive || this.#said !== '') throw new Error(`The relay ended or warned: ${this.#said}`)
  }
}
