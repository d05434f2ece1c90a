import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packagesOf, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

// `turbo boundaries`, a step of `npm test`, refuses imports against the arrows in turbo.json, and those of what a manifest
// does not name. It does not tell what a package needs from what its tests need, and lets a package without a tag do all.

interface TurboConfig {
  tags?: string[]
  boundaries?: { tags: Record<string, { dependencies: { allow: string[] } }> }
}

async function read<T>(folder: string, file: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, file), 'utf8')) as T
}

const { boundaries } = await read<TurboConfig>(root, 'turbo.json')
const arrows = boundaries?.tags ?? {}
const published = publishedPackages()

test('every published package has a tag, and turbo.json says what that one may import', async () => {
  const tags = await tagsOf(published)
  expect(tags.length).toBe(published.length)
  expect(tags.filter((tag) => !Object.hasOwn(arrows, tag))).toEqual([])
  const known = await tagsOf(packagesOf().filter(({ folder }) => existsSync(join(folder, 'turbo.json'))))
  expect(Object.keys(arrows).filter((tag) => !known.includes(tag))).toEqual([])
})

async function tagsOf(packages: readonly { folder: string }[]): Promise<string[]> {
  const tags: string[] = []
  for (const { folder } of packages) tags.push(...((await read<TurboConfig>(folder, 'turbo.json')).tags ?? []))
  return tags
}

/** Those whose users install one of the others with them. */
function usersOf(...names: string[]): string[] {
  const users = published.filter(({ manifest: { dependencies, peerDependencies, optionalDependencies } }) =>
    names.some((name) => Object.hasOwn({ ...dependencies, ...peerDependencies, ...optionalDependencies }, name)),
  )
  return users.map(({ manifest }) => manifest.name)
}

test('only tests and the command line need the mock', () => {
  expect(usersOf('@obsidianlaunch/events-mock')).toEqual(['@obsidianlaunch/events-cli'])
})

test('what is private stands in packages/internal, and only tests of what is published need it', () => {
  const internal = packagesOf().filter(({ manifest }) => manifest.private)
  expect(internal.filter(({ path }) => !path.startsWith('packages/internal/'))).toEqual([])
  expect(internal.map(({ manifest }) => manifest.name)).toContain('@obsidianlaunch/testkit')
  expect(usersOf(...internal.map(({ manifest }) => manifest.name))).toEqual([])
})
