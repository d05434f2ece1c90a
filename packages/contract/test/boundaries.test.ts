import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './workspace.ts'

/** The design's arrows: what each published package may import of ours. Private packages may import all, and nobody them. */
const arrows: Record<string, string[]> = {
  '@obsidianlaunch/events-client': [],
  '@obsidianlaunch/events': ['@obsidianlaunch/events-client'],
  '@obsidianlaunch/events-mock': [],
  '@obsidianlaunch/events-cli': [
    '@obsidianlaunch/events-client',
    '@obsidianlaunch/events',
    '@obsidianlaunch/events-mock',
  ],
}
/** Tests of any package may start the mock. */
const inTests = ['@obsidianlaunch/events-mock']

interface Manifest {
  name: string
  private?: boolean
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

interface Source {
  file: string
  text: string
}

const ours = (name: string) => name.startsWith('@obsidianlaunch/')
const packageOf = (specifier: string) => specifier.split('/').slice(0, 2).join('/')

/** What is named by import, export … from, import() and require. */
function specifiers(text: string): string[] {
  const code = text.replaceAll(/^\s*(\*|\/\/).*$/gm, '')
  return [...code.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"]([^'"\n]+)['"]/g)].map(([, name]) => name ?? '')
}

function trespasses(folder: string, manifest: Manifest, sources: Source[]): string[] {
  const allowed = manifest.private === true ? names : arrows[manifest.name]
  if (allowed === undefined) return [`${manifest.name} has no arrow in the design`]
  const { dependencies, peerDependencies, optionalDependencies, devDependencies = {} } = manifest
  const needed = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  const complaints = [
    ...needed.filter((name) => ours(name) && !allowed.includes(name)),
    ...Object.keys(devDependencies).filter((name) => ours(name) && ![...allowed, ...inTests].includes(name)),
  ].map((name) => `${manifest.name} depends on ${name}`)
  for (const { file, text } of sources) {
    for (const specifier of specifiers(text)) {
      const outside = specifier.startsWith('.') && !resolve(file, '..', specifier).startsWith(folder + sep)
      const forbidden = ours(specifier) && ![...allowed, manifest.name].includes(packageOf(specifier))
      if (outside || forbidden) complaints.push(`${relative(root, file)} imports ${specifier}`)
    }
  }
  return complaints
}

async function sourcesOf(folder: string): Promise<Source[]> {
  const sources: Source[] = []
  for (const [part, ending] of [
    ['src', /\.ts$/],
    ['dist', /\.d\.ts$/],
  ] as const) {
    if (!existsSync(join(folder, part))) continue
    const names = await readdir(join(folder, part), { recursive: true })
    for (const file of names.filter((name) => ending.test(name)).map((name) => join(folder, part, name))) {
      sources.push({ file, text: await readFile(file, 'utf8') })
    }
  }
  return sources
}

const packages = join(root, 'packages')
const folders = (await readdir(packages)).filter((name) => existsSync(join(packages, name, 'package.json')))
const manifests = await Promise.all(
  folders.map(async (name) => JSON.parse(await readFile(join(packages, name, 'package.json'), 'utf8')) as Manifest),
)
const names = manifests.map(({ name }) => name)

test.each(folders)('packages/%s imports only along the arrows of the design', async (name) => {
  const manifest = manifests[folders.indexOf(name)] as Manifest
  const folder = join(packages, name)
  expect(trespasses(folder, manifest, await sourcesOf(folder))).toEqual([])
})

test('every arrow belongs to a package, and each of those has sources to look at', async () => {
  const found: string[] = []
  for (const [index, folder] of folders.entries()) {
    const name = names[index] ?? ''
    if (name in arrows && (await sourcesOf(join(packages, folder))).length > 1) found.push(name)
  }
  expect(found.toSorted()).toEqual(Object.keys(arrows).toSorted())
})

test('an import against an arrow is found, in the manifest, in the code and across folders', () => {
  const folder = join(packages, 'client')
  const manifest = { name: '@obsidianlaunch/events-client', dependencies: { '@obsidianlaunch/events': 'workspace:*' } }
  const text = `
    import type { Mock } from '@obsidianlaunch/events-mock'
    export { lanes } from "../../events/src/lanes.ts"
    const late = await import('@obsidianlaunch/events/inner')
    import '@obsidianlaunch/events-client'
    import { fine } from './fine.ts'`
  expect(trespasses(folder, manifest, [{ file: join(folder, 'src', 'index.ts'), text }])).toEqual([
    '@obsidianlaunch/events-client depends on @obsidianlaunch/events',
    'packages/client/src/index.ts imports @obsidianlaunch/events-mock',
    'packages/client/src/index.ts imports ../../events/src/lanes.ts',
    'packages/client/src/index.ts imports @obsidianlaunch/events/inner',
  ])
  expect(trespasses(folder, { name: '@obsidianlaunch/new' }, [])).toEqual([
    '@obsidianlaunch/new has no arrow in the design',
  ])
})
