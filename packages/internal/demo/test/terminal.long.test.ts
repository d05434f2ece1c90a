import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { afterEach, expect, test } from 'vitest'

const main = resolve(import.meta.dirname, '../src/main.ts')
const timeout = 300_000
const sample = resolve(import.meta.dirname, '../sample.ndjson')
const folder = mkdtempSync(join(tmpdir(), 'demo-'))
const short = 'short.ndjson'
writeFileSync(
  join(folder, short),
  `${readFileSync(sample, 'utf8').split('\n').slice(0, 40).join('\n')}\n{"type":"track"\n`,
)

let terminal: ReturnType<typeof inTerminal> | undefined
afterEach(() => terminal?.kill())

/** Runs the program in a terminal of its own. */
function start(columns: number, file: string, env: NodeJS.ProcessEnv = {}) {
  const { NO_COLOR: _noColour, INIT_CWD: _here, ...rest } = process.env
  const line = `'${process.execPath}' '${main}' '${file}'`
  terminal = inTerminal(columns, line, { cwd: folder, env: { ...rest, PORT: '0', ...env } })
  return terminal
}

test.runIf(hasScript).each([40, 80])('in a terminal of %i columns every line fits', { timeout }, async (columns) => {
  const { type, shows, code, output } = start(columns, short)
  await shows('Ctrl-C')
  expect(output()).toContain('\u001B[')
  type('\u0003')
  expect(await code()).toBe(0)
  const lines = stripVTControlCharacters(output()).split(/[\r\n]+/)
  expect(lines.filter((line) => line.length > columns)).toEqual([])
})

test.runIf(hasScript)('the mock stays for the reader’s own requests, until Ctrl-C', { timeout }, async () => {
  const { type, shows, code, output } = start(80, short, { NO_COLOR: '1' })
  await shows('/events/test')
  const url = /http\S+\/events\/test/.exec(output())?.[0] ?? ''
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'Bearer mine', 'content-type': 'application/json' },
    body: '{"customer_id":"user123","event":""}',
  })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  await shows(`${answer.status} POST /events/test`)
  expect(output()).not.toContain('\u001B[3')
  type('\u0003')
  expect(await code()).toBe(0)
})

test.runIf(hasScript)('the key o opens the page of the mock', { timeout }, async () => {
  // A browser that says which address it was given.
  writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf %s "$1" > '${join(folder, 'opened')}'\n`, { mode: 0o755 })
  const { type, shows, code, output } = start(80, short, { PATH: `${folder}:${process.env['PATH']}` })
  await shows('Ctrl-C')
  type('o')
  const page = /http\S+_inspector/.exec(stripVTControlCharacters(output()))?.[0]
  await expect.poll(() => readFileSync(join(folder, 'opened'), 'utf8'), { timeout: 60_000 }).toBe(page)
  type('\u0003')
  expect(await code()).toBe(0)
})

test.runIf(hasScript)('Ctrl-C on the way stops the file and still tells what arrived', { timeout }, async () => {
  const { type, shows, code, output } = start(80, sample)
  await shows('%')
  type('\u0003')
  expect(await code()).toBe(130)
  expect(output()).toContain('as far as it was read')
  expect(output()).toContain('order kept for')
})
