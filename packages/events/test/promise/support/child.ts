import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const source = (name: string): string => fileURLToPath(new URL(`../../../src/${name}.ts`, import.meta.url))

/** A bound for what hangs, not a measure. */
const killAfterMs = 240_000

export interface End {
  /** Also undefined where it had to be killed. */
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

const prelude = `
import { EventTracker, installShutdownHandlers } from '${source('index')}'
import { sqliteOutbox } from '${source('outbox/sqlite/sqlite')}'
const [path] = process.argv.slice(1)
`

/** Programs in processes of their own, with a directory for their files. */
export class Children implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'promise-'))
  #files = 0

  /** @param url where the API is */
  run(url: string, program: string): { child: ReturnType<typeof spawn>; ended: Promise<End> } {
    const { PATH, NODE_COMPILE_CACHE } = process.env
    const path = join(this.#directory, `events-${this.#files++}.db`)
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', prelude + program, path], {
      env: { PATH, NODE_COMPILE_CACHE, EVENT_TRACKING_AUTH_TOKEN: 'secret', EVENT_TRACKING_BASE_URL: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs)
    const ended = once(child, 'exit').then(async ([code, signal]): Promise<End> => {
      clearTimeout(timer)
      return { code, signal, stdout: await stdout, stderr: await stderr }
    })
    return { child, ended }
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
