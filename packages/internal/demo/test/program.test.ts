import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'demo-'))
const patience = 300_000

interface Run {
  code: number
  stdout: string
  stderr: string
}

/** Runs the program without a terminal, in a folder of its own, on any free port. */
function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  return new Promise((resolve) => {
    const { INIT_CWD: _here, ...rest } = process.env
    const options = { cwd: folder, env: { ...rest, PORT: '0', ...env } }
    const child = execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
    child.stdin?.end()
  })
}

function fileOf(name: string, lines: string[]): string {
  writeFileSync(join(folder, name), lines.join('\n'))
  return name
}

/** The figure that stands behind a label. */
function figure(stdout: string, label: string): string | undefined {
  return new RegExp(`^ +${label} +([\\d,]+)`, 'm').exec(stdout)?.[1]
}

const identify = (id: string) =>
  JSON.stringify({ type: 'identify', customer_id: id, name: 'Ada', email: 'ada@example.com', properties: {} })
const track = (id: string, event: string) => JSON.stringify({ type: 'track', customer_id: id, event })

// Most of the time they wait for a 429 to pass.
describe.concurrent('without a terminal', { timeout: patience }, () => {
  test('the sample arrives whole and in order, through 503 and 429, and the books balance', async () => {
    const { code, stdout, stderr } = await run([])
    expect(stderr).toBe('')
    expect(stdout).toContain('user123 John Doe')
    expect(stdout).toContain('user123 button_click')
    expect(
      ['lines', 'unreadable', 'accepted', 'delivered', 'rejected', 'dropped', 'dead', 'pending'].map((label) =>
        figure(stdout, label),
      ),
    ).toEqual(['3,007', '3', '3,004', '3,000', '4', '0', '0', '0'])
    expect([figure(stdout, '503'), figure(stdout, '429')]).not.toContain(undefined)
    expect(stdout).toContain('✓ books balance')
    expect(stdout).toContain('✓ order kept for 330 customers')
    expect(stdout).toContain('✓ no violation')
    expect(code).toBe(0)
  })

  test('a pipe gets neither colours nor rewritten lines', async () => {
    const { stdout } = await run([fileOf('plain.ndjson', [identify('a'), track('a', 'Page View: Home')])], {
      FORCE_COLOR: '1',
    })
    expect(stdout).toContain('delivered')
    expect(stdout).not.toContain('\r')
    expect(stdout).not.toContain('\u001B')
  })

  test('each bad line is named with its reason, and the others arrive', async () => {
    const file = fileOf('bad.ndjson', [
      identify('a'),
      '{"type":"track"',
      track('a', ''),
      '{"type":"identify","customer_id":"b","name":"Bo","email":"","properties":{}}',
      '{"type":"track","customer_id":7,"event":"x"}',
      '{"type":"page","customer_id":"a"}',
      '{"type":"identify","customer_id":"b","name":"Bo","email":"b@example.com","properties":[]}',
      track('a', 'Page View: Home'),
    ])
    const { code, stdout } = await run([file])
    expect(code).toBe(0)
    expect(stdout).toMatch(/line 2 +is not JSON/)
    expect(stdout).toMatch(/line 3 +event must not be empty/)
    expect(stdout).toMatch(/line 4 +email must not be empty/)
    expect(stdout).toMatch(/line 5 +customer_id must be string/)
    expect(stdout).toMatch(/line 6 +type "page" is unknown/)
    expect(stdout).toMatch(/line 7 +properties must be object/)
    expect([figure(stdout, 'delivered'), figure(stdout, 'rejected'), figure(stdout, 'unreadable')]).toEqual([
      '2',
      '4',
      '2',
    ])
  })

  test('a file of many bad lines is summed up', async () => {
    const { code, stdout } = await run([
      fileOf(
        'junk.ndjson',
        Array.from({ length: 120 }, () => 'junk'),
      ),
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('120 lines refused')
    expect(stdout).toContain('and 100 more')
  })

  test('a relative path counts from where the reader typed the command', async () => {
    const own = mkdtempSync(join(tmpdir(), 'demo-'))
    writeFileSync(join(own, 'mine.ndjson'), track('a', 'Page View: Home'))
    const { code, stdout } = await run(['mine.ndjson'], { INIT_CWD: own })
    expect([code, figure(stdout, 'delivered')]).toEqual([0, '1'])
  })

  test.each([
    [['missing.ndjson'], {}, /^\S+missing\.ndjson does not exist\.\n$/],
    [['.'], {}, /is not a file\..*\n$/],
    [[fileOf('empty.ndjson', ['', ''])], {}, /^\S+empty\.ndjson is empty\..*\n$/],
    [['--help'], {}, /^Usage: npm start -- \[FILE\.ndjson\]\n$/],
    [['one', 'two'], {}, /^Usage: /],
    [[], { PORT: 'many' }, /^PORT is "many", but must be a number from 0 to 65535\.\n$/],
  ])('what cannot work ends with one line and exit code 1: %j %j', async (args, env, message) => {
    const { code, stderr } = await run(args, env)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(1)
  })

  test('where the port is taken, the mock takes another and says so', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const { code, stdout } = await run([fileOf('port.ndjson', [track('a', 'Page View: Home')])], { PORT: String(port) })
    holder.close()
    expect(stdout).toContain(`Port ${port} is not free`)
    expect(code).toBe(0)
  })
})
