import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './workspace.ts'

// `turbo boundaries`, a step of `npm test`, refuses imports against the arrows in turbo.json, and those of what a manifest
// does not name. It does not tell what a package needs from what its tests need, and lets a package without a tag do all.

interface Manifest {
  name: string
  private?: boolean
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

interface TurboConfig {
  tags?: string[]
  boundaries?: { tags: Record<string, { dependencies: { allow: string[] } }> }
}

async function read<T>(folder: string, file: string): Promise<T> {
  return JSON.parse(await readFile(join(root, folder, file), 'utf8')) as T
}

const { boundaries } = await read<TurboConfig>('.', 'turbo.json')
const arrows = boundaries?.tags ?? {}
const folders = globSync('packages/**/package.json', { cwd: root, exclude: ['**/node_modules'] }).map((file) =>
  join(file, '..'),
)
const published: { folder: string; manifest: Manifest }[] = []
for (const folder of folders) {
  const manifest = await read<Manifest>(folder, 'package.json')
  if (manifest.private !== true) published.push({ folder, manifest })
}

test('every published package has a tag, and turbo.json says what that one may import', async () => {
  const tags: string[] = []
  for (const { folder } of published) tags.push(...((await read<TurboConfig>(folder, 'turbo.json')).tags ?? []))
  expect(tags.length).toBe(published.length)
  expect(tags.toSorted()).toEqual(Object.keys(arrows).toSorted())
})

test('only tests and the command line need the mock', () => {
  const users = published.filter(({ manifest: { dependencies, peerDependencies, optionalDependencies } }) =>
    Object.hasOwn({ ...dependencies, ...peerDependencies, ...optionalDependencies }, '@obsidianlaunch/events-mock'),
  )
  expect(users.map(({ manifest }) => manifest.name)).toEqual(['@obsidianlaunch/events-cli'])
})
