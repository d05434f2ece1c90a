import { existsSync, globSync, readFileSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { migrate } from '@obsidianlaunch/events-postgres'
import { createDatabase, type Database, missingDatabase } from '@obsidianlaunch/testkit/database'
import { pageFile, sitePages, textOf } from '@obsidianlaunch/testkit/pages'
import { run } from '@obsidianlaunch/testkit/run'
import { packagesOf, root } from '@obsidianlaunch/testkit/workspace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scratch, typecheck } from './workspace.ts'

interface Snippet {
  /** The place at which a reader finds it: `README.md:12`, or on the site `guides/outages.md:12`. */
  where: string
  page: string
  name: string
  code: string
  runs: boolean
}

/** The pages whose code is promised to work. */
function pages(): string[] {
  const ofPackages = packagesOf().map(({ folder }) => join(folder, 'README.md'))
  const readmes = [join(root, 'README.md'), ...ofPackages, join(root, '.github', 'CONTRIBUTING.md')]
  return [...readmes.filter(existsSync), ...sitePages().map(pageFile)]
}

/** The pages whose fences may have names, as `ts server.ts`: files that their packages' own tests run. */
const pagesOfFiles = /^packages\/(?:(?:events|relay)\/README\.md|internal\/docs\/)/

const missing = missingDatabase()

/** The ts and js fences of a page; ` ```ts no-run ` asks for the compiler only. */
function snippets(page: string, text: string): Snippet[] {
  const fences = [...text.matchAll(/^```(ts|js|typescript|javascript)\b([^\n]*)\n([\s\S]*?)^```/gm)]
  const isFile = ([, , words = '']: RegExpExecArray) => pagesOfFiles.test(relative(root, page)) && words.endsWith('.ts')
  return fences
    .filter((fence) => !isFile(fence))
    .map((fence) => {
      const [, , words = '', code = ''] = fence
      const path = relative(root, page).replace('packages/internal/docs/src/content/docs/', '')
      const where = `${path}:${text.slice(0, fence.index).split('\n').length}`
      return {
        where,
        page,
        name: `${where.replaceAll(/[^\w]+/g, '-')}.ts`,
        code,
        runs: !words.split(/\s+/).includes('no-run'),
      }
    })
}

const found: Snippet[] = []
for (const page of pages()) found.push(...snippets(page, await readFile(page, 'utf8')))

let mock: Mock
/** The database of each page, in which its snippets follow each other. */
const databases = new Map<string, Promise<Database>>()
let folder = ''
let complaints: string[] = []

beforeAll(async () => {
  folder = await scratch('snippets')
  // The marker makes each snippet a module of its own, so that two may use the same names.
  for (const { name, code } of found) await writeFile(join(folder, name), `${code}\nexport {}\n`)
  complaints = (await typecheck(folder, { noUnusedLocals: false, noUnusedParameters: false })).split('\n')
  mock = await startMock()
})
afterAll(async () => {
  await mock.close()
  for (const database of databases.values()) await (await database)[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('the pages have snippets to try, and most of them are run', () => {
  expect(found.length).toBeGreaterThan(0)
  expect(found.filter(({ runs }) => runs).length).toBeGreaterThan(found.length / 2)
})

test.each(found)('the snippet at $where compiles strictly', ({ name }) => {
  expect(complaints.filter((line) => line.includes(`${name}(`))).toEqual([])
})

test.for(found.filter(({ runs }) => runs))(
  'the snippet at $where runs to its end',
  async ({ name, page, code: text }, { skip }) => {
    const needsDatabase = text.includes('DATABASE_URL')
    skip(needsDatabase && missing !== undefined, missing)
    const env = {
      EVENT_TRACKING_AUTH_TOKEN: 'snippet-token',
      EVENT_TRACKING_BASE_URL: mock.url,
      DATABASE_URL: needsDatabase ? (await databaseOf(page)).url : undefined,
      NO_COLOR: '1',
    }
    const { code, stderr } = await run(process.execPath, [join(folder, name)], { cwd: folder, env })
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  },
)

/** A page that migrates begins with an empty database; the others begin with the outbox in it. So none needs another before it. */
function databaseOf(page: string): Promise<Database> {
  const known = databases.get(page)
  if (known !== undefined) return known
  const migrates = found.some((snippet) => snippet.page === page && /\bmigrate\(/.test(snippet.code))
  const made = createDatabase().then(async (database) => {
    if (!migrates) await migrate(database.url)
    return database
  })
  databases.set(page, made)
  return made
}

test('each page of the site that writes files down is one whose files a test runs', () => {
  const tests = globSync('packages/{*,internal/*}/{test,src/trials}/**/*.ts', {
    cwd: root,
    exclude: ['**/node_modules'],
  })
  const read = tests.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const places = sitePages().filter((place) => /^```(?:ts|js) \S+\.ts/m.test(textOf(place)))
  expect(places.filter((place) => !read.includes(`'${place}'`))).toEqual([])
})

test('a fence is found with its line, and no-run is understood', () => {
  const text = '# A\n\n```ts\nlet a = 1\n```\n```sh\nls\n```\n```ts no-run\nlet b\n```\n'
  const page = join(root, 'README.md')
  expect(snippets(page, text)).toEqual([
    { where: 'README.md:3', page, name: 'README-md-3.ts', code: 'let a = 1\n', runs: true },
    { where: 'README.md:9', page, name: 'README-md-9.ts', code: 'let b\n', runs: false },
  ])
})
