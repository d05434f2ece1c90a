import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { post } from '../calls.ts'

const program = join(import.meta.dirname, '..', '..', 'dist', 'bin.js')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mock-record-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const calls = () => join(folder, 'calls.ndjson')
const lines = () => readFileSync(calls(), 'utf8').split('\n').slice(0, -1)

interface Started {
  url: string
  child: ChildProcess
  stderr: Promise<string>
  printed: () => string
}

/** Starts the command, which records unless it is told otherwise, and waits for its heading. */
async function start(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, [program, '--port', '0', '--record', calls(), ...args])
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await expect.poll(() => printed).toContain('Ctrl-C ends it')
  return { url: /http:\S+/.exec(printed)?.[0] ?? '', child, stderr: text(child.stderr), printed: () => printed }
}

async function end({ child }: Started, signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
  child.kill(signal)
  await once(child, 'exit')
  return child.exitCode
}

/** Runs the command to its end, which comes before it starts. */
async function refused(...args: string[]) {
  const child = spawn(process.execPath, [program, '--port', '0', ...args])
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

/** Starts the command with `--open` and a browser of that name. */
async function openIn(BROWSER: string) {
  const child = spawn(process.execPath, [program, '--port', '0', '--open'], { env: { ...process.env, BROWSER } })
  onTestFinished(() => void child.kill())
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()))
  await expect.poll(() => said.stdout).toContain('Ctrl-C ends it')
  return { url: /http:\S+_inspector/.exec(said.stdout)?.[0], said }
}

const track = (url: string, id: string | undefined, event = 'click', more: Record<string, string> = {}) =>
  post({ url }, '/events/test', `{"customer_id":"ada","event":"${event}"}`, {
    ...(id !== undefined && { 'Idempotency-Key': id }),
    ...more,
  })

test('what arrives is recorded in order, each event once by its id: a retry is no second line', async () => {
  const mock = await start('--fail', '503x2')
  expect((await track(mock.url, 'a')).status).toBe(503)
  expect((await track(mock.url, 'a')).status).toBe(503)
  expect((await track(mock.url, 'a')).status).toBe(200)
  await post({ url: mock.url }, '/customer', '{"customer_id":"ada","plan":"Lite"}', { 'Idempotency-Key': 'b' })
  await track(mock.url, undefined)
  await track(mock.url, undefined)
  expect(mock.printed()).toContain(`Record    ${calls()}`)
  expect(await end(mock)).toBe(0)
  expect(lines()).toEqual([
    '{"type":"track","id":"a","customer_id":"ada","event":"click"}',
    '{"type":"identify","id":"b","customer_id":"ada","plan":"Lite"}',
    '{"type":"track","customer_id":"ada","event":"click"}',
    '{"type":"track","customer_id":"ada","event":"click"}',
  ])
})

/** Two customers have one id, and one of them has a retry. */
async function arrive(url: string): Promise<void> {
  for (const customer of ['ada', 'bob', 'ada']) {
    const body = `{"customer_id":"${customer}","event":"signup"}`
    await post({ url }, '/events/test', body, { 'Idempotency-Key': 'one' })
  }
}

test('an id that two customers have is of two events, in a file that is added to, too; an empty one is none', async () => {
  const first = await start()
  await arrive(first.url)
  await track(first.url, '')
  await end(first)
  const wanted = [
    '{"type":"track","id":"one","customer_id":"ada","event":"signup"}',
    '{"type":"track","id":"one","customer_id":"bob","event":"signup"}',
    '{"type":"track","customer_id":"ada","event":"click"}',
  ]
  expect(lines()).toEqual(wanted)
  const second = await start('--append')
  await arrive(second.url)
  await end(second)
  expect(lines()).toEqual(wanted)
})

test('the order is that of arrival, also where an earlier answer is late or never comes', async () => {
  const mock = await start('--fail', 'hang,delay:300')
  const hanging = track(mock.url, 'first').catch(() => 'cut')
  await expect.poll(lines).toHaveLength(1)
  const late = track(mock.url, 'second')
  await expect.poll(lines).toHaveLength(2)
  await track(mock.url, 'third')
  await late
  await end(mock)
  expect(await hanging).toBe('cut')
  expect(lines().map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['first', 'second', 'third'])
})

