import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { listen } from '@obsidianlaunch/testkit/listen'
import { run as runProgram } from '@obsidianlaunch/testkit/run'
import { describe, expect, test } from 'vitest'

const main = resolve(import.meta.dirname, '../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'demo-'))

/** Runs the program without a terminal, in a folder of its own, on any free port. */
function run(args: string[], env: Record<string, string> = {}) {
  return runProgram(process.execPath, [main, ...args], { cwd: folder, env: { INIT_CWD: undefined, PORT: '0', ...env } })
}

function fileOf(name: string, lines: string[]): string {
  writeFileSync(join(folder, name), lines.join('\n'))
  return name
}

/** The figure that stands behind a label. */
function figure(stdout: string, label: string): string | undefined {
  return new RegExp(`^ *${label} +([\\d,]+)`, 'm').exec(stdout)?.[1]
}

const identify = (id: string) =>
  JSON.stringify({ type: 'identify', customer_id: id, name: 'Ada', email: 'ada@example.com', properties: {} })
const track = (id: string, event: string) => JSON.stringify({ type: 'track', customer_id: id, event })

// Most of the time they wait for a 429 to pass.
describe.concurrent('without a terminal', { timeout: 300_000 }, () => {
  test('the sample arrives whole and in order, through 503 and 429, and the mock has seen all of it', async () => {
    const { code, stdout } = await run([])
    expect(stdout).toMatch(/^Page {2}http:\S+\n/)
    expect(stdout).toContain('identified user123')
    expect(stdout).toContain('tracked button_click for user123')
    expect(['lines', 'delivered', 'rejected'].map((label) => figure(stdout, label))).toEqual(['3,007', '3,000', '7'])
    expect(figure(stdout, '200')).toBe('3,000')
    expect([figure(stdout, '503'), figure(stdout, '429')]).not.toContain(undefined)
    expect(stdout).toContain('✓ every line is accounted for')
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
    const bad = ['{"type":"track"', track('a', ''), '{"type":"page","customer_id":"a"}']
    const { code, stdout } = await run([fileOf('bad.ndjson', [identify('a'), ...bad, track('a', 'Page View: Home')])])
    expect(code).toBe(0)
    expect(stdout).toMatch(/line 2 +is not JSON/)
    expect(stdout).toMatch(/line 3 +event must not be empty/)
    expect(stdout).toMatch(/line 4 +type "page" is neither identify nor track/)
    expect([figure(stdout, 'delivered'), figure(stdout, 'rejected')]).toEqual(['2', '3'])
  })

  test('a relative path counts from where the reader typed the command', async () => {
    const own = mkdtempSync(join(tmpdir(), 'demo-'))
    writeFileSync(join(own, 'mine.ndjson'), track('a', 'Page View: Home'))
    const { code, stdout } = await run(['mine.ndjson'], { INIT_CWD: own })
    expect([code, figure(stdout, 'delivered')]).toEqual([0, '1'])
    expect(stdout).toContain('obsidian-events track --from mine.ndjson\n')
  })

  test.each([
    [['missing.ndjson'], {}, /^\S+missing\.ndjson cannot be read: ENOENT: no such file or directory\.\n$/],
    [['.'], {}, /cannot be read: EISDIR.*\n$/],
    [[fileOf('empty.ndjson', ['', ' \r', ''])], {}, /^\S+empty\.ndjson is empty\..*\n$/],
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
    await using holder = await listen(createServer())
    const file = fileOf('port.ndjson', [track('a', 'Page View: Home')])
    const { code, stdout } = await run([file], { PORT: String(holder.port) })
    expect(stdout).toContain(`Port ${holder.port} is not free`)
    expect(code).toBe(0)
  })
})
