import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { see, Workplace } from '../command-line.ts'
import { manyLines, writeLines } from '../import/files.ts'
import { receive, type Receiver } from '../receiver.ts'

let api: Receiver
let at: Workplace
beforeEach(async () => {
  api = await receive()
  at = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'token', EVENT_TRACKING_BASE_URL: api.url })
  execFileSync('mkfifo', [at.path('quiet')])
  writeLines(at, 'events.ndjson', manyLines(3))
})
afterEach(async () => {
  at[Symbol.dispose]()
  await api[Symbol.asyncDispose]()
})

const reading = [
  // The command has both ends of the pipe, so that it never ends.
  'track --from - 0<>quiet',
  'track --from /dev/stdin 0<>quiet',
  'track --from quiet',
  'track a b --properties - 0<>quiet',
  'track a b --properties quiet',
]

describe.runIf(existsSync('/proc/self/fdinfo')).each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a pipe whose writer is quiet ends by %s', (signal, exit) => {
  test.each(reading)('within six seconds: %s', async (args) => {
    const child = at.start(`obsidian-events ${args}`)
    await waits(child.pid ?? 0)
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text))
    const startedAt = performance.now()
    child.kill(signal)
    await once(child, 'close')
    expect(child.exitCode).toBe(exit)
    expect(told).toMatch(/^Stopped before .* had come: nothing was sent\.\n$/)
    expect(performance.now() - startedAt).toBeLessThan(6_000)
    expect(api.arrivals).toEqual([])
  })
})

/** Resolves once a process waits for what comes through the pipe, as Linux tells of it. */
async function waits(pid: number): Promise<void> {
  await expect.poll(() => watchedBy(pid).some((path) => path.endsWith('/quiet'))).toBe(true)
}

/** Files that a process watches for news. */
function watchedBy(pid: number): string[] {
  try {
    const infos = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))
    const watched = infos.flatMap((info) => [...info.matchAll(/^tfd: +(\d+)/gm)].map(([, fd]) => fd))
    return watched.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  } catch {
    // One was closed meanwhile.
    return []
  }
}

test.each([
  'track --from /dev/stdin < events.ndjson',
  'track --from - < events.ndjson',
  'track --from /dev/fd/0 < events.ndjson',
])('standard input is read by any of its names, and keeps no place: %s', async (args) => {
  expect(await at.run(`obsidian-events ${args}`)).toMatchObject({ code: 0, stderr: '' })
  expect(api.arrivals).toHaveLength(3)
  const { code, stderr } = await at.run(`obsidian-events ${args} --resume`)
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^standard input cannot be read again/) as string,
  })
})

test('a pipe that the shell passes, or one with a name, is read to its end', async () => {
  expect(await at.run(`bash -c 'obsidian-events track --from <(cat events.ndjson)'`)).toMatchObject({ code: 0 })
  expect(await at.run(`sh -c 'cat events.ndjson > quiet & obsidian-events track --from quiet'`)).toMatchObject({
    code: 0,
  })
  expect(api.arrivals).toHaveLength(6)
})

test.each([
  ['track --from - < /dev/null', 0, 'No event: standard input is empty.\n'],
  ['track --from - <&-', 0, 'No event: standard input is empty.\n'],
  ['track --from empty.ndjson', 0, 'No event: empty.ndjson is empty.\n'],
  ['track --from - < .', 1, `Standard input is a directory. Give a file.\n${see('command-line')}`],
  [
    'track a b --properties - < /dev/null',
    1,
    `Standard input is empty. It should have a JSON object, such as {"plan":"premium"}.\n${see('command-line')}`,
  ],
  [
    'track a b --properties - <&-',
    1,
    `Standard input is empty. It should have a JSON object, such as {"plan":"premium"}.\n${see('command-line')}`,
  ],
])('an input that is empty, closed or none is told: %s', async (args, exit, message) => {
  writeFileSync(at.path('empty.ndjson'), '')
  const { code, stderr } = await at.run(`obsidian-events ${args}`)
  expect({ code, stderr }).toEqual({ code: exit, stderr: message })
  expect(api.arrivals).toEqual([])
})
