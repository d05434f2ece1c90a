import { readFile, readdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join, posix, sep } from 'node:path'
import { bareImports, importedPackages } from './imports.ts'
import type { Packed } from './pack.ts'
import { root } from '@obsidianlaunch/testkit/workspace'

/** Finds what is wrong with the contents of a tarball: a line each, with what mends it. */
export async function wrongContents(packed: Packed): Promise<string[]> {
  const files = await filesOf(packed.folder)
  const texts = new Map<string, string>()
  for (const file of files) texts.set(file, await readFile(join(packed.folder, file), 'utf8'))
  return [
    ...missingFiles(packed, files),
    ...strangeFiles(packed, files),
    ...mapsWithoutSources(packed, texts),
    ...personalPaths(packed, texts),
    ...undeclaredImports(packed, texts),
    ...importsForNothing(packed, texts),
    ...unreleasedRanges(packed),
    ...installScripts(packed),
  ]
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.map((file) => file.slice(folder.length + 1).replaceAll(sep, '/')).toSorted()
}

/** A command has no entry point for imports. */
function missingFiles({ manifest: { name, exports = {}, bin = {} } }: Packed, files: string[]): string[] {
  const doors = '.' in exports ? ['dist/index.js', 'dist/index.d.ts'] : []
  const needed = ['README.md', 'LICENSE', ...doors, ...Object.values(bin)]
  return needed
    .filter((file) => !files.includes(file))
    .map((file) => `${name} has no ${file}: ${file.startsWith('dist/') ? 'run pnpm build' : 'write it'}`)
}

/** Code, declarations and what the manifest names letter by letter. */
function strangeFiles({ manifest: { name, files: named = [] } }: Packed, files: string[]): string[] {
  const ordinary = /^(package\.json|README\.md|LICENSE|dist\/[\w./-]+\.(js|d\.ts|js\.map|d\.ts\.map))$/
  const test = /(^|\/)(tests?|__tests__)\/|\.(test|spec)\./
  const wanted = (file: string) => named.some((pattern) => posix.matchesGlob(file, pattern) && pattern.includes('/'))
  return files
    .filter((file) => test.test(file) || !(ordinary.test(file) || wanted(file)))
    .map((file) => `${name} packs ${file}, which nobody who installs it needs: leave it out of "files" in package.json`)
}

function mapsWithoutSources({ manifest: { name } }: Packed, texts: Map<string, string>): string[] {
  return [...texts.keys()]
    .filter((file) => file.endsWith('.map'))
    .filter((file) => {
      const { sources, sourcesContent } = JSON.parse(texts.get(file) ?? '') as Record<string, string[] | undefined>
      const known = (source: string) => texts.has(posix.join(dirname(file), source))
      return sourcesContent === undefined && !(sources ?? []).every(known)
    })
    .map((file) => `${name} packs ${file} without its sources: set "inlineSources" in tsconfig.build.json, or no maps`)
}

function personalPaths({ manifest: { name } }: Packed, texts: Map<string, string>): string[] {
  const personal = [root, homedir(), tmpdir()].filter((path) => path.length > 1).map((path) => path + sep)
  return [...texts].flatMap(([file, text]) =>
    personal
      .filter((path) => text.includes(path))
      .slice(0, 1)
      .map((path) => `${name} names ${path} in ${file}, a folder of this machine: build without absolute paths`),
  )
}

function undeclaredImports({ manifest }: Packed, texts: Map<string, string>): string[] {
  const { name, dependencies, peerDependencies, optionalDependencies } = manifest
  const declared = new Set([name, ...Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })])
  return codeOf(texts).flatMap(([file, text]) => {
    return [...importedPackages(file, text)]
      .filter((one) => !declared.has(one))
      .map((one) => `${name} imports ${one} in ${file} and does not declare it: pnpm --filter ${name} add ${one}`)
  })
}

/** A bundler warns of such an import, and everybody else reads a file more. */
function importsForNothing({ manifest: { name, sideEffects } }: Packed, texts: Map<string, string>): string[] {
  if (sideEffects !== false) return []
  return codeOf(texts).flatMap(([file, text]) =>
    bareImports(file, text).map(
      (one) =>
        `${name} imports ${one} in ${file} for its side effects, and its package.json says there are none: build without it`,
    ),
  )
}

function codeOf(texts: Map<string, string>): [file: string, text: string][] {
  return [...texts].filter(([file]) => /\.(js|d\.ts)$/.test(file) && file.startsWith('dist/'))
}

function unreleasedRanges({ manifest: { name, dependencies = {} } }: Packed): string[] {
  return Object.entries(dependencies)
    .filter(([, range]) => !/^[\^~]?\d/.test(range))
    .map(([other, range]) => `${name} depends on ${other}@${range}, which no registry has: pack it with pnpm release`)
}

function installScripts({ manifest: { name, scripts = {} } }: Packed): string[] {
  return Object.keys(scripts)
    .filter((script) => /^(pre|post)?(install|prepare)$/.test(script))
    .map((script) => `${name} runs "${script}" on its users' machines: take that script out of its package.json`)
}
