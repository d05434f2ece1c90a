import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from '@obsidianlaunch/testkit/api'
import { succeed } from '@obsidianlaunch/testkit/run'
import { root } from '@obsidianlaunch/testkit/workspace'
import { expect, onTestFinished, test } from 'vitest'

const service = `import { metrics, trace } from '@opentelemetry/api'
import { EventTracker } from '@obsidianlaunch/events'
await new EventTracker().trackEvent('user123', 'visit')
await trace.getTracerProvider().getDelegate().forceFlush()
await metrics.getMeterProvider().forceFlush()
process.exit()
`

test('the file of the README is all that it takes', async () => {
  await using api = await serve()
  const readme = await readFile(join(root, 'packages', 'events', 'README.md'), 'utf8')
  const [, file = ''] = /^```mjs instrumentation\.mjs\n([\s\S]*?)^```/m.exec(readme) ?? []
  const folder = await mkdtemp(join(import.meta.dirname, 'readme-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'instrumentation.mjs'), file)
  await writeFile(join(folder, 'server.mjs'), service)
  const env = {
    EVENT_TRACKING_BASE_URL: api.url,
    EVENT_TRACKING_AUTH_TOKEN: 'a-token',
    OTEL_TRACES_EXPORTER: 'console',
    OTEL_METRICS_EXPORTER: 'console',
    NODE_OPTIONS: undefined,
  }
  const told = await succeed(process.execPath, ['--import', './instrumentation.mjs', 'server.mjs'], {
    cwd: folder,
    env,
  })
  expect(told).toContain(`name: 'POST /events/test'`)
  for (const name of ['event.inflight', 'event.exported', 'operation.duration'])
    expect(told).toContain(`name: 'obsidianlaunch.sdk.exporter.${name}'`)
})
