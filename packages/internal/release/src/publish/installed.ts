import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importedPackages } from './imports.ts'
import type { Packed } from './pack.ts'
import { run, succeed } from '@obsidianlaunch/testkit/run'
import type { Manifest } from '@obsidianlaunch/testkit/workspace'

/** Installs the tarballs in an empty project, and says what is wrong there: a line each, with what mends it. */
export async function wrongWhenInstalled(packed: readonly Packed[], nodes = [process.execPath]): Promise<string[]> {
  const project = await mkdtemp(join(tmpdir(), 'events-doors-'))
  try {
    await install(project, packed, Object.assign({}, ...(await Promise.all(packed.map(importedPeers)))))
    const wrong = await installScriptsIn(project)
    for (const one of packed) for (const node of nodes) wrong.push(...(await closedDoors(project, one, node)))
    return wrong
  } finally {
    await rm(project, { recursive: true, force: true })
  }
}

/** Optional peers without which an entry point does not load. */
async function importedPeers({ folder, manifest: { peerDependencies = {} } }: Packed): Promise<Record<string, string>> {
  const imported = new Set<string>()
  const files = Object.keys(peerDependencies).length === 0 ? [] : await readdir(join(folder, 'dist'))
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const text = await readFile(join(folder, 'dist', file), 'utf8')
    for (const one of importedPackages(file, text)) imported.add(one)
  }
  return Object.fromEntries(Object.entries(peerDependencies).filter(([name]) => imported.has(name)))
}

/** An empty project that installs tarballs, the peers that are named, and nothing else. */
export async function install(
  project: string,
  packed: readonly Packed[],
  peers: Record<string, string> = {},
): Promise<void> {
  const tarballs = Object.fromEntries(packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]))
  const dependencies = { ...tarballs, ...peers }
  // Else npm first asks the registry for the packages that depend on each other.
  const overrides = Object.fromEntries(Object.keys(dependencies).map((name) => [name, `$${name}`]))
  await mkdir(project, { recursive: true })
  await writeFile(join(project, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }))
  // npm waits five minutes for an answer that does not come.
  const patience = ['--fetch-timeout=20000', '--fetch-retries=5']
  // No script is run, so that one that should not be there does nothing before it is found.
  const args = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...patience]
  await succeed('npm', args, { cwd: project })
}

/** The packages that npm put into a project, by its lockfile. */
export async function installedIn(project: string): Promise<[name: string, about: { hasInstallScript?: boolean }][]> {
  const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, about]) => [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), about])
}

async function installScriptsIn(project: string): Promise<string[]> {
  return (await installedIn(project))
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([name]) => `${name} has an install script, which our users would have to trust: depend on something else`)
}

async function closedDoors(project: string, { manifest }: Packed, node: string): Promise<string[]> {
  const wrong: string[] = []
  for (const door of doorsOf(manifest)) {
    const byImport = await names(project, node, 'module', `import * as entry from '${door}'`)
    const byRequire = await names(project, node, 'commonjs', `const entry = require('${door}')`)
    for (const [how, { error }] of [
      ['import', byImport],
      ['require', byRequire],
    ] as const) {
      if (error !== undefined) wrong.push(`${door} does not load by ${how}: ${error}; mend "exports" or run pnpm build`)
    }
    if (byImport.names === '') wrong.push(`${door} exports nothing: mend "exports" or run pnpm build`)
    if (byImport.names !== byRequire.names)
      wrong.push(`${door} is not the same by import and by require: pack ESM alone`)
  }
  return wrong
}

async function names(
  cwd: string,
  node: string,
  type: string,
  load: string,
): Promise<{ names?: string; error?: string }> {
  const print = `console.log(Object.keys(entry).filter((key) => !/^_|^module.exports$/.test(key)).sort().join())`
  const { code, stdout, stderr } = await run(node, [`--input-type=${type}`, '-e', `${load}; ${print}`], { cwd })
  if (code === 0) return { names: stdout.trim() }
  return { error: /^\w*Error.*$/m.exec(stderr)?.[0] ?? stderr.trim() }
}

/** The entry points of a package as one imports them: `@obsidianlaunch/events/sqlite`. */
function doorsOf({ name, exports = {} }: Manifest): string[] {
  return Object.keys(exports)
    .filter((door) => door !== './package.json')
    .map((door) => name + door.slice(1))
}
