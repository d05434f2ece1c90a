import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TrackerOptions } from '@obsidianlaunch/events'
import type { RelayOptions } from '@obsidianlaunch/events-relay'

export interface RelayProgramOptions {
  /** 0 lets the system choose one. */
  port: number
  /** The address of the API. */
  upstream: string
  token: string
  /** The file of the outbox. */
  file: string
  /** The size that the file may reach. */
  maxBytes?: number
  relay: RelayOptions
  tracker?: Pick<TrackerOptions, 'backoff' | 'maxRetryAfterMs' | 'maxDeliveryMs' | 'attemptTimeoutMs'>
}

/** A relay in a process of its own, which can be killed and started again at the same address. */
export class RelayProcess implements AsyncDisposable {
  /** May be changed for the next start. */
  readonly options: RelayProgramOptions
  url = ''
  /** The log since it was started. */
  log = ''
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(options: RelayProgramOptions) {
    this.options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Settles when it has ended, however that came. */
  get ended(): Promise<void> {
    return this.#ended
  }

  /** Starts it. @returns once it listens */
  async start(): Promise<this> {
    const program = join(import.meta.dirname, 'relay.ts')
    const child = spawn(process.execPath, [program, JSON.stringify(this.options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#ended = once(child, 'exit').then(() => undefined)
    this.log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text))
    const listening = once(createInterface(child.stdout), 'line') as Promise<[string]>
    const [line] = (await Promise.race([listening, once(child, 'close').then(() => undefined)])) ?? []
    if (line === undefined) throw new Error(`The relay ended before it listened:\n${this.log}`)
    this.url = line
    this.options.port = Number(new URL(line).port)
    return this
  }

  /** Ends it as a power cut or the kernel's out-of-memory killer does. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal)
    await this.#ended
  }
}
