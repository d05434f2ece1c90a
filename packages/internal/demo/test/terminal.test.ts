import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** util-linux gives a program a terminal; the script of other systems takes other options. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false
const timeout = 300_000
const sample = fileURLToPath(new URL('../sample.ndjson', import.meta.url))
const short = join(mkdtempSync(join(tmpdir(), 'demo-')), 'short.ndjson')
writeFileSync(short, `${readFileSync(sample, 'utf8').split('\n').slice(0, 40).join('\n')}\n{"type":"track"\n`)

let child: ChildProcess | undefined
afterEach(() => child?.kill('SIGKILL'))

/** Runs the program in a terminal of its own. */
function inTerminal(columns: number, file: string, env: NodeJS.ProcessEnv = {}) {
  const { NO_COLOR: _noColour, INIT_CWD: _here, ...rest } = process.env
  const command = `stty cols ${columns} && exec '${process.execPath}' '${main}' '${file}'`
  const options = { env: { ...rest, PORT: '0', TERM: 'xterm', ...env } }
  const program = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], options)
  child = program
  let output = ''
  const ended = once(program, 'exit') as Promise<[number | null]>
  const shows = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => output.includes(text) && resolve()
      program.stdout.on('data', look)
      void ended.then(() => reject(new Error(`ended without ${text}:\n${output}`)))
      look()
    })
  program.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return { program, shows, ended, output: () => output }
}

test.runIf(hasScript).each([40, 80])(
  'in a terminal of %i columns progress is shown and every line fits',
  { timeout },
  async (columns) => {
    const { program, shows, ended, output } = inTerminal(columns, short)
    await shows('Ctrl-C')
    expect(output()).toMatch(/\d+% .*503 ×\d/)
    expect(output()).toContain('\u001B[')
    program.stdin.write('\u0003')
    expect(await ended).toEqual([0, null])
    const lines = stripVTControlCharacters(output()).split(/[\r\n]+/)
    expect(lines.filter((line) => line.length > columns)).toEqual([])
  },
)

test.runIf(hasScript)(
  'in a terminal the mock stays for the reader’s own requests until Ctrl-C',
  { timeout },
  async () => {
    const { program, shows, ended, output } = inTerminal(80, short, { NO_COLOR: '1' })
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
    program.stdin.write('\u0003')
    expect(await ended).toEqual([0, null])
  },
)

test.runIf(hasScript)('Ctrl-C on the way stops the file and still closes the books', { timeout }, async () => {
  const { program, shows, ended, output } = inTerminal(80, sample)
  await shows('%')
  program.stdin.write('\u0003')
  expect(await ended).toEqual([130, null])
  expect(output()).toContain('books balance')
})
