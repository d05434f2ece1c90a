import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { TokenIsolated } from '@obsidianlaunch/events-mock'
import { reservedPort } from '@obsidianlaunch/testkit/listen'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { pageOf } from '@obsidianlaunch/testkit/pages'
import type { RequestRecord } from '../../src/index.ts'

export const here = resolve(import.meta.dirname, '../..')
export const recipes = pageOf('recipes/relay')

/** A folder inside of the package, so that what lies there finds what the package's users install. It goes with its owner. */
export async function scratch(name: string): Promise<string> {
  const scope = resolve(here, '.scratch')
  await mkdir(scope, { recursive: true })
  const folder = await mkdtemp(resolve(scope, `${name}-`))
  await mkdir(resolve(folder, 'node_modules', '@obsidianlaunch'), { recursive: true })
  await symlink(here, resolve(folder, 'node_modules', '@obsidianlaunch', 'events-relay'))
  return folder
}

/** The files of a recipe as the page has them: `relay.ts` stands there once for all. */
export function recipe(heading: string): Record<string, string> {
  return { ...filesUnder(recipes, 'The relay'), ...filesUnder(recipes, heading) }
}

/** Lets the relay tell what it answered, which the recipes leave to their readers, and puts it on a port that is free. */
export function observed(code: string, port: number, tell: string): string {
  return code
    .replace('createRelay(tracker, {', `createRelay(tracker, {\n  onRequest: ${tell},`)
    .replace('8080', `${port}`)
}

/** A recipe of the page that runs in a process of its own, before a mock. */
export class Started implements AsyncDisposable {
  readonly folder: string
  readonly url: string
  readonly records: RequestRecord[] = []
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown[]>
  #said = ''

  constructor(folder: string, url: string, child: ChildProcess) {
    this.folder = folder
    this.url = url
    this.#process = child
    this.#ended = once(child, 'exit')
    child.stderr?.on('data', (text: Buffer) => (this.#said += text.toString()))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('{"method"')) this.records.push(JSON.parse(line) as RequestRecord)
    })
  }

  /** @param change what else of the code is another here, such as an origin */
  static async start(
    heading: string,
    command: readonly string[],
    mock: TokenIsolated,
    change: (code: string) => string = (code) => code,
  ): Promise<Started> {
    for (;;) {
      const started = await Started.#launch(heading, command, mock, change)
      if (await started.#isReady()) return started
      await started[Symbol.asyncDispose]()
      // Another program may have taken the port meanwhile.
      if (!/address.*in use|port.*in use/i.test(started.#said)) throw new Error(`It ended at once: ${started.#said}`)
    }
  }

  static async #launch(
    heading: string,
    [program = '', ...args]: readonly string[],
    mock: TokenIsolated,
    change: (code: string) => string,
  ): Promise<Started> {
    const folder = await scratch('recipe')
    const port = await reservedPort()
    const tell = '(record) => void process.stdout.write(JSON.stringify(record) + "\\n")'
    for (const [name, code] of Object.entries(recipe(heading))) {
      await writeFile(resolve(folder, name), observed(change(code), port, tell))
    }
    const ours = { EVENT_TRACKING_BASE_URL: mock.url, EVENT_TRACKING_AUTH_TOKEN: mock.token }
    const quiet = { FORCE_COLOR: undefined, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' }
    const env = { ...process.env, ...quiet, ...ours }
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    return new Started(folder, `http://127.0.0.1:${port}`, child)
  }

  /** Waits until it serves. @returns false where it has ended instead */
  async #isReady(): Promise<boolean> {
    while (this.#process.exitCode === null) {
      const status = await fetch(`${this.url}/relay/readyz`).then(
        (response) => response.status,
        () => 0,
      )
      if (status === 200) return true
      await new Promise((again) => setTimeout(again, 20))
    }
    await this.#ended
    return false
  }

  /** Asks it to end, as a system does before a new version starts. @returns its exit code, and what it printed as errors */
  async terminate(): Promise<{ code: unknown; stderr: string }> {
    this.#process.kill('SIGTERM')
    const [code] = await this.#ended
    // Deno says there where it listens.
    return { code, stderr: this.#said.replace(/^Listening on .*\n/m, '') }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
    await rm(this.folder, { recursive: true })
  }
}
