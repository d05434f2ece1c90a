import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serve } from '@obsidianlaunch/testkit/api'
import { textOf } from '@obsidianlaunch/testkit/pages'
import { succeed } from '@obsidianlaunch/testkit/run'
import { expect, onTestFinished, test } from 'vitest'

const service = `import { metrics, trace } from '@opentelemetry/api'
import { EventTracker } from '@obsidianlaunch/events'
await new EventTracker().trackEvent('user123', 'visit')
await trace.getTracerProvider().getDelegate().forceFlush()
await metrics.getMeterProvider().forceFlush()
process.exit()
`

test('the file on the page about traces is all that it takes', async () => {
  await using api = await serve()
  const [, file = ''] = /^```mjs instrumentation\.mjs\n([\s\S]*?)^```/m.exec(textOf('guides/tracing')) ?? []
  const folder = await mkdtemp(join(import.meta.dirname, 'page-'))
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
