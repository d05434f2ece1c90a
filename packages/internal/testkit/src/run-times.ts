import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, sep } from 'node:path'
import { root } from './workspace.ts'

export const matrix = join(root, 'packages', 'internal', 'runtimes', 'matrix')
export const howToInstall = 'npm --prefix packages/internal/runtimes run install:all'
export const howToInstallChromium = 'apt-get install chromium'

export const nodeLines = [20, 22, 24, 26] as const
export type NodeLine = (typeof nodeLines)[number]

/** The folders of the PATH that a user of this machine has, without those of the workspace. */
export const machine = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => folder !== '' && !folder.split(sep).includes('node_modules'))

export const bun = find(['@oven/bun-linux-x64/bin/bun'], ['bun'])
export const deno = find(['@deno/linux-x64-glibc/deno'], ['deno'])
/** A Chromium with windows, which alone has a back/forward cache: that of CHROMIUM_PATH, or the machine's own. */
export const windowedChromium = [
  process.env['CHROMIUM_PATH'] ?? '',
  ...places([], ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']),
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(isExecutable)
/** A Chromium: that of CHROMIUM_PATH, else the one without windows where it is installed, which takes half the CPU time. */
export const chromium = process.env['CHROMIUM_PATH']
  ? windowedChromium
  : (places([], ['chromium-headless-shell'])[0] ?? windowedChromium)

const nodes = new Map<NodeLine, string | undefined>()

/** The Node of that line: the one that develops, one that `install:all` brought, or the machine's. */
export function node(line: NodeLine): string | undefined {
  if (!nodes.has(line))
    nodes.set(line, [process.execPath, ...places([`node${line}/bin/node`], ['node'])].find(isOf(line)))
  return nodes.get(line)
}

function isOf(line: NodeLine): (file: string) => boolean {
  return (file) => execFileSync(file, ['--version'], { encoding: 'utf8' }).startsWith(`v${line}.`)
}

function find(inMatrix: string[], names: string[]): string | undefined {
  return places(inMatrix, names)[0]
}

function places(inMatrix: string[], names: string[]): string[] {
  const installed = inMatrix.map((path) => join(matrix, 'node_modules', path))
  return [...installed, ...names.flatMap((name) => machine.map((folder) => join(folder, name)))].filter(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

/** The part of miniflare that is used, which need not be installed where this is compiled. */
interface Worker {
  /** The address at which it listens. */
  readonly ready: Promise<URL>
  dispatchFetch(url: string): Promise<Response>
  dispose(): Promise<void>
}

const installed = createRequire(join(matrix, 'package.json'))
export const hasWorkerd = existsSync(join(matrix, 'node_modules', 'miniflare'))

/** Starts a Worker on Cloudflare's own run time. @param compatibilityFlags such as `nodejs_compat`, for modules of Node */
export function startWorker(
  script: string,
  bindings: Record<string, string>,
  compatibilityFlags: readonly string[] = [],
): Worker {
  const { Miniflare } = installed('miniflare') as { Miniflare: new (options: object) => Worker }
  return new Miniflare({
    modules: true,
    script,
    bindings,
    compatibilityDate: '2026-04-01',
    compatibilityFlags,
    cf: false,
  })
}
