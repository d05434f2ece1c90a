import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const files = globSync(manifest.files, { cwd: root })
const call = `async (startMock) => {
  const mock = await startMock()
  const headers = { Authorization: 'Bearer x', 'Content-Type': 'application/json' }
  const body = JSON.stringify({ customer_id: 'user123', event: 'button_click' })
  const good = await fetch(mock.url + '/events/test', { method: 'POST', headers, body })
  const bad = await fetch(mock.url + '/events/test', { method: 'POST', headers, body: '{}' })
  console.log(good.status, bad.status, mock.requests[1].violations.length)
  await mock.close()
}`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mock package '))
  await Promise.all(['package.json', ...files].map((file) => cp(join(root, file), join(folder, file))))
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  ['import', 'check.mjs', `import { startMock } from './dist/index.js'\nawait (${call})(startMock)`],
  ['require', 'check.cjs', `(${call})(require('./dist/index.js').startMock)`],
])('what is published works by %s, alone, and prints nothing', async (_, name, script) => {
  await writeFile(join(folder, name), script)
  const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder })
  expect({ stdout, stderr }).toEqual({ stdout: '200 400 2\n', stderr: '' })
})

test.each(['esm', 'cjs'] as const)('it can be bundled into a program of one file, as %s', async (format) => {
  const program = join(folder, `program-${format}`)
  const entry = join(folder, `entry-${format}.mjs`)
  const script = `import { startMock } from './dist/index.js'
    import { mockCommand } from './dist/command.js'
    const check = ${call}
    const page = async () => {
      const mock = await startMock()
      const files = ['', '/page.js', '/style.css', '/icon.svg']
      for (const file of files) console.log((await fetch(mock.inspectorUrl + file)).status)
      await mock.close()
    }
    check(startMock).then(page).then(() => mockCommand(['--version']))`
  await writeFile(entry, script)
  const { warnings } = await build({
    entryPoints: [entry],
    outfile: join(program, format === 'esm' ? 'main.mjs' : 'main.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    logLevel: 'silent',
  })
  expect(warnings).toEqual([])
  const [file = ''] = await readdir(program)
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: program })
  expect({ stdout, stderr }).toEqual({ stdout: `200 400 2\n${'200\n'.repeat(4)}${manifest.version}\n`, stderr: '' })
})

test('its declarations compile strictly without any others', async () => {
  const consumer = `import { startMock, type Exchange, type Fault, type Mock } from './dist/index.js'
    const script: Fault[] = [{ status: 503, times: 2 }, { pass: 1 }, { status: 429, retryAfter: 1 }]
    export async function first(): Promise<Exchange | undefined> {
      const mock: Mock = await startMock({ port: 0 })
      mock.fail(script)
      await mock.close()
      return mock.requests[0]
    }`
  await writeFile(join(folder, 'consumer.mts'), consumer)
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022']
  const compiler = resolve(root, '../../node_modules/typescript/bin/tsc')
  const compile = run(process.execPath, [compiler, ...options, '--types', '', 'consumer.mts'], { cwd: folder })
  await expect(
    compile.then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    ),
  ).resolves.toBe('')
})

test('every declaration that a published one names is published too', async () => {
  const missing: string[] = []
  for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
    const text = await readFile(join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/from '(\.[\w./-]+)\.ts'/g)) {
      if (!files.includes(`${join(dirname(file), name)}.d.ts`)) missing.push(`${file} names ${name}`)
    }
  }
  expect(missing).toEqual([])
})

test.each(['vitest', 'jest', 'command'])(
  'the entry point %s can be imported without a test runner, by import and by require',
  async (entry) => {
    const file = `./dist/${entry}.js`
    const byImport = await run(process.execPath, ['-e', `import('${file}').then(Object.keys).then(console.log)`], {
      cwd: folder,
    })
    const byRequire = await run(process.execPath, ['-e', `console.log(Object.keys(require('${file}')))`], {
      cwd: folder,
    })
    expect(byImport).toEqual({ stdout: byRequire.stdout, stderr: '' })
  },
)

test('it needs no other package, runs no script at installation and brings the licences of what it contains', async () => {
  expect(Object.keys(manifest)).not.toContain('dependencies')
  expect(Object.keys(manifest.scripts).filter((name) => name.includes('install'))).toEqual([])
  const licenses = await readFile(join(folder, 'dist/licenses.txt'), 'utf8')
  expect(licenses).toMatch(/^@stoplight\/prism-http \S+ \(Apache-2\.0\)$/m)
  expect(licenses).not.toContain('scarf')
})
