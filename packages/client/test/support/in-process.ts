import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const fileOf = (name: string) => fileURLToPath(new URL(`../../src/${name}`, import.meta.url))
/** Names that a program imports, and their files. */
const doors = { "'client'": fileOf('index.node.ts'), "'client/core'": fileOf('core.node.ts') }

/**
 * Runs a program in a process of its own, whose globals it may replace. It imports the package from `client` and from
 * `client/core`.
 *
 * @returns what it printed last, parsed
 */
export function inProcess(program: string, env: Record<string, string> = {}): Promise<unknown> {
  const script = Object.entries(doors).reduce(
    (code, [door, file]) => code.replaceAll(door, JSON.stringify(file)),
    program,
  )
  const options = { env: { ...env, PATH: process.env['PATH'] }, timeout: 60_000 }
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--input-type=module-typescript', '--eval', script],
      options,
      (error, stdout, stderr) => {
        if (error !== null) reject(new Error(`${error.message}\n${stderr}`))
        else resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
      },
    )
  })
}
