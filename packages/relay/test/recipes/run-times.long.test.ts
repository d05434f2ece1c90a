import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { json } from 'node:stream/consumers'
import { startMock } from '@obsidianlaunch/events-mock'
import { listen } from '@obsidianlaunch/testkit/listen'
import { filesUnder } from '@obsidianlaunch/testkit/markdown'
import { run } from '@obsidianlaunch/testkit/run'
import { bun, deno, hasWorkerd, howToInstall, startWorker } from '@obsidianlaunch/testkit/run-times'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import type { RequestRecord } from '../../src/index.ts'
import { describeRecipe } from './processes.ts'
import { answerTo, promises } from './promises.ts'
import { here, observed, recipe, recipes, scratch } from './started.ts'

/** Each run time has to be here where all of them have to be, as in CI. */
function whereInstalled(name: string, isHere: boolean, tests: () => void): void {
  if (isHere) return tests()
  test(`${name} is installed`, ({ skip }) => {
    skip(process.env['RUNTIMES'] !== 'all', `${name} is not installed: ${howToInstall}`)
    expect.fail(`${name} is not installed: ${howToInstall}`)
  })
}

whereInstalled('Bun', bun !== undefined, () => describeRecipe('Bun', [bun ?? '', 'run', 'server.ts']))
whereInstalled('Deno', deno !== undefined, () => {
  test('the recipe for Deno compiles with the types of Deno', async () => {
    const folder = await installed(recipe('Deno'))
    const { code, stderr } = await run(deno ?? '', ['check', 'server.ts'], { cwd: folder, env: { NO_COLOR: '1' } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('ERROR') })
    await rm(folder, { recursive: true })
  })
  describeRecipe('Deno', [
    deno ?? '',
    'run',
    '--allow-net',
    '--allow-env',
    '--allow-read=.',
    '--allow-write=.',
    'server.ts',
  ])
})
whereInstalled('workerd', hasWorkerd, () =>
  describe('The recipe for Cloudflare Workers', () => {
    test.each(Object.entries(promises))('%s', async (_name, keeps) => {
      await using worker = await workerOf('Cloudflare Workers')
      await expect(keeps(worker, worker.part)).resolves.toBeUndefined()
    })

    test('knows the address of its client by what Cloudflare says', async () => {
      await using worker = await workerOf('Cloudflare Workers')
      const event = { customer_id: 'user123', event: 'button_click' }
      await answerTo(worker, '/relay/events/test', event, { 'cf-connecting-ip': '203.0.113.7' })
      await expect.poll(() => worker.records.at(-1)).toMatchObject({ status: 200, address: '203.0.113.7' })
    })

    test('answers once the API has the event, which is not stored', async () => {
      await using worker = await workerOf('Cloudflare Workers')
      const [status] = await answerTo(worker, '/relay/events/test', { customer_id: 'user123', event: 'button_click' })
      expect([status, worker.part.requests.length]).toEqual([200, 1])
    })
  }),
)

/** A folder with files, and copies of our packages as an installation has them: through links Deno takes them for its own. */
async function installed(files: Record<string, string>): Promise<string> {
  const folder = await scratch('installed')
  const scope = resolve(folder, 'node_modules', '@obsidianlaunch')
  const names = ['events', 'events-client', 'events-relay']
  for (const name of names) {
    const source = name === 'events-relay' ? here : resolve(here, 'node_modules', '@obsidianlaunch', name)
    await rm(resolve(scope, name), { force: true })
    for (const part of ['dist', 'package.json']) {
      await cp(resolve(source, part), resolve(scope, name, part), { recursive: true })
    }
  }
  const dependencies = Object.fromEntries(names.map((name) => [`@obsidianlaunch/${name}`, '*']))
  const others = { 'package.json': JSON.stringify({ dependencies }), 'deno.json': '{ "nodeModulesDir": "manual" }' }
  for (const [name, text] of Object.entries({ ...files, ...others })) await writeFile(resolve(folder, name), text)
  return folder
}

/** The Worker of the page on Cloudflare's own run time, before a mock; it tells its records to a server of ours. */
async function workerOf(heading: string) {
  const records: RequestRecord[] = []
  const observer = await listen(
    createServer((request, response) => {
      json(request).then((record) => {
        records.push(record as RequestRecord)
        response.end()
      }, ignore)
    }),
  )
  const mock = await startMock()
  const part = mock.isolate({ token: 'token-of-the-worker' })
  const tell = `(record) => context.waitUntil(fetch('${observer.url}', { method: 'POST', body: JSON.stringify(record) }))`
  const script = await bundled(observed(filesUnder(recipes, heading)['worker.ts'] ?? '', 8080, tell))
  const worker = startWorker(script, { EVENT_TRACKING_BASE_URL: part.url, EVENT_TRACKING_AUTH_TOKEN: part.token })
  const url = await worker.ready
  return {
    records,
    part,
    fetch: (path: string, init?: RequestInit) => fetch(new URL(path, url), init),
    async [Symbol.asyncDispose]() {
      await worker.dispose()
      await mock.close()
      await observer[Symbol.asyncDispose]()
    },
  }
}

/** One module of the Worker and what it imports, as wrangler makes it. */
async function bundled(code: string): Promise<string> {
  const folder = await scratch('worker')
  try {
    await writeFile(resolve(folder, 'worker.ts'), code)
    await build({
      entryPoints: [resolve(folder, 'worker.ts')],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      outfile: resolve(folder, 'worker.js'),
      logLevel: 'warning',
    })
    return await readFile(resolve(folder, 'worker.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The other side has gone. */
function ignore(): void {}
