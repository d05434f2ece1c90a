import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { mockCommand, mockOptions } from '../../src/command/command.ts'
import { createLog } from '../../src/command/log.ts'
import { startMock } from '../../src/index.ts'
import { post, track } from '../calls.ts'
import { exchange } from '../inspector/inspector-of.ts'

interface Output {
  text: string
  isTTY?: boolean
  columns?: number
  write: (text: string) => void
}

function output(about: Partial<Output> = {}): Output {
  const sheet: Output = { text: '', write: (text) => void (sheet.text += text), ...about }
  return sheet
}

async function run(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [output(), output()]
  const code = await mockCommand(args, { stdout, stderr, signal: AbortSignal.abort() })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** Runs the command, makes the calls, ends it, and gives what it printed after its heading. */
async function log(args: string[], sheet: Output, calls: (url: string) => Promise<unknown>): Promise<string[]> {
  const stop = new AbortController()
  const options = { stdout: sheet, env: {}, signal: stop.signal }
  const ended = mockCommand(['--port', '0', ...args], options)
  const address = () => /http:\S+:\d+/.exec(stripVTControlCharacters(sheet.text))?.[0]
  await expect.poll(address).toBeDefined()
  await calls(address() ?? '')
  stop.abort()
  expect(await ended).toBe(0)
  return sheet.text.split('\n\n')[1]?.trimEnd().split('\n') ?? []
}

const send = (url: string, body: object) => post({ url }, '/events/test', JSON.stringify(body))

test('it prints where it listens and where its page is', async () => {
  const { code, stdout } = await run(['--port', '0'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^API {7}(http:\/\/127\.0\.0\.1:\d+)\nPage {6}\1\/_inspector\n/)
})

test('each call is one aligned line, without colour where there is no terminal', async () => {
  const lines = await log(['--fail', 'pass:1,503'], output(), async (url) => {
    await send(url, track)
    await send(url, track)
    await send(url, { customer_id: 'u1' })
    await post({ url }, '/nowhere', '{}')
  })
  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'time'))).toEqual([
    'time  200  trackEvent        user123       button_click',
    'time  503  trackEvent        user123       button_click  fault: 503',
    'time  400  trackEvent        u1            -  event is missing',
    'time  404  POST              /nowhere  The OpenAPI document has no path /nowhere',
  ])
})

test('a column grows with what it holds, and an identify is named by person, company or e-mail', async () => {
  const lines = await log([], output(), async (url) => {
    await post({ url }, '/customer', '{"customer_id":"cus_NffrFeUfNV2Hib","companyName":"Acme GmbH"}')
    await send(url, track)
  })
  expect(lines.map((line) => line.slice(15))).toEqual([
    'identifyCustomerInProduction  cus_NffrFeUfNV2Hib  Acme GmbH',
    'trackEvent                    user123             button_click',
  ])
})

