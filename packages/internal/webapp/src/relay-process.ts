import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

export interface RelayProgramOptions {
  /** 0 lets the system choose one. */
  port: number
  /** The address of the API. */
  upstream: string
  token: string
  /** The file of the outbox, and the size that it may reach. */
  file: string
  maxBytes?: number
  origin: string
  /** The publishable key, or else the secret with which the web app's server signs identities. */
  key?: string
  identity?: { secret: string; audience: string }
  /** Requests a second of one address, and at once: `100/500`. */
  rateLimit?: string
}

/** A line of the program's output, of which this one comes once it is ready. */
interface Started {
  type: 'started' | 'request'
  url: string
  /** The address of the page for operators. */
  admin?: string
}

/** A relay in a process of its own, `obsidian-events relay`, which can be killed and started again at the same address. */
export class RelayProcess implements AsyncDisposable {
  /** May be changed for the next start. */
  options: RelayProgramOptions
  url = ''
  /** The page of those who look after it; at first at a port that the system chooses. */
  adminUrl = 'http://127.0.0.1:0'
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

  /** Starts it. @returns once it is ready */
  async start(): Promise<this> {
    const child = spawn(process.execPath, this.command(), {
      stdio: ['ignore', 'pipe', 'pipe'],
      // The page sends to the test environment, whatever the developer has set for other programs.
      env: { ...process.env, EVENT_TRACKING_ENVIRONMENT: 'test', ...this.#secrets() },
    })
    this.#child = child
    this.#ended = once(child, 'exit').then(() => undefined)
    this.log = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text))
    const { url, admin } = await new Promise<Started>((resolve, reject) => {
      // Requests may come, and be told, before the outbox is open.
      createInterface(child.stdout).on('line', (line) => {
        const record = JSON.parse(line) as Started
        if (record.type === 'started') resolve(record)
        else if (record.type !== 'request') this.log += line
      })
      child.once('close', () => reject(new Error(`The relay has ended: ${this.log}`)))
    })
    this.url = url
    this.adminUrl = admin ?? this.adminUrl
    this.options.port = Number(new URL(url).port)
    return this
  }

  /** Ends it as a power cut or the kernel's out-of-memory killer does. */
  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** The arguments of Node. */
  protected command(): string[] {
    const { port, upstream, file, maxBytes, origin, key, identity, rateLimit } = this.options
    const flags = {
      host: '127.0.0.1',
      port,
      'admin-port': new URL(this.adminUrl).port,
      outbox: file,
      'outbox-max-bytes': maxBytes,
      origin,
      key: key && `web-app=${key}`,
      'identity-audience': identity?.audience,
      'rate-limit': rateLimit,
    }
    const given = Object.entries(flags).filter(([, value]) => value !== undefined)
    return [
      commandLine,
      '--json',
      '--base-url',
      upstream,
      'relay',
      ...given.map(([name, value]) => `--${name}=${value}`),
    ]
  }

  #secrets(): Record<string, string | undefined> {
    const { token, identity } = this.options
    return { EVENT_TRACKING_AUTH_TOKEN: token, OBSIDIAN_RELAY_IDENTITY_SECRET: identity?.secret }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal)
    await this.#ended
  }
}

const commandLine = fileURLToPath(
  new URL('dist/main.js', import.meta.resolve('@obsidianlaunch/events-cli/package.json')),
)
