import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
export const peersFolder = join(here, 'peers')

/** The folder of a package: ours in the workspace, the peers in their own install. */
export function folderOf(name: string): string {
  return name.startsWith('@obsidianlaunch/') ? here : peersFolder
}

export function arePeersInstalled(): boolean {
  return existsSync(join(peersFolder, 'node_modules'))
}

export function versionOf(name: string): string {
  const manifest = join(folderOf(name), 'node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

/** The file that an import of the package loads. */
export function entryOf(name: string, condition: 'node' | 'default'): string {
  const folder = folderOf(name)
  if (folder === peersFolder) return createRequire(join(folder, 'package.json')).resolve(name)
  const manifest = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: { '.': Record<string, string> } }
  return join(dirname(manifest), exports['.'][condition] ?? exports['.']['default'] ?? '')
}

/** The file that an entry point of one of our packages is built from. */
export function sourceOf(door: string): string {
  const [scope = '', name = '', file = 'index'] = door.split('/')
  const manifest = createRequire(join(here, 'package.json')).resolve(`${scope}/${name}/package.json`)
  return join(dirname(manifest), 'src', `${file}.ts`)
}
