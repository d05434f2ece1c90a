import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '@obsidianlaunch/testkit/run'
import { publishedPackages, root } from '@obsidianlaunch/testkit/workspace'
import { check, install, installedIn, packAll, type Packed } from '../../src/index.ts'

const packages = publishedPackages()
let temp = ''
let packed: Packed[] = []
/** A project that has installed all of them. */
let project = ''
beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'events-tarballs-'))
  packed = await packAll(temp)
  project = join(temp, 'project')
  await install(project, packed)
})
afterAll(() => rm(temp, { recursive: true, force: true }))

test('the packages of this workspace may be published as they are', async () => {
  await expect(check(packed)).resolves.toBeUndefined()
})

test.each(packages.map(({ folder, manifest }) => [manifest.name, folder]))(
  '%s that was not built is not packed, and says what to do',
  async (name, folder) => {
    const empty = join(temp, `${name.replace('/', '-')}-unbuilt`)
    await mkdir(empty)
    await copyFile(join(folder, 'package.json'), join(empty, 'package.json'))
    const { code, stderr } = await run('npm', ['pack'], { cwd: empty })
    expect(code).not.toBe(0)
    expect(stderr).toContain('run pnpm build first')
  },
)

test('installing the SDK brings at most five packages', async () => {
  const alone = join(temp, 'sdk-only')
  await install(
    alone,
    packed.filter(({ manifest }) => !/-(mock|postgres|relay|cli)$/.test(manifest.name)),
  )
  const installed = await installedIn(alone)
  expect(installed.map(([name]) => name)).toContain('@obsidianlaunch/events')
  expect(installed.length).toBeLessThanOrEqual(5)
})

test.each([
  ['obsidian-events', 'Usage: obsidian-events [options] [command]'],
  ['obsidian-events-mock', 'Usage: obsidian-events-mock [options]'],
])('the command %s runs once it is installed', async (command, usage) => {
  const { code, stdout } = await run(join(project, 'node_modules', '.bin', command), ['--help'], { cwd: project })
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(usage) as string })
})

test.each(['import', 'require'])('a strict TypeScript consumer compiles by %s, declarations checked', async (how) => {
  // The program of the strangers, which CI compiles with older and newer compilers too.
  const file = how === 'import' ? 'main.ts' : 'main.cts'
  await copyFile(join(root, 'packages', 'internal', 'strangers', 'projects', 'typescript', file), join(project, file))
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options =
    '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --module nodenext --target es2022'
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
  const { code, stdout } = await run(process.execPath, [tsc, ...options.split(' '), ...types, file], { cwd: project })
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
})
