import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, succeed } from '@obsidianlaunch/testkit/run'
import { type Manifest, pnpm, publishedPackages, root } from '@obsidianlaunch/testkit/workspace'
import { type Registry, startRegistry } from '../../src/index.ts'

let home = ''
let workspace = ''
let registry: Registry
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'events-five-'))
  workspace = join(home, 'workspace')
  const listed = await succeed('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const file of listed.trim().split('\n')) await cp(join(root, file), join(workspace, file)).catch(notThere)
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline'], { cwd: workspace })
  registry = await startRegistry()
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await rm(home, { recursive: true, force: true })
})

/** Ignores a file that git lists and somebody has just deleted. */
function notThere(error: unknown): void {
  if ((error as { code?: string }).code !== 'ENOENT') throw error
}

const { version } = JSON.parse(await readFile(join(root, 'packages', 'events', 'package.json'), 'utf8')) as Manifest
const [major, minor] = version.split('.').map(Number) as [number, number]
const next = `${major}.${minor + 1}.0`
const ours = publishedPackages().map(({ manifest }) => manifest.name)

test('five commands bring a line of the OpenAPI document to who installs the package', async () => {
  const within = { cwd: workspace, env: { NPM_CONFIG_USERCONFIG: registry.npmrc } }

  // 1. The edit, and what follows from it.
  await addOptionalField()
  await pnpm(['generate'], within)
  // 2. Of `npm test` what a user would feel: our own tests may name the types that have just changed.
  await pnpm(['exec', 'turbo', 'run', 'drift', 'build', ...ours.map((name) => `--filter=${name}`)], within)
  // 3. What it means to users.
  const summary = 'An event may say on which page it happened.'
  await pnpm(['changeset', 'add', '--minor', ours.join(), '-m', summary], within)
  // 4. The version and the changelog.
  await pnpm(['changeset', 'version'], within)
  // 5. The registry, as the two jobs of the release workflow do it.
  await pnpm(['run', 'release', 'pack', '--into', 'tarballs'], within)
  const told = await succeed(process.execPath, ['--run', 'release', '--', 'publish', 'tarballs'], within)
  expect(told.trim().split('\n')).toEqual(ours.map((name) => `published ${name}@${next}`))

  const changelog = await readFile(join(workspace, 'packages', 'events', 'CHANGELOG.md'), 'utf8')
  expect(changelog.split('\n').slice(0, 3)).toEqual(['# @obsidianlaunch/events', '', `## ${next}`])
  expect(changelog).toContain(`\n- ${summary}\n`)
  expect(changelog).not.toMatch(/[0-9a-f]{7}|Updated dependencies/)

  expect(await violationsOfInstalled({ customer_id: 'user123', event: 'x', page: '/start' })).toBe('0')
  expect(await violationsOfInstalled({ customer_id: 'user123', event: 'x', side: '/start' })).toBe('1')
  expect(await pnpm(['--silent', 'run', 'release'], within)).toBe(
    'Nothing to publish: the registry has these versions already.\n',
  )
})

async function addOptionalField(): Promise<void> {
  const document = join(workspace, 'spec', 'openapi.yaml')
  const text = await readFile(document, 'utf8')
  const edited = text.replace(/(\n    TrackEvent:[\s\S]*?\n      properties:\n)/, '$1        page: { type: string }\n')
  expect(edited).not.toBe(text)
  await writeFile(document, edited)
}

async function violationsOfInstalled(body: object): Promise<string> {
  const project = join(home, 'project')
  await mkdir(project, { recursive: true })
  const env = { NPM_CONFIG_USERCONFIG: registry.npmrc, npm_config_cache: join(home, 'npm') }
  await succeed('npm', ['install', '--no-audit', '--no-fund', '@obsidianlaunch/events-client'], { cwd: project, env })
  const program = `import { validateTrackEvent } from '@obsidianlaunch/events-client'
    console.log(validateTrackEvent(${JSON.stringify(body)}).length)`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: project })
  return stdout.trim()
}
