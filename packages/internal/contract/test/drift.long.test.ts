import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMock } from '@obsidianlaunch/events-mock'
import { type Ended, run } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { tsc } from './workspace.ts'

let copy = ''
const spec = () => join(copy, 'spec', 'openapi.yaml')
const client = (...path: string[]) => join(copy, 'packages', 'client', ...path)

/** A copy of what the generators need, so that the OpenAPI document can be changed without touching the checkout. */
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'events-drift-'))
  await mkdir(join(copy, 'packages'))
  await cp(join(root, 'spec'), join(copy, 'spec'), { recursive: true })
  await cp(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'))
  await cp(join(root, 'packages', 'client'), client(), {
    recursive: true,
    filter: (source) => !/[/\\](node_modules|dist|\.turbo)$/.test(source),
  })
  for (const modules of ['node_modules', join('packages', 'client', 'node_modules')]) {
    await symlink(join(root, modules), join(copy, modules))
  }
})
afterAll(() => rm(copy, { recursive: true, force: true }))

function generate(...flags: string[]): Promise<Ended> {
  return run(process.execPath, [join('scripts', 'generate.ts'), ...flags], { cwd: client() })
}

async function requireRegion(): Promise<void> {
  const document = parseDocument(await readFile(spec(), 'utf8'))
  const schema = ['components', 'schemas', 'TrackEvent']
  document.setIn([...schema, 'properties', 'region'], { type: 'string', minLength: 1 })
  document.addIn([...schema, 'required'], 'region')
  await writeFile(spec(), document.toString())
}

/** The judgement of the copied client on a body without the new field. */
async function violations(): Promise<unknown> {
  const program = `import { validateTrackEvent } from './src/index.ts'
    console.log(JSON.stringify(validateTrackEvent({ customer_id: 'user123', event: 'click' })))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: client() })
  return JSON.parse(stdout)
}

test('a changed document is refused with the command that mends it, and everything follows once that has run', async () => {
  expect(await generate('--check')).toMatchObject({ code: 0 })
  await requireRegion()

  const { code, stdout, stderr } = await generate('--check')
  expect(code).toBe(1)
  expect(stdout + stderr).toContain('pnpm generate')
  expect(await violations()).toEqual([])

  expect(await generate()).toMatchObject({ code: 0 })
  expect(await generate('--check')).toMatchObject({ code: 0 })
  expect(await readFile(client('src', 'generated', 'openapi.gen.ts'), 'utf8')).toMatch(/\bregion: string/)
  expect(await violations()).toMatchObject([{ path: 'region', keyword: 'required' }])

  // The client itself needs no edit, and the compiler finds the code that does.
  const compile = () => run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noEmit'], { cwd: client() })
  expect(await compile()).toMatchObject({ code: 0 })
  const caller = `import type { TrackEvent } from './index.ts'
    export const old: TrackEvent = { customer_id: 'user123', event: 'click' }`
  await writeFile(client('src', 'caller.ts'), caller)
  expect((await compile()).stdout).toMatch(/'region' is missing/)
})

test('the mock plays the changed document as well', async () => {
  await requireRegionOnce()
  const mock = await startMock({ spec: spec() })
  const post = (body: object) =>
    fetch(`${mock.url}/events/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer t' },
      body: JSON.stringify(body),
    })
  const without = await post({ customer_id: 'user123', event: 'click' })
  const withRegion = await post({ customer_id: 'user123', event: 'click', region: 'eu' })
  await mock.close()
  expect(without.status).toBeGreaterThanOrEqual(400)
  expect(withRegion.status).toBe(200)
})

async function requireRegionOnce(): Promise<void> {
  if (!(await readFile(spec(), 'utf8')).includes('region')) await requireRegion()
}
