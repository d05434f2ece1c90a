import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/[/\\]$/, '')
export const contract = join(root, 'packages', 'internal', 'contract')
export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

export interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end, whatever that is. */
export function run(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  return new Promise((ended, failed) => {
    const child = execFile(
      command,
      args,
      { cwd: options.cwd, env: { ...process.env, ...options.env }, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error?.killed) failed(new Error(`${command} ${args.join(' ')} did not end in time\n${stdout}\n${stderr}`))
        else if (error !== null && typeof error.code === 'string') failed(error)
        else ended({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
      },
    )
    child.stdin?.end(options.input ?? '')
  })
}

/** Runs a program that must end well, and gives its output. */
export async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call)
  if (code !== 0) throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${code}\n${stdout}\n${stderr}`)
  return stdout
}

/**
 * A new folder inside this package, so that what lies in it finds the workspace's packages by name. It is another one
 * each time, so that two runs of the tests do not disturb each other; who asks for it removes it.
 */
export async function scratch(name: string): Promise<string> {
  await mkdir(join(contract, '.scratch'), { recursive: true })
  return mkdtemp(join(contract, '.scratch', `${name}-`))
}

/** Compiles every .ts file of a scratch folder with the workspace's own strictness; gives the compiler's complaints. */
export async function typecheck(folder: string, compilerOptions: object = {}): Promise<string> {
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, typeRoots: [join(root, 'node_modules', '@types')], ...compilerOptions },
    include: ['*.ts'],
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return (await run(process.execPath, [tsc, '-p', folder])).stdout
}
