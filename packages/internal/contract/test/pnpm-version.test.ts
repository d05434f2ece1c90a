import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

const pages = globSync(['*.md', '.github/*.md', 'spec/*.md', 'package.json', 'packages/{*,internal/*}/package.json'], {
  cwd: root,
})
const read = (page: string) => readFileSync(join(root, page), 'utf8')

test('whatever tells to run a pnpm tells to run the one of this workspace', () => {
  const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
  const named = pages.flatMap((page) => (read(page).match(/pnpm@[\d.]*\d/g) ?? []).map((pnpm) => `${page}: ${pnpm}`))
  expect(named.length).toBeGreaterThan(4)
  expect(named.filter((each) => !each.endsWith(` ${packageManager}`))).toEqual([])
})
