import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the run-time suite has installed: one set of Nodes, Bun, Deno and workerd serves both. */
const matrix = fileURLToPath(new URL('../../runtimes/matrix', import.meta.url))
export const howToInstall = 'npm --prefix packages/internal/runtimes run install:all'

export const nodeLines = [20, 22, 24, 26] as const
export type NodeLine = (typeof nodeLines)[number]

/** The folders of the PATH that a user of this machine has, without those of the workspace. */
const machine = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => folder !== '' && !folder.split(sep).includes('node_modules'))

/** The Node of that line: the one that develops, one that `install:all` brought, or the machine's. */
export function node(line: NodeLine): string | undefined {
  const candidates = [
    process.execPath,
    join(matrix, 'node_modules', `node${line}`, 'bin', 'node'),
    ...machine.map((folder) => join(folder, 'node')),
  ]
  return candidates.filter(isExecutable).find((file) => lineOf(file) === line)
}

const lines = new Map<string, number>()
function lineOf(file: string): number {
  const known = lines.get(file) ?? Number(/\d+/.exec(execFileSync(file, ['--version'], { encoding: 'utf8' }))?.[0])
  lines.set(file, known)
  return known
}

export const bun = program('@oven/bun-linux-x64/bin/bun', 'bun')
export const deno = program('@deno/linux-x64-glibc/deno', 'deno')
export const chromium = [process.env['CHROMIUM_PATH'] ?? '', ...onMachine('chromium', 'google-chrome')].find(
  isExecutable,
)

/** Where it is, if it is there. */
export const miniflare = installedMiniflare()

function installedMiniflare(): string | undefined {
  const folder = join(matrix, 'node_modules', 'miniflare')
  return existsSync(folder) ? folder : undefined
}

function program(inMatrix: string, name: string): string | undefined {
  return [join(matrix, 'node_modules', inMatrix), ...onMachine(name)].find(isExecutable)
}

function onMachine(...names: string[]): string[] {
  return names.flatMap((name) => machine.map((folder) => join(folder, name)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return file !== ''
  } catch {
    return false
  }
}

/** A PATH on which `node` is that one, and nothing is of the workspace. */
export function pathWith(nodeProgram: string): string {
  return [dirname(nodeProgram), ...machine].join(delimiter)
}
