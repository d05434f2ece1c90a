import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { pack, type Registry, repack, scope, startRegistry } from '../../src/index.ts'

let home = ''
let registry: Registry
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'events-commands-'))
  registry = await startRegistry()
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

const sources = join(root, 'packages', 'internal', 'release', 'src')

/** `pnpm release` by the files it is of, so that pnpm installs nothing first. */
function command(args: string[], main = join(sources, 'publish', 'main.ts')): Promise<Ended> {
  return run(process.execPath, [main, ...args], { cwd: home, env: { NPM_CONFIG_USERCONFIG: registry.npmrc } })
}

/** Packs a package that holds its manifest alone. */
async function tarball(folder: string, name: string, dependencies: Record<string, string> = {}): Promise<void> {
  const content = await mkdtemp(join(home, 'content-'))
  const manifest = { name: `${scope}/${name}`, version: '1.0.0', dependencies }
  await writeFile(join(content, 'package.json'), JSON.stringify(manifest))
  await repack(content, folder)
}

test('tarballs are all that it takes to publish, each after those it depends on: nothing is installed', async () => {
  const folder = join(home, 'tarballs')
  await mkdir(folder)
  await tarball(folder, 'a', { [`${scope}/b`]: '1.0.0', [`${scope}/c`]: '1.0.0' })
  await tarball(folder, 'b', { [`${scope}/c`]: '1.0.0', other: '1.0.0' })
  await tarball(folder, 'c')
  // A checkout without node_modules, and without any other package of ours.
  await cp(sources, join(home, 'checkout', 'src'), { recursive: true })
  await writeFile(join(home, 'checkout', 'package.json'), '{ "type": "module" }')
  const main = join(home, 'checkout', 'src', 'publish', 'main.ts')

  const published = ['c', 'b', 'a'].map((name) => `published ${scope}/${name}@1.0.0\n`).join('')
  expect(await command(['publish', 'tarballs'], main)).toEqual({ code: 0, stdout: published, stderr: '' })
  const { code, stdout } = await command(['publish', 'tarballs'], main)
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'Nothing to publish: the registry has these versions already.\n',
  })
})

test('nothing is packed beside the tarballs of another time', async () => {
  const folder = await mkdtemp(join(home, 'packed-'))
  await tarball(folder, 'old')
  await expect(pack(folder, { version: '2.0.0' })).rejects.toThrow(/old-1\.0\.0\.tgz is there already: empty /)
})

test.each([
  [['pack'], 'Name a folder for the tarballs: pnpm release pack --into DIR\n'],
  [['publish'], 'Name the folder of the tarballs: pnpm release publish DIR\n'],
  [['publish', 'one', 'two'], 'Name the folder of the tarballs: pnpm release publish DIR\n'],
  [['publish', 'checkout', '--dry-run'], "Unknown option '--dry-run'"],
  [['unpack'], "Unexpected argument 'unpack'"],
])('%j publishes nothing and says what is wrong', async (args, told) => {
  const { code, stdout, stderr } = await command(args)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(told)
})

test('a folder without tarballs, and a file that is none, are told', async () => {
  const folder = await mkdtemp(join(home, 'empty-'))
  const empty = await command(['publish', folder])
  expect(empty).toMatchObject({
    code: 1,
    stderr: `There is no tarball in ${folder}: run pnpm release pack --into ${folder}\n`,
  })
  await writeFile(join(folder, 'broken.tgz'), 'Hello.')
  const broken = await command(['publish', folder])
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('broken.tgz is not a package') })
})
