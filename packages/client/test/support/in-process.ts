import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const source = fileURLToPath(new URL('../../src/index.node.ts', import.meta.url))

/**
 * Runs a program in a process of its own, whose globals it may replace. `createEventsClient` is there, or is to be imported
 * from `source`.
 *
 * @returns what it printed last, parsed
 */
export function inProcess(program: string, env: Record<string, string> = {}): Promise<unknown> {
  const script = program.replaceAll("'source'", JSON.stringify(source))
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
