import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { EventTracker } from '@obsidianlaunch/events'
import { startMock } from '@obsidianlaunch/events-mock'
import { pageOf } from '@obsidianlaunch/testkit/pages'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

const pages: [name: string, file: URL][] = [
  ['the first screen of the relay’s README', pathToFileURL(join(root, 'packages', 'relay', 'README.md'))],
  ['the command of the relay’s guide', pageOf('guides/relay')],
]

test.each(pages)('%s brings both events into the mock', async (_name, file) => {
  const page = readFileSync(file, 'utf8')
  // The command, the variables that are exported to it, and the key that the page sends.
  const [, exported = '', command = ''] = /^export (.*)\nnpx @obsidianlaunch\/events-cli (relay .*)$/m.exec(page) ?? []
  const [, key = ''] = /authorization: '(pk_test_\w+)'/.exec(page) ?? []
  const mock = await startMock()
  const folder = await mkdtemp(join(tmpdir(), 'newcomer-'))
  const variables = Object.fromEntries(exported.split(' ').map((text) => text.split('=')) as [string, string][])
  const env = { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', ...variables, EVENT_TRACKING_BASE_URL: mock.url }
  // A port that is free, in place of 8080.
  const args = [join(root, 'packages', 'cli', 'dist', 'main.js'), ...command.split(' '), '--port', '0']
  const relay = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: relay.stdout })
  const told: string[] = []
  lines.on('line', (line) => told.push(line))
  await expect.poll(() => told.join('\n')).toMatch(/^relay +http:\/\/localhost:\d+/m)
  const [baseUrl = ''] = /http:\/\/localhost:\d+/.exec(told.join('\n')) ?? []

  const tracker = new EventTracker({ token: null, baseUrl, authorization: key })
  await tracker.identifyCustomer('user123', { name: 'John Doe', properties: { plan: 'premium' } })
  await tracker.trackEvent('user123', 'button_click')
  await mock.waitFor({ operation: 'trackEvent' }, { timeoutMs: 60_000 })
  expect(mock.requests.map(({ operation, violations }) => [operation, violations])).toEqual([
    ['identifyCustomer', []],
    ['trackEvent', []],
  ])

  relay.kill('SIGTERM')
  expect(await once(relay, 'exit')).toEqual([0, null])
  expect(told.at(-1)).toBe('stopped: 2 events delivered, 0 dead letters')
  await tracker.shutdown()
  await mock.close()
  await rm(folder, { recursive: true })
})
