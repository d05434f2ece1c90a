import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'
import { filesOf, type RecipeName, recipes, servers, write } from './recipe.ts'

test.each<RecipeName>([...recipes, 'Next.js'])('the recipe for %s compiles strictly', async (name) => {
  const folder = await write(name)
  const bundled = name === 'Next.js' ? { module: 'esnext', moduleResolution: 'bundler' } : {}
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

test.each(recipes)('every file that the page of %s names is one of its recipe', (name) => {
  const named = [...textOf(servers[name]).matchAll(/^```ts (\S+\.ts)$/gm)].map(([, file = '']) => file)
  expect(named.toSorted()).toEqual(Object.keys(filesOf(name)).toSorted())
})
