import type { StdioOptions } from 'node:child_process'
import { x } from 'tinyexec'

export interface Ended {
  /** Undefined where a signal ended it. */
  code: number | undefined
  stdout: string
  stderr: string
}

export interface Circumstances {
  cwd?: string
  /** Added to this process's own; undefined takes one away. */
  env?: Record<string, string | undefined>
  /** Takes away what this process has, but for what a program needs to be found and to keep its files. */
  alone?: boolean
  input?: string
  /** A bound for what hangs, not a measure. */
  timeoutMs?: number
}

/** Runs a program to its end, whatever that is. */
export async function run(command: string, args: readonly string[], where: Circumstances = {}): Promise<Ended> {
  const { cwd, alone = false, input = '', timeoutMs = 280_000 } = where
  const env = alone ? { ...nothing(), ...where.env } : (where.env ?? {})
  // A pipe for nothing would break under a program that ends before it is closed.
  const stdio: StdioOptions = [input === '' ? 'ignore' : 'pipe', 'pipe', 'pipe']
  const nodeOptions = { ...(cwd !== undefined && { cwd }), env: env as NodeJS.ProcessEnv, stdio }
  const program = x(command, [...args], { nodeOptions, nodePath: false, stdin: input, timeout: timeoutMs })
  // Who ends before the end of its input has read enough.
  program.process?.stdin?.on('error', () => {})
  const { exitCode: code, stdout, stderr } = await program
  return { code, stdout, stderr }
}

function nothing(): Record<string, undefined> {
  const kept = /^(PATH|HOME|TMPDIR|SystemRoot)$/i
  const names = Object.keys(process.env).filter((name) => !kept.test(name))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

/** Runs a program that must end well, and gives its output. */
export async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call)
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
  return stdout
}

/** Runs TypeScript in a Node of its own, to its end. */
export function evaluate(program: string, where: Circumstances & { flags?: readonly string[] } = {}): Promise<Ended> {
  const flags = ['--input-type=module-typescript', ...(where.flags ?? [])]
  return run(process.execPath, [...flags, '--eval', program], where)
}

/** Runs a program in a Node of its own, which must end well. @returns what it printed last, parsed */
export async function printed(...call: Parameters<typeof evaluate>): Promise<unknown> {
  const { code, stdout, stderr } = await evaluate(...call)
  if (code !== 0) throw new Error(`The program ended with ${code}\n${stdout}\n${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
