import { stripVTControlCharacters } from 'node:util'
import { hasScript, inTerminal } from '@obsidianlaunch/testkit/terminal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'
import { receive, type Receiver } from '../receiver.ts'
import { manyLines, writeLines } from './files.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
  writeLines(at, 'events.ndjson', [...manyLines(3_000), 'a line that is not JSON and long enough to be broken'])
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

/** An address that is broken into lines can neither be opened nor copied: the terminal breaks it. */
const isAddress = (line: string) => /^See https:\/\/\S+$/.test(line)

const importing = 'obsidian-events track --from events.ndjson'

describe.runIf(hasScript).each([40, 80])('in a terminal of %i columns', (columns) => {
  test('progress is one line with rate and time left, and every line fits', async () => {
    // Slow enough to be seen.
    api.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return 200
    }
    const { code, output } = inTerminal(columns, importing, at)
    expect(await code()).toBe(1)
    const progress = output()
      .split('\r')
      .map((line) => stripVTControlCharacters(line))
    expect(progress.find((line) => /\d+% {2}[\d,]+ lines {2}[\d,]+\/s/.test(line))).toBeDefined()
    expect(output().includes('━')).toBe(columns === 80)
    expect(output()).toContain('\u001B[')
    expect(stripVTControlCharacters(output())).toMatch(/^delivered +3,000\r$/m)
    expect(progress.flatMap((line) => line.split('\n')).filter((line) => line.length > columns)).toEqual([])
  })

  test('receipts, complaints and help fit too', async () => {
    const lines = [
      `obsidian-events track user123 'OpenAI API Call'`,
      'obsidian-events track user123 button_click --base-url nonsense',
      'obsidian-events track --from missing.ndjson',
    ]
    for (const line of lines) {
      const { code, output } = inTerminal(columns, line, at)
      await code()
      const shown = stripVTControlCharacters(output()).split(/[\r\n]+/)
      expect(shown.filter((each) => each.length > columns && !isAddress(each))).toEqual([])
    }
  })
})

test.runIf(hasScript)('NO_COLOR takes the colours and leaves the progress', async () => {
  at.env['NO_COLOR'] = '1'
  const { code, output } = inTerminal(80, importing, at)
  await code()
  expect(output()).toContain('\u001B[K')
  // oxlint-disable-next-line no-control-regex -- colours are made of it
  expect(output()).not.toMatch(/\u001B\[[\d;]*m/)
})

test.runIf(hasScript)('Ctrl-C stops the file, prints the totals and ends with code 130', async () => {
  api.answer = (_request, count) => (count > 500 ? undefined : 200)
  const { type, shows, code, output } = inTerminal(80, importing, at)
  await expect.poll(() => api.arrivals.length).toBeGreaterThan(500)
  type('\u0003')
  await shows('Stopping')
  expect(await code()).toBe(130)
  expect(stripVTControlCharacters(output())).toMatch(/^delivered +500\r$/m)
})

test('a pipe gets a line of progress every few seconds, on standard error, and neither colours nor rewritten lines', async () => {
  at.env['FORCE_COLOR'] = '1'
  api.answer = async (_request, count) => {
    if (count === 100) await new Promise((resolve) => setTimeout(resolve, 8_000))
    return 200
  }
  const { stdout, stderr } = await at.run(importing)
  expect(stderr).toMatch(/^ *\d+% {2}[\d,]+ lines {2}[\d,]+\/s {2}\S+( s)? left\n/m)
  expect(stdout).toMatch(/^delivered +3,000$/m)
  expect(stdout + stderr).not.toContain('\r')
  expect(stdout + stderr).not.toContain('\u001B')
})