test('a body is recorded as it was sent, to the last digit, in one line', async () => {
  const mock = await start()
  const body =
    '\n{ "customer_id": "ada",\r\n  "event": "a\\nb",\n  "property": {"n": 1524831183200260097, "x": 1e2}\n}\n'
  await post({ url: mock.url }, '/events/test', body, { 'Idempotency-Key': 'q"1' })
  await end(mock)
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toContain('{"type":"track","id":"q\\"1","customer_id": "ada",')
  expect(lines()[0]).toContain('"event": "a\\nb"')
  expect(lines()[0]).toContain('{"n": 1524831183200260097, "x": 1e2}')
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ id: 'q"1', customer_id: 'ada', event: 'a\nb' })
})

test('what violates the OpenAPI document is left out, and no token is ever in the file', async () => {
  const mock = await start()
  await post({ url: mock.url }, '/events/test', '{"customer_id":"ada"}')
  await post({ url: mock.url }, '/events/test', 'junk')
  await post({ url: mock.url }, '/nowhere', '{}')
  await track(mock.url, 'none', 'click', { Authorization: '' })
  await track(mock.url, 'good')
  await end(mock)
  expect(lines()).toEqual(['{"type":"track","id":"good","customer_id":"ada","event":"click"}'])
  expect(readFileSync(calls(), 'utf8')).not.toMatch(/bearer|secret-token/i)
})

test('a kill loses nothing that was answered', async () => {
  const mock = await start()
  for (let n = 0; n < 50; n++) await track(mock.url, `id-${n}`)
  await end(mock, 'SIGKILL')
  expect(lines()).toHaveLength(50)
})

test('the file is for its owner only', async () => {
  await end(await start())
  expect(statSync(calls()).mode & 0o777).toBe(0o600)
})

test('a file with something in it is refused, and --append goes on in it with the ids that it has', async () => {
  const first = await start()
  await track(first.url, 'a')
  await end(first)
  const again = await refused('--record', calls())
  expect(again).toEqual({
    code: 1,
    stdout: '',
    stderr: `${calls()} has something in it: name another file, or add to this one with --append\n`,
  })
  const second = await start('--append')
  await track(second.url, 'a')
  await track(second.url, 'b')
  await end(second)
  expect(lines()).toHaveLength(2)
  expect(lines()[1]).toContain('"id":"b"')
})

test.each([
  ['a line that a kill has cut off is taken out', '{"id":"a","customer_id":"ada"}\n{"id":"b","cust', 1],
  ['a last line without its end is kept', '{"id":"a","customer_id":"ada"}', 1],
  ['a line that is something else is kept', '{"id":"a"}\nmy notes', 2],
])('with --append %s', async (_name, before, kept) => {
  writeFileSync(calls(), before)
  const mock = await start('--append')
  await track(mock.url, 'b')
  await end(mock)
  expect(lines()).toEqual([
    ...before.split('\n').slice(0, kept),
    '{"type":"track","id":"b","customer_id":"ada","event":"click"}',
  ])
})

test.each([
  [['--record', '/nowhere/calls'], 1, '/nowhere/calls cannot be made: its folder does not exist\n'],
  [['--record', tmpdir()], 1, `${tmpdir()} is a directory: name a file\n`],
  [['--append'], 2, '--append goes only with --record (obsidian-events-mock --help)\n'],
  [['--record'], 2, '--record needs a value (obsidian-events-mock --help)\n'],
])('a file that cannot be had is one sentence, and no mock: %j', async (args, code, stderr) => {
  expect(await refused(...args)).toEqual({ code, stdout: '', stderr })
})

test.runIf(process.platform === 'linux')('a full disk ends the mock with one sentence and code 1', async () => {
  const mock = await start('--record', '/dev/full')
  await track(mock.url, 'a').catch(() => undefined)
  await once(mock.child, 'exit')
  expect(mock.child.exitCode).toBe(1)
  expect(await mock.stderr).toBe('/dev/full cannot be written any more: the disk is full\n')
})

test('--open opens the page by the program of BROWSER, and says what to do where there is none', async () => {
  const browser = join(folder, 'browser')
  writeFileSync(browser, `#!/bin/sh\necho "$1" > '${calls()}'\n`)
  chmodSync(browser, 0o755)
  const { url } = await openIn(browser)
  await expect.poll(() => readFileSync(calls(), { encoding: 'utf8', flag: 'a+' })).toBe(`${url}\n`)
  const missing = await openIn('no-such-browser')
  await expect
    .poll(() => missing.said.stderr)
    .toBe(`No browser was opened (there is no no-such-browser): open ${missing.url} yourself\n`)
})
