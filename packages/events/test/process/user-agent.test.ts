import manifest from '../../package.json' with { type: 'json' }
import { expect, test } from 'vitest'
import { EventTracker } from '../../src/index.ts'
import { version } from '../../src/platform/version.ts'
import { ok, serve } from '../support/server.ts'

test('a request says who sends it, with the version of the package', async () => {
  await using server = await serve(ok)
  for (const transport of ['auto', 'fetch'] as const) {
    await new EventTracker({ token: 'secret-token', baseUrl: server.url, transport }).trackEvent('user123', 'x')
  }
  const agent = `obsidianlaunch-events/${manifest.version} (node/${process.versions.node})`
  expect(server.arrivals.map(({ headers }) => headers['user-agent'])).toEqual([agent, agent])
})

test('src/platform/version.ts holds the version of package.json: change it there too', () => {
  expect(version).toBe(manifest.version)
})
