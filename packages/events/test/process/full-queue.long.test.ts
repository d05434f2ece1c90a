import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { textOf } from '@obsidianlaunch/testkit/pages'
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

test('a queue that is full by default fits into the heap that the page of the options names', async () => {
  const [, heap] = /`--max-old-space-size` is less\s+than (\d+)/.exec(textOf('reference/options')) ?? []
  const args = [`--max-old-space-size=${heap}`, '--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(Number(stdout)).toBeGreaterThan(90_000)
})

/** Lets 40,000 events, of a customer each, pass a queue of 1,000 while the API says nothing. */
const passing = `
  import { EventTracker } from ${JSON.stringify(index)}
  const tracker = new EventTracker({
    token: 'radioactive',
    baseUrl: 'http://127.0.0.1:9',
    fetch: () => new Promise(() => undefined),
    queue: { maxEvents: 1_000, overflow: 'drop-oldest' },
    onError: () => undefined,
  })
  const heap = async (from, to) => {
    for (let n = from; n < to; n++) {
      tracker.trackEvent('user' + n, 'x', { property: { pad: 'x'.repeat(500) + n } })
      if (n % 1_000 === 0) await new Promise(setImmediate)
    }
    gc()
    return process.memoryUsage().heapUsed
  }
  const before = await heap(0, 5_000)
  console.log(await heap(5_000, 45_000) - before, tracker.stats().dropped)
  process.exit()`

test('a queue that drops its oldest events keeps nothing of them, however long the API is silent', async () => {
  const args = ['--expose-gc', '--input-type=module', '--eval', passing]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const [bytes, dropped] = stdout.split(' ').map(Number)
  expect(dropped).toBeGreaterThan(40_000)
  // The events alone were 28 MB.
  expect(bytes).toBeLessThan(5_000_000)
})
