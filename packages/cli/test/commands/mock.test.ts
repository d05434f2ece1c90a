import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { Workplace } from '../command-line.ts'

/** Starts a mock, waits until it says where it is, and stops it at the end of the block. */
async function startIn(place: Workplace, line: string) {
  const child = place.start(line)
  const errors = text(child.stderr)
  let printed = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes('Ctrl-C ends it')) break
  }
  child.stdout.resume()
  const url = /^API +(\S+)/m.exec(printed)?.[1]
  if (url === undefined) throw new Error(`The mock did not start: ${printed}${await errors}`)
  return {
    url,
    stop: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await once(child, 'close')
      return child.exitCode
    },
  }
}

test.each(['SIGINT', 'SIGTERM'] as const)('the mock takes its own options, and %s ends it with 0', async (signal) => {
  using place = new Workplace({ EVENT_TRACKING_AUTH_TOKEN: 'any' })
  const { url, stop } = await startIn(place, 'obsidian-events mock --port 0 --fail 400')
  expect((await place.run(`obsidian-events --base-url ${url} track user123 click`)).stderr).toContain('400')
  expect((await place.run(`obsidian-events --base-url ${url} track user123 click`)).code).toBe(0)
  expect(await stop(signal)).toBe(0)
})

test('its help and its version are the mock’s own', async () => {
  using place = new Workplace()
  const { code, stdout } = await place.run('obsidian-events mock --help')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^Usage: obsidian-events mock \[options\]/)
  expect(stdout).toContain('Faults are played in order')
  expect((await place.run('obsidian-events mock --version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  ['mock --prot 1', /did you mean --port\?.*obsidian-events mock --help/],
  ['mock --json', /Unknown option --json/],
  ['--json mock', /prints no JSON/],
])('what it does not know ends with 2: %s', async (line, message) => {
  using place = new Workplace()
  const { code, stdout, stderr } = await place.run(`obsidian-events ${line}`)
  expect(code).toBe(2)
  expect(stdout + stderr).toMatch(message)
})

test('the example of its help works', async () => {
  using place = new Workplace()
  const { stdout } = await place.run('obsidian-events mock --help')
  const example = /^Example: (.*)$/m.exec(stdout)?.[1] ?? ''
  const { stop } = await startIn(place, `${example} --port 0`)
  expect(await stop('SIGINT')).toBe(0)
})
