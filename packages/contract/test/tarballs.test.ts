import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodes, root, run, succeed, tsc } from './workspace.ts'

const folders = ['client', 'events', 'mock'] as const
type Folder = (typeof folders)[number]

interface Manifest {
  name: string
  exports: Record<string, unknown>
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
}

let temp = ''
const tarballs = {} as Record<Folder, string>

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'events-tarballs-'))
  for (const folder of folders) {
    tarballs[folder] = await pack(folder)
    await mkdir(join(temp, folder))
    await succeed('tar', ['-xzf', tarballs[folder], '-C', join(temp, folder)])
  }
  await install('project', folders)
})
afterAll(() => rm(temp, { recursive: true, force: true }))

test.each(folders)('%s that was not built is not packed, and says what to do', async (folder) => {
  const empty = join(temp, `${folder}-unbuilt`)
  await mkdir(empty)
  await copyFile(join(root, 'packages', folder, 'package.json'), join(empty, 'package.json'))
  const { code, stderr } = await run('npm', ['pack'], { cwd: empty })
  expect(code).not.toBe(0)
  expect(stderr).toContain('run pnpm build first')
})

/** Packed by pnpm, since npm would leave `workspace:` in the dependencies. */
async function pack(folder: Folder): Promise<string> {
  const { packageManager } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    packageManager: string
  }
  const args = ['--prefer-offline', '-y', packageManager, 'pack', '--pack-destination', join(temp, `${folder}-tgz`)]
  await succeed('npx', args, { cwd: join(root, 'packages', folder) })
  const [name] = await readdir(join(temp, `${folder}-tgz`))
  if (name === undefined) throw new Error(`${folder} was not packed`)
  return join(temp, `${folder}-tgz`, name)
}

/** An empty project that installs tarballs and nothing else. */
async function install(project: string, wanted: readonly Folder[]): Promise<void> {
  const dependencies: Record<string, string> = {}
  for (const folder of wanted) dependencies[(await manifest(folder)).name] = `file:${tarballs[folder]}`
  await mkdir(join(temp, project))
  // Else npm first asks the registry for the packages that depend on each other.
  const overrides = Object.fromEntries(Object.keys(dependencies).map((name) => [name, `$${name}`]))
  await writeFile(join(temp, project, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }))
  // npm waits five minutes for an answer that does not come.
  const patience = ['--fetch-timeout=20000', '--fetch-retries=5']
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-progress', ...patience]
  await succeed('npm', args, { cwd: join(temp, project) })
}

async function manifest(folder: Folder): Promise<Manifest> {
  return JSON.parse(await readFile(join(temp, folder, 'package', 'package.json'), 'utf8')) as Manifest
}

async function files(folder: Folder): Promise<string[]> {
  const base = join(temp, folder, 'package')
  const entries = await readdir(base, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(base.length + 1)
        .replaceAll(sep, '/'),
    )
}

/** What `npm install` put there, by the lockfile's own account. */
async function installed(project: string): Promise<[path: string, about: { hasInstallScript?: boolean }][]> {
  const lock = JSON.parse(await readFile(join(temp, project, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  return Object.entries(lock.packages).filter(([path]) => path !== '')
}

describe.each(folders)('the tarball of %s', (folder) => {
  test('holds its manifest, README, LICENSE and built files, and nothing else', async () => {
    const names = await files(folder)
    expect(names).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']),
    )
    const wanted = /^(package\.json|README\.md|LICENSE|dist\/[\w./-]+\.(js|d\.ts))$/
    // The mock brings the document that it plays and the licences of what is bundled into it.
    const wantedOfMock = /^dist\/(openapi\.yaml|[\w.-]*licen[cs]es?[\w.-]*)$/i
    const strange = names.filter((name) => !wanted.test(name) && !(folder === 'mock' && wantedOfMock.test(name)))
    expect(strange).toEqual([])
    expect(names.filter((name) => /\.(test|spec)\.|\.map$/.test(name))).toEqual([])
  })

  test('names no folder of the machine that built it', async () => {
    const personal = [root, homedir(), tmpdir()].filter((path) => path.length > 1).map((path) => path + sep)
    const found: string[] = []
    for (const name of await files(folder)) {
      const text = await readFile(join(temp, folder, 'package', name), 'utf8')
      if (personal.some((path) => text.includes(path))) found.push(name)
    }
    expect(found).toEqual([])
  })

  test('asks for released versions only and runs nothing at installation', async () => {
    const { dependencies = {}, scripts = {} } = await manifest(folder)
    expect(Object.values(dependencies).filter((range) => !/^[\^~]?\d/.test(range))).toEqual([])
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([])
  })

  test.each(nodes())('loads through each of its doors by import and by require on %s', async (node) => {
    const { name, exports } = await manifest(folder)
    const doors = Object.keys(exports).filter((door) => door !== './package.json')
    expect(doors).toContain('.')
    for (const door of doors) {
      const id = JSON.stringify(name + door.slice(1))
      const print =
        'console.log(Object.keys(door).filter((key) => !key.startsWith("_") && key !== "module.exports").sort().join())'
      const cwd = join(temp, 'project')
      const byImport = await succeed(node, ['--input-type=module', '-e', `import * as door from ${id}; ${print}`], {
        cwd,
      })
      const byRequire = await succeed(node, ['--input-type=commonjs', '-e', `const door = require(${id}); ${print}`], {
        cwd,
      })
      expect(byImport.trim()).not.toBe('')
      expect(byRequire).toBe(byImport)
    }
  })
})

test('installing the SDK brings at most five packages, none with an install script', async () => {
  await install('sdk-only', ['client', 'events'])
  const packages = await installed('sdk-only')
  expect(packages.length).toBeGreaterThan(0)
  expect(packages.length).toBeLessThanOrEqual(5)
  expect([...packages, ...(await installed('project'))].filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual(
    [],
  )
})

test.each(['import', 'require'])('a strict TypeScript consumer compiles by %s, declarations checked', async (how) => {
  const project = join(temp, 'project')
  const file = how === 'import' ? 'consumer.mts' : 'consumer.cts'
  await writeFile(join(project, file), consumer)
  const options =
    '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --module nodenext --target es2022'
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
  const { code, stdout } = await run(process.execPath, [tsc, ...options.split(' '), ...types, file], { cwd: project })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
})

const consumer = `
import { createEventsClient, type TrackEvent } from '@obsidianlaunch/events-client'
import { EventTracker, identifyCustomer, trackEvent, RateLimitError } from '@obsidianlaunch/events'
import { startMock } from '@obsidianlaunch/events-mock'

export async function main(): Promise<number> {
  const mock = await startMock()
  const body: TrackEvent = { customer_id: 'user123', event: 'button_click' }
  const { response } = await createEventsClient({ baseUrl: mock.url, token: 't' }).POST('/events/test', { body })
  const tracker = new EventTracker({ token: 't', baseUrl: mock.url, onError: (error) => error instanceof RateLimitError })
  const waiting: Promise<unknown>[] = [tracker.trackEvent('user123', 'button_click')]
  waiting.push(identifyCustomer('user123', 'John Doe', 'john@example.com', { plan: 'premium' }), trackEvent('user123', 'x'))
  await Promise.all(waiting)
  const { delivered } = await tracker.shutdown({ timeoutMs: 5_000 })
  await mock.close()
  return response.status + delivered
}
// @ts-expect-error -- a body that the document forbids does not compile
export const wrong: TrackEvent = { customer_id: 'user123' }
`
