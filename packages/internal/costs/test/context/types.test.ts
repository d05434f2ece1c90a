import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'
import { readme, recipes, write } from './recipe.ts'

/** That of Next.js is run by the project of that name in packages/internal/strangers. */
const headings = [...recipes, 'Next.js']

test.each(headings)('the recipe for %s compiles strictly', async (heading) => {
  const folder = await write(heading)
  const bundled = heading === 'Next.js' ? { module: 'esnext', moduleResolution: 'bundler' } : {}
  const config = {
    extends: resolve(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, types: ['node'], skipLibCheck: true, ...bundled },
    include: ['**/*.ts'],
  }
  await writeFile(resolve(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
  expect((await run(process.execPath, [tsc, '-p', folder])).stdout).toBe('')
  await rm(folder, { recursive: true })
})

test('every file that the README names is one of a recipe', () => {
  const named = [...readFileSync(readme, 'utf8').matchAll(/^```ts (\S+\.ts)$/gm)].map(([, name = '']) => name)
  expect(named.toSorted()).toEqual(headings.flatMap((heading) => Object.keys(filesUnder(readme, heading))).toSorted())
})
