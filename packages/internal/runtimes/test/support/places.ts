import { accessSync, constants, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const built = (name: string) => join(root, 'dist', name)
/** Resolves what `install:all` has installed. */
export const matrix = createRequire(new URL('../../matrix/package.json', import.meta.url))
const installed = join(root, 'matrix', 'node_modules')
export const howToInstall = 'npm --prefix packages/internal/runtimes run install:all'

/** A program that came with `install:all`. */
export function installedProgram(path: string): string | undefined {
  const file = join(installed, path)
  return isExecutable(file) ? file : undefined
}

/** Those of that name that a user of this machine would start, not those of the workspace. */
export function programsOfTheMachine(name: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders
    .filter((folder) => folder !== '' && !folder.split(sep).includes('node_modules'))
    .map((folder) => join(folder, name))
    .filter(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
