import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { EventTracker } from '@obsidianlaunch/events'
import { startMock } from '@obsidianlaunch/events-mock'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, test } from 'vitest'

const readme = await readFile(join(root, 'packages', 'relay', 'README.md'), 'utf8')
/** The command of the first screen, and the variables that it exports. */
const [, exported = '', command = ''] = /^export (.*)\nnpx @obsidianlaunch\/events-cli (relay .*)$/m.exec(readme) ?? []
/** The key that the page of the first screen sends. */
const [, key = ''] = /authorization: '(pk_test_\w+)'/.exec(readme) ?? []

test('the first screen of the relay’s README brings both events into the mock', async () => {
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
