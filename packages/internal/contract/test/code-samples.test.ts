import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startMock, type Mock } from '@obsidianlaunch/events-mock'
import { run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { scratch, typecheck } from './workspace.ts'

interface Sample {
  operation: string
  path: string
  lang: string
  source: string
}
interface Operation {
  operationId: string
  'x-codeSamples'?: { lang: string; label: string; source: string }[]
}

const spec = parse(readFileSync(join(root, 'spec', 'openapi.yaml'), 'utf8')) as {
  servers: [{ url: string }]
  paths: Record<string, { post: Operation }>
}
const [{ url: server }] = spec.servers
const operations = Object.entries(spec.paths).map(([path, { post }]) => ({
  path,
  id: post.operationId,
  all: post['x-codeSamples'] ?? [],
}))
const samples: Sample[] = operations.flatMap(({ path, id, all }) =>
  all.map(({ lang, source }) => ({ operation: id, path, lang, source })),
)

/** Programs that run a sample, by its language, and the reason why one of them cannot. */
const tools: Record<string, { command: string[]; extension: string; missing: string | undefined }> = {
  ts: { command: [process.execPath], extension: 'ts', missing: undefined },
  python: {
    command: ['python3'],
    extension: 'py',
    missing: await lacks(['python3', '-c', 'import requests'], 'python3 with requests: pip install requests'),
  },
  sh: { command: ['sh'], extension: 'sh', missing: await lacks(['curl', '--version'], 'curl') },
}

async function lacks([command = '', ...args]: string[], what: string): Promise<string | undefined> {
  const ended = await run(command, args).catch(() => undefined)
  return ended?.code === 0 ? undefined : `needs ${what}`
}

let mock: Mock
let folder = ''
beforeAll(async () => {
  folder = await scratch('samples')
  mock = await startMock()
})
afterAll(async () => {
  await mock.close()
  await rm(folder, { recursive: true })
})

test('each operation of the OpenAPI document has code in TypeScript, Python and for curl', () => {
  const languages = operations.map(({ all }) => all.map(({ lang }) => lang).join())
  expect(languages).toEqual(operations.map(() => Object.keys(tools).join()))
})

test('the samples in TypeScript compile strictly', async () => {
  for (const { operation, lang, source } of samples) {
    if (lang === 'ts') await writeFile(join(folder, `${operation}.ts`), source)
  }
  expect(await typecheck(folder)).toBe('')
})

test.for(samples)('the sample of $operation in $lang makes a call that the API takes', async (sample, { skip }) => {
  const { operation, path, lang, source } = sample
  const {
    command: [command = '', ...args],
    extension,
    missing,
  } = tools[lang] ?? { command: [], extension: '', missing: lang }
  skip(missing !== undefined, missing)
  const part = mock.isolate()
  const file = join(folder, `${operation}-run.${extension}`)
  await writeFile(file, source.replaceAll(server, mock.url))
  const env = { EVENT_TRACKING_AUTH_TOKEN: part.token, EVENT_TRACKING_BASE_URL: mock.url, NO_COLOR: '1' }
  const { code, stderr } = await run(command, [...args, file], { cwd: folder, env })
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  expect(part.requests.map((request) => [request.path, request.status, request.violations])).toEqual([[path, 200, []]])
})
