import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { getPackagesSync } from '@manypkg/get-packages'
import { type Circumstances, succeed } from './run.ts'

/** The folder of this workspace. */
export const root = resolve(import.meta.dirname, '../../../..')

export interface Manifest {
  name: string
  version: string
  private?: boolean
  files?: string[]
  sideEffects?: boolean | string[]
  exports?: Record<string, unknown>
  bin?: Record<string, string>
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Package {
  folder: string
  /** The same from the root: `packages/events`. */
  path: string
  manifest: Manifest
}

/** The packages of a workspace, by their paths. */
export function packagesOf(workspace = root): Package[] {
  const { packages } = getPackagesSync(workspace)
  const all = packages.map(({ dir: folder, relativeDir: path, packageJson: manifest }) => ({ folder, path, manifest }))
  return all.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Those that are published, each after those it depends on. */
export function publishedPackages(workspace = root): Package[] {
  const all = packagesOf(workspace).filter((one) => one.manifest.private !== true)
  const sorted = new Set<Package>()
  const add = (one: Package) => {
    for (const other of all) if (other.manifest.name in (one.manifest.dependencies ?? {})) add(other)
    sorted.add(one)
  }
  for (const one of all) add(one)
  return [...sorted]
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The pnpm that this workspace names: `pnpm@…`. */
export const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  packageManager: string
}

/** Runs that pnpm, which need not be installed. */
export function pnpm(args: readonly string[], where: Circumstances = {}): Promise<string> {
  return succeed('npx', ['--prefer-offline', '-y', packageManager, ...args], where)
}
