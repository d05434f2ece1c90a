import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { siteUrl } from '@obsidianlaunch/testkit/pages'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The line below a failure: the address of a page about errors. */
export const see = (page: string): string => `See ${siteUrl}errors/${page}/\n`

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A directory in which commands are run as a person would type them, with `obsidian-events` on the path. */
export class Workplace implements Disposable {
  readonly cwd = mkdtempSync(join(tmpdir(), 'events-cli-'))
  readonly env: Record<string, string> = {}

  constructor(env: Record<string, string> = {}) {
    const bin = this.path('bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'obsidian-events'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
    chmodSync(join(bin, 'obsidian-events'), 0o755)
    const { PATH, NODE_COMPILE_CACHE } = process.env
    Object.assign(this.env, {
      PATH: [bin, PATH].join(delimiter),
      ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
      ...env,
    })
  }

  path(name: string): string {
    return join(this.cwd, name)
  }

  start(line: string) {
    return spawn(`exec ${line}`, {
      shell: '/bin/sh',
      cwd: this.cwd,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Waits until a command has said something on standard error. */
  async told(child: ReturnType<Workplace['start']>, words: string): Promise<string> {
    let told = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (part: string) => {
        told += part
        if (told.includes(words)) resolve()
      })
      child.once('close', () => reject(new Error(`It ended without ${words}: ${told}`)))
    })
    return told
  }

  async run(line: string): Promise<Ended> {
    const child = this.start(line)
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code: child.exitCode, stdout, stderr }
  }

  /** Objects that a command prints with --json. */
  async records(line: string): Promise<Record<string, unknown>[]> {
    const { stdout } = await this.run(line)
    return stdout
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => JSON.parse(each) as Record<string, unknown>)
  }

  [Symbol.dispose](): void {
    rmSync(this.cwd, { recursive: true, force: true })
  }
}

/** The command lines under `Examples:` of a help. */
export function examplesIn(help: string): string[] {
  const [, examples = ''] = help.split('Examples:\n')
  const [block = ''] = examples.split('\n\n')
  return block
    .replaceAll('\\\n', '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The command lines in the shell fences of a page, by the section that they stand in. */
export function commandsOf(page: string): { section: string; line: string }[] {
  return page.split(/^## /m).flatMap((part) => {
    const [section = ''] = part.split('\n')
    const blocks = [...part.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) =>
      block.trim().replaceAll(/\\\n\s*/g, ''),
    )
    const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => /\bobsidian-events /.test(line))
    return lines.map((line) => ({ section, line }))
  })
}
