import { mkdir, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commandIn, Copy } from './copy.ts'

let copy: Copy
beforeEach(async () => {
  copy = await Copy.of(
    'spec',
    '.changeset',
    '*.json',
    'pnpm-*.yaml',
    'packages/internal/release',
    'packages/internal/testkit',
    'packages/*/package.json',
  )
  await writeReport('export function track(id: string): void;')
  await copy.branch()
})
afterEach(() => copy.remove())

async function writeReport(declaration: string): Promise<void> {
  await mkdir(copy.path('packages', 'internal', 'release', 'api'), { recursive: true })
  const report = `## API\n\n\`\`\`ts\n\n// @public\n${declaration}\n\n\`\`\`\n`
  await writeFile(copy.path('packages', 'internal', 'release', 'api', 'events.api.md'), report)
}

test('a change of what is exported fails without a changeset, in one line whose command mends it', async () => {
  await writeReport('export function track(id: number): void;')
  const { code, stdout, stderr } = await copy.shell('pnpm spec:check')
  expect(code).toBe(1)
  expect(stdout).toContain('major  events: track(id) was string, now number')
  expect(stderr).toMatch(/^spec:check: What the packages export demands minor .*To mend it, run: pnpm changeset add/)
  expect(stderr.trimEnd()).not.toContain('\n')

  await copy.succeed(commandIn(stderr))
  expect(await copy.shell('pnpm spec:check')).toMatchObject({ code: 0, stderr: '' })
})
