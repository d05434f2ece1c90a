import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Manifest, root } from '@obsidianlaunch/testkit/workspace'
import { type Packed, packAll, release, ReleaseError, repack } from '../../src/index.ts'
import { wrongContents } from '../../src/publish/contents.ts'
import { wrongWhenInstalled } from '../../src/publish/installed.ts'
import { wrongForTools } from '../../src/publish/type-lint.ts'

let temp = ''
let client: Packed
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'events-bad-'))
  const packed = await packAll(temp)
  client = packed.find(({ manifest }) => manifest.name === '@obsidianlaunch/events-client') as Packed
})
afterAll(() => rm(temp, { recursive: true, force: true }))

/** The client's tarball, spoilt. */
async function spoilt(files: Record<string, string>, change: (manifest: Manifest) => void = () => {}): Promise<Packed> {
  const into = await mkdtemp(join(temp, 'spoilt-'))
  const folder = join(into, 'package')
  await cp(client.folder, folder, { recursive: true })
  const manifest = structuredClone(client.manifest)
  change(manifest)
  for (const [file, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return { folder, manifest, tarball: await repack(folder, into) }
}

test('what is packed today has nothing wrong with it', async () => {
  expect(await wrongContents(await spoilt({}, ({ dependencies }) => dependencies))).toEqual([])
})

test.each([
  [
    'imports a package that it does not declare',
    { 'dist/token.js': `import { merge } from 'lodash-es/merge'` },
    'imports lodash-es in dist/token.js and does not declare it: pnpm --filter @obsidianlaunch/events-client add lodash-es',
  ],
  [
    'needs an undeclared package for its types',
    { 'dist/token.d.ts': `export type Token = import('type-fest').Opaque<string>` },
    'imports type-fest in dist/token.d.ts and does not declare it: pnpm --filter @obsidianlaunch/events-client add type-fest',
  ],
  [
    'imports a chunk for nothing',
    { 'dist/token.js': `import"./shared.js";import{one}from"./one.js";export const text = 'import "./not-one.js"'` },
    'imports ./shared.js in dist/token.js for its side effects, and its package.json says there are none: build without it',
  ],
  ['packs a test', { 'dist/token.test.js': '' }, 'packs dist/token.test.js, which nobody who installs it needs'],
  ['packs its sources', { 'src/token.ts': '' }, 'packs src/token.ts, which nobody who installs it needs'],
  [
    'packs a map whose sources are not there',
    { 'dist/token.js.map': JSON.stringify({ version: 3, sources: ['../src/token.ts'], mappings: '' }) },
    'packs dist/token.js.map without its sources: set "inlineSources"',
  ],
  [
    'names a folder of the machine that built it',
    { 'dist/token.js': `export const from = '${root}/packages/client'` },
    'in dist/token.js, a folder of this machine: build without absolute paths',
  ],
])('a package that %s is told so in one line that names the mend', async (_, files, told) => {
  const wrong = await wrongContents(await spoilt(files))
  expect(wrong).toEqual([expect.stringContaining(told)])
  expect(wrong.join()).not.toContain('\n')
})

test('a package that would run a script at installation is refused', async () => {
  const one = await spoilt({}, (manifest) => void (manifest.scripts = { postinstall: 'node dist/index.js' }))
  expect(await wrongContents(one)).toEqual([
    '@obsidianlaunch/events-client runs "postinstall" on its users\' machines: take that script out of its package.json',
  ])
})

test('a dependency that the workspace alone has is refused', async () => {
  const one = await spoilt({}, (manifest) => {
    manifest.dependencies = { ...manifest.dependencies, 'openapi-fetch': 'workspace:*' }
  })
  expect(await wrongContents(one)).toEqual([
    expect.stringContaining('which no registry has: pack it with pnpm release'),
  ])
})

test('a command whose file is missing is told so', async () => {
  const one = await spoilt({}, (manifest) => {
    manifest.exports = {}
    manifest.bin = { 'obsidian-events': 'dist/no.js' }
  })
  expect(await wrongContents(one)).toEqual(['@obsidianlaunch/events-client has no dist/no.js: run pnpm build'])
})

test('an entry point that does not load is named, by import and by require', async () => {
  const one = await spoilt(
    {},
    (manifest) => void (manifest.exports = { '.': './dist/index.js', './more': './dist/no.js' }),
  )
  const wrong = await wrongWhenInstalled([one])
  expect(wrong).toHaveLength(2)
  expect(wrong[0]).toMatch(
    /^@obsidianlaunch\/events-client\/more does not load by import: Error.*; mend "exports" or run/,
  )
  expect(wrong[1]).toMatch(/^@obsidianlaunch\/events-client\/more does not load by require: Error/)
})

test('a dependency with an install script is named, and its script is not run', async () => {
  const into = await mkdtemp(join(temp, 'scripted-'))
  const trace = join(into, 'trace')
  const manifest = {
    name: 'scripted',
    version: '1.0.0',
    exports: { './package.json': './package.json' },
    scripts: { postinstall: `touch ${trace}` },
  }
  await writeFile(join(into, 'package.json'), JSON.stringify(manifest))
  const scripted = { folder: into, manifest, tarball: await repack(into, into) }
  expect(await wrongWhenInstalled([client, scripted])).toEqual([
    'scripted has an install script, which our users would have to trust: depend on something else',
  ])
  await expect(readFile(trace)).rejects.toThrow('ENOENT')
})

test('an entry point without types is what publint and attw refuse', async () => {
  const one = await spoilt(
    {},
    (manifest) => void (manifest.exports = { '.': { types: './dist/no.d.ts', default: './dist/index.js' } }),
  )
  const wrong = await wrongForTools(one)
  expect(wrong.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    '@obsidianlaunch/events-client is not what publint expects',
    '@obsidianlaunch/events-client is not what attw expects',
  ])
  expect(wrong.join()).not.toContain('\n')
})

test('a workspace without a version, or with a changeset that is in none, is not released', async () => {
  const workspace = join(temp, 'workspace')
  await mkdir(join(workspace, 'packages', 'new'), { recursive: true })
  await mkdir(join(workspace, '.changeset'))
  await writeFile(join(workspace, 'package.json'), '{ "name": "root" }')
  await writeFile(join(workspace, 'pnpm-workspace.yaml'), 'packages: [packages/*]')
  await writeFile(
    join(workspace, 'packages', 'new', 'package.json'),
    '{ "name": "@obsidianlaunch/new-one", "version": "0.0.0" }',
  )
  await writeFile(join(workspace, '.changeset', 'kind-owls.md'), '')
  const npmrc = join(workspace, 'npmrc')
  await using registry = await (await import('../../src/publish/registry.ts')).startRegistry()
  await writeFile(npmrc, await readFile(registry.npmrc, 'utf8'))
  const refused = await release({ workspace, npmrc }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ReleaseError)
  expect((refused as ReleaseError).problems).toEqual([
    '@obsidianlaunch/new-one has no version yet: run pnpm changeset version',
    '.changeset/kind-owls.md is not in a version yet: run pnpm changeset version',
  ])
})