test('the time is that of the clock on the wall, as on the page', () => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'Asia/Kolkata'
  try {
    const sheet = output()
    createLog({ output: sheet, env: {} })({ ...exchange(1), at: '2026-01-02T03:04:05.678Z' })
    expect(sheet.text).toMatch(/^08:34:05 {2}200/)
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

test('what is wrong is in the line however long the names are, on a terminal of 80 columns', () => {
  const sheet = output({ isTTY: true, columns: 80 })
  const write = createLog({ output: sheet, env: { NO_COLOR: '1' } })
  for (const surplus of ['tag', 'propertys']) {
    const message = `Request body must NOT have additional properties; found '${surplus}'`
    const violations = [{ location: 'body', path: '', message }]
    const body = { customer_id: 'cus_NffrFeUfNV2Hib', event: 'subscription_plan_upgraded_by_hand' }
    write({ ...exchange(1), body, status: 400, violations })
  }
  const [short = '', long = ''] = sheet.text.split('\n')
  expect(short).toMatch(/ {2}cus_NffrFeUfNV2Hib {2}subscr… {2}tag is not a field$/)
  expect(long).toMatch(/ {2}cus_NffrFeUfNV2Hib {2}propertys is not a field$/)
})

test.each([80, 40])('on a terminal of %i columns a line is coloured and never wraps', async (columns) => {
  const lines = await log([], output({ isTTY: true, columns }), async (url) => {
    await send(url, { ...track, event: '計画を更新'.repeat(20) })
    await send(url, { ...track, event: 'x'.repeat(500) })
  })
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(line).toContain('\u001b[32m200')
  const [wide = '', long = ''] = lines.map((line) => stripVTControlCharacters(line))
  expect(long).toHaveLength(columns)
  expect(wide.length).toBeLessThan(columns)
})

test('NO_COLOR is heard, and a hostile name stays text', async () => {
  const sheet = output({ isTTY: true, columns: 100 })
  const stop = new AbortController()
  const ended = mockCommand(['--port', '0'], { stdout: sheet, env: { NO_COLOR: '1' }, signal: stop.signal })
  await expect.poll(() => sheet.text).toContain('http')
  await send(/http:\S+/.exec(sheet.text)?.[0] ?? '', { ...track, event: '\u001b[2Jgone\r\n\u202efake' })
  stop.abort()
  await ended
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(sheet.text).not.toMatch(/[\u001b\r\u202e]/)
  expect(sheet.text).toContain('gone··')
})

test.each([
  [['--prot', '1'], 'Unknown option --prot: did you mean --port?'],
  [['--upstraem=x'], 'did you mean --upstream?'],
  [['-x'], 'Unknown option -x (obs'],
  [['--verbose'], 'Unknown option --verbose (obs'],
  [['--up', 'x'], 'did you mean --upstream?'],
  [['--port'], '--port needs a value'],
  [['--port', 'x'], '--port needs a whole number, not x'],
  [['--port', '70000'], 'No port: 70000'],
  [['--help=1'], '--help takes no value'],
  [['extra'], 'Unknown argument extra'],
  [['--fail', '503x2,explode'], 'Unknown or malformed fault explode: write it like 503x2'],
  [['--fail', '{"status":99}'], '{ status: 99 }'],
  [['--fail', '[1'], 'The fault script is not JSON'],
  [['--upstream', 'nowhere'], 'Use the URL of a server'],
])('the command line %j is refused with exit code 2', async (args, reason) => {
  const { code, stderr, stdout } = await run(args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(reason)
  expect(stderr).toMatch(/^.+ \(obsidian-events-mock --help\)\n$/)
})

test('a taken port is one line and exit code 1, a missing document too', async () => {
  await using other = await startMock()
  const port = new URL(other.url).port
  const taken = await run(['--port', port])
  expect([taken.code, taken.stdout]).toEqual([1, ''])
  expect(taken.stderr).toMatch(new RegExp(`^Port ${port} is taken .*\n$`))
  expect(await run(['--port', '0', '--spec', '/nowhere.yaml'])).toMatchObject({ code: 1, stdout: '' })
})

test('help fits into 60 columns and describes every option; the version is that of the package', async () => {
  const { stdout } = await run(['--help'])
  for (const [name, { help }] of Object.entries(mockOptions)) {
    expect(stdout).toMatch(new RegExp(`^  .*--${name}\\b.* ${help.replaceAll(/[.*+?]/g, '.')}$`, 'm'))
  }
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60)
  expect((await run(['-v'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  ['503x2', [503, 503, 200]],
  ['503x*', [503, 503, 503]],
  ['pass:1,429:4', [200, 429, 200]],
  ['[{"status":500,"times":2}]', [500, 500, 200]],
  ['delay:1x2,junk', [200, 200, 200]],
])('--fail %s plays', async (script, statuses) => {
  const seen: number[] = []
  await log(['--fail', script], output(), async (url) => {
    for (let at = 0; at < 3; at += 1) seen.push((await send(url, track)).status)
  })
  expect(seen).toEqual(statuses)
})

const program = join(import.meta.dirname, '..', '..', 'dist', 'bin.js')

async function started(child: ChildProcess): Promise<string> {
  const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
  return /http:\S+/.exec(first.toString())?.[0] ?? ''
}

test('Ctrl-C ends the program at once, open connections and hanging answers too', async () => {
  const child = spawn(process.execPath, [program, '--port', '0', '--fail', 'hang'])
  const url = await started(child)
  const hanging = send(url, track).catch(() => 'cut')
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await hanging).toBe('cut')
})

test('it ends in silence when its output is not read any more', async () => {
  const child = spawn(process.execPath, [program, '--port', '0'])
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const url = await started(child)
  const exit = once(child, 'exit')
  child.stdout.destroy()
  // The pipe is found broken at a later line.
  for (let at = 0; at < 50 && child.exitCode === null; at += 1) await send(url, track).catch(() => undefined)
  expect(await exit).toEqual([0, null])
  expect(errors).toBe('')
})
