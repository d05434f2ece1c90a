import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Arrival } from './ledger.ts'

const program = fileURLToPath(new URL('upstream-program.ts', import.meta.url))

/** The API behind the relay, which can be killed and comes back where it was. */
export class Upstream {
  readonly #child: ChildProcess
  readonly port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  /** @param port where it listens, again after it was killed */
  static async start(record: string, port: number, seed: number): Promise<Upstream> {
    const child = fork(program, [record, String(port), String(seed)])
    const [listening] = (await once(child, 'message')) as [number]
    return new Upstream(child, listening)
  }

  /** From now on every answer is 200. */
  calm(): void {
    this.#child.send('calm')
  }

  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

/** Events that have arrived, in their order; a line that was cut is none. */
export function readArrivals(record: string): Arrival[] {
  const lines = readFileSync(record, 'latin1').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [customer = '', number = '', id = '', status = ''] = line.split(' ')
    return { customer, number: Number(number), id, status: Number(status) }
  })
}
