import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

/** Fills the queue by its default limits with events of a customer each, as large as both limits allow. */
const program = `
  import { EventTracker } from ${JSON.stringify(index)}
  const fetch = () => new Promise(() => undefined)
  const tracker = new EventTracker({ token: 'radioactive', baseUrl: 'http://127.0.0.1:9', fetch, onError: () => undefined })
  for (let n = 0; tracker.stats().dropped === 0; n++) {
    tracker.trackEvent('user' + n, 'x', { property: { pad: 'x'.repeat(560) + n } })
  }
  console.log(tracker.stats().pending)
  process.exit()`

test('a queue that is full by default fits into the heap that the README names', async () => {
  const args = ['--max-old-space-size=160', '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(Number(stdout)).toBeGreaterThan(90_000)
})
