import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The top folder of the repository. */
export const root = join(import.meta.dirname, '..', '..', '..', '..')
/** The folder of the site. */
export const docs = join(import.meta.dirname, '..')
/** The folder of the site's pages. */
export const pages = join(docs, 'src', 'content', 'docs')

interface Manifest {
  name: string
  exports?: Record<string, string | { types?: string }>
}

/** A package that users install. */
export interface PublishedPackage {
  /** The name without its scope: `events-client`. */
  name: string
  folder: string
  manifest: Manifest
}

/** Published packages, ordered as they build on each other: the one that most people need first. */
export function publishedPackages(): PublishedPackage[] {
  const order = ['events', 'client', 'mock', 'relay', 'postgres', 'cli']
  const folders = readdirSync(join(root, 'packages')).filter((folder) => folder !== 'internal')
  return folders
    .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
    .map((folder) => {
      const path = join(root, 'packages', folder)
      const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
      return { name: manifest.name.replace('@obsidianlaunch/', ''), folder: path, manifest }
    })
}
