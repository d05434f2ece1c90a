import { cp, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, succeed } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

/** A project that has installed the SDK, and nothing else. */
async function project(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'without-api-'))
  for (const [name, from] of [
    ['events', 'packages/events'],
    ['events-client', 'packages/client'],
  ] as const) {
    for (const part of ['package.json', 'dist'])
      await cp(join(root, from, part), join(folder, 'node_modules', '@obsidianlaunch', name, part), { recursive: true })
  }
  return folder
}

const load = `const { instrumentEvents } = await import('@obsidianlaunch/events/opentelemetry')
instrumentEvents()()
console.log('loaded')`

test('where @opentelemetry/api is not installed, Node names it, and the other entry points load', async () => {
  const cwd = await project()
  const { code, stderr } = await run(process.execPath, ['--input-type=module', '--eval', load], { cwd })
  expect(code).toBe(1)
  expect(stderr).toMatch(/Cannot find package '@opentelemetry\/api' imported from .*opentelemetry\.node\.js/)
  const main = `import { EventTracker } from '@obsidianlaunch/events'; console.log(typeof EventTracker)`
  expect(await succeed(process.execPath, ['--input-type=module', '--eval', main], { cwd })).toContain('function')
})

test('once it is installed, the entry point loads by import and by require', async () => {
  const cwd = await project()
  const api = await realpath(join(import.meta.dirname, '..', '..', 'node_modules', '@opentelemetry', 'api'))
  await cp(api, join(cwd, 'node_modules', '@opentelemetry', 'api'), { recursive: true })
  expect(await succeed(process.execPath, ['--input-type=module', '--eval', load], { cwd })).toContain('loaded')
  const byRequire = `require('@obsidianlaunch/events/opentelemetry').instrumentEvents()(); console.log('loaded')`
  expect(await succeed(process.execPath, ['--input-type=commonjs', '--eval', byRequire], { cwd })).toContain('loaded')
})
