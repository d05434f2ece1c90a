import { execFile } from 'node:child_process'

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

export interface Circumstances {
  cwd?: string
  /** Added to this process's own; undefined takes one away. */
  env?: Record<string, string | undefined>
  input?: string
}

/** Runs a program to its end, whatever that is. */
export function run(command: string, args: readonly string[], { cwd, env, input }: Circumstances = {}): Promise<Ended> {
  return new Promise((ended, failed) => {
    const options = { cwd, env: { ...process.env, ...env }, timeout: 280_000, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error?.killed) failed(new Error(`${command} ${args.join(' ')} did not end in time\n${stdout}\n${stderr}`))
      else if (error !== null && typeof error.code === 'string') failed(error)
      else ended({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
    })
    child.stdin?.end(input ?? '')
  })
}

/** Runs a program that must end well, and gives its output. */
export async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call)
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
  return stdout
}
