import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { pageOf } from '@obsidianlaunch/testkit/pages'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recipe, recipes, scratch } from './started.ts'

/** The recipes, each with the types of its run time; Deno has its own, and checks its recipe in the long tests. */
const typesOf: Record<string, string[]> = {
  Node: ['node'],
  Hono: ['node'],
  Express: ['node'],
  Fastify: ['node'],
  'Next.js': ['node'],
  Bun: ['bun'],
  'Cloudflare Workers': ['node'],
}
let folder = ''
beforeAll(async () => void (folder = await scratch('types')))
afterAll(() => rm(folder, { recursive: true }))

async function complaintsAbout(heading: string, types: string[]): Promise<string> {
  const here = resolve(folder, heading.replaceAll(/\W/g, ''))
  for (const [name, code] of Object.entries(recipe(heading))) {
    await mkdir(dirname(resolve(here, name)), { recursive: true })
    await writeFile(resolve(here, name), code)
  }
  const bundled = heading === 'Next.js' ? { module: 'esnext', moduleResolution: 'bundler' } : {}
  const config = {
    extends: resolve(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, types, noPropertyAccessFromIndexSignature: false, skipLibCheck: true, ...bundled },
    include: ['**/*.ts'],
  }
  await writeFile(resolve(here, 'tsconfig.json'), JSON.stringify(config))
  return (await run(process.execPath, [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', here])).stdout
}

test.each(Object.entries(typesOf))('the recipe for %s compiles strictly', async (heading, types) => {
  expect(await complaintsAbout(heading, types)).toBe('')
})

test('every file that the page names is run by one of the recipes', () => {
  const named = [...readFileSync(recipes, 'utf8').matchAll(/^```ts (\S+\.ts)$/gm)].map(([, name = '']) => name)
  const headings = ['The relay', 'Deno', ...Object.keys(typesOf)]
  expect(named.toSorted()).toEqual(headings.flatMap((heading) => Object.keys(filesUnder(recipes, heading))).toSorted())
})

test('the guide begins with the program of the recipe for Node', () => {
  const guide = filesUnder(pageOf('guides/relay'), 'In your own server')
  expect(Object.keys(guide)).toEqual(['relay.ts', 'server.ts'])
  expect(guide).toEqual(recipe('Node'))
})
