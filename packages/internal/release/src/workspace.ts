import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/[/\\]$/, '')

export interface Manifest {
  name: string
  version: string
  private?: boolean
  files?: string[]
  exports?: Record<string, unknown>
  bin?: Record<string, string>
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Published {
  folder: string
  manifest: Manifest
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The packages that are published, each after those it depends on. */
export async function publishedPackages(workspace = root): Promise<Published[]> {
  const all: Published[] = []
  for (const name of (await readdir(join(workspace, 'packages'))).toSorted()) {
    const folder = join(workspace, 'packages', name)
    if (!existsSync(join(folder, 'package.json'))) continue
    const manifest = await readManifest(folder)
    if (manifest.private !== true) all.push({ folder, manifest })
  }
  const sorted: Published[] = []
  const add = (one: Published) => {
    if (sorted.includes(one)) return
    for (const other of all) if (other.manifest.name in (one.manifest.dependencies ?? {})) add(other)
    sorted.push(one)
  }
  for (const one of all) add(one)
  return sorted
}

/** The doors of a package as one imports them: `@obsidianlaunch/events/sqlite`. */
export function doorsOf({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => name + door.slice(1))
}
